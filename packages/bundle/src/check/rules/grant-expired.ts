import type { Rule } from "../rule.ts";

export const grantExpired: Rule = {
  id: "grant-expired",
  severity: "warning",
  title: "the grant has ended",
  help: "remove the grant, or have its owner renew it",
  needs: "policies",
  detect: ({ policies, now }) =>
    policies.flatMap((policy) => {
      const { id, grant } = policy.meta;
      const ended = grant !== null && grant.expires !== null && Date.parse(grant.expires) <= now;
      if (!ended) return [];
      const message = `\`${id}\` ended at ${grant.expires} and permits nothing any more`;
      return [{ policy, message, annotation: "expires" }];
    }),
};
