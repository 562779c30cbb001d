import { periodOf } from "../period.ts";
import type { Rule } from "../rule.ts";

export const permitUnused: Rule = {
  id: "permit-unused",
  severity: "note",
  title: "the log shows no use of the permit",
  help: "what nobody uses need not be permitted",
  needs: "log",
  detect: ({ policies, use }) =>
    policies.flatMap((policy) => {
      const { id, effect, grant } = policy.meta;
      if (use === null || effect !== "permit" || grant !== null || use.permits.has(id)) return [];
      return [{ policy, message: `\`${id}\` was never used in ${periodOf(use)}` }];
    }),
};
