import type { Rule } from "../rule.ts";

/** A grant always names an owner; here the directory does not know that person or group. */
export const grantUnowned: Rule = {
  id: "grant-unowned",
  severity: "warning",
  title: "nobody in the directory owns the grant",
  help: "name a person or a group of `people` in bylaw.yaml who answers for it",
  needs: "directory",
  detect: ({ policies, directory }) => {
    const known = new Set(directory?.map(({ type, id }) => `${type}::${JSON.stringify(id)}`));
    return policies.flatMap((policy) => {
      const { id, grant } = policy.meta;
      if (grant === null || known.has(grant.owner)) return [];
      const message = `\`${id}\` is owned by \`${grant.owner}\`, whom the directory does not know`;
      return [{ policy, message, annotation: "owner" }];
    });
  },
};
