import { periodOf } from "../period.ts";
import type { Rule } from "../rule.ts";

export const grantUnused: Rule = {
  id: "grant-unused",
  severity: "warning",
  title: "the log shows no use of the grant",
  help: "ask its owner whether it is still needed, and remove it if not",
  needs: "log",
  detect: ({ policies, use }) =>
    policies.flatMap((policy) => {
      if (use === null || policy.meta.grant === null || use.permits.has(policy.meta.id)) return [];
      const message = `\`${policy.meta.id}\` was never used in ${periodOf(use)}`;
      return [{ policy, message, annotation: "grant" }];
    }),
};
