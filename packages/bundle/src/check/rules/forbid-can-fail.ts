import { failingIn } from "../failing.ts";
import type { Rule } from "../rule.ts";

/** A forbid that may end in an error, which blocks: `policy.error` instead of its own reason. */
export const forbidCanFail: Rule = {
  id: "forbid-can-fail",
  severity: "warning",
  title: "evaluating this forbid can fail, which blocks with `policy.error`",
  help: "rewrite the expression; what fails blocks, and nobody can approve it",
  needs: "policies",
  detect: ({ policies }) =>
    policies.flatMap((policy) => {
      if (policy.est.effect !== "forbid") return [];
      return policy.est.conditions
        .flatMap(({ body }) => failingIn(body))
        .slice(0, 1)
        .map(({ operator, because }) => ({
          policy,
          message: `\`${policy.meta.id}\` can fail: ${because}`,
          words: [operator === "neg" ? "-" : operator],
        }));
    }),
};
