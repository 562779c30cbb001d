import { clausesOf } from "../clauses.ts";
import { contradictionOf } from "../contradiction.ts";
import type { Rule } from "../rule.ts";

/** A policy that matches nothing; the loader refuses what the validator itself can see of this. */
export const neverApplies: Rule = {
  id: "never-applies",
  severity: "error",
  title: "scope and conditions contradict each other, so the policy matches nothing",
  help: "correct the condition; a forbid that matches nothing protects nothing",
  needs: "policies",
  detect: ({ policies, model }) =>
    policies.flatMap((policy) => {
      const why = contradictionOf(clausesOf(policy.est), model);
      const message = `\`${policy.meta.id}\` can never match: ${why ?? ""}`;
      return why === null ? [] : [{ policy, message, words: ["when", "unless"] }];
    }),
};
