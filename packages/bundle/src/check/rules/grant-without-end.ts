import type { Rule } from "../rule.ts";

export const grantWithoutEnd: Rule = {
  id: "grant-without-end",
  severity: "warning",
  title: "the grant has no end",
  help: 'add `@expires` and the same end as `when { context.now < datetime("..") }`',
  needs: "policies",
  detect: ({ policies }) =>
    policies.flatMap((policy) => {
      const { id, grant } = policy.meta;
      if (grant === null || grant.expires !== null) return [];
      return [{ policy, message: `\`${id}\` permits for ever`, annotation: "grant" }];
    }),
};
