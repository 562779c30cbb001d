import type { Policy } from "../../load.ts";
import { covers } from "../covers.ts";
import type { Rule, Subject } from "../rule.ts";

/** A forbid that never decides alone: wherever it matches, a block matches as well. */
export const shadowedForbid: Rule = {
  id: "shadowed-forbid",
  severity: "warning",
  title: "another forbid always blocks what this one would stop or ask about",
  help: "remove the policy, or narrow the one that covers it",
  needs: "policies",
  detect: ({ policies, model }: Subject) => {
    const blocks = policies.filter(isBlock);
    return policies.flatMap((policy, at) => {
      if (policy.est.effect !== "forbid" || policy.meta.mode !== "enforce") return [];
      const shadow = blocks.find((block) => {
        if (
          block === policy ||
          !obligationsOf(policy).every((one) => obligationsOf(block).includes(one))
        )
          return false;
        if (!covers(block.est, policy.est, model)) return false;
        // Of two that say the same, the later one is too many.
        const mutual = isBlock(policy) && covers(policy.est, block.est, model);
        return !mutual || policies.indexOf(block) < at;
      });
      if (shadow === undefined) return [];
      const what = policy.meta.decision === "block" ? "decides alone" : "is asked about";
      const message = `nothing that \`${policy.meta.id}\` matches ever ${what}: \`${shadow.meta.id}\` blocks all of it`;
      return [{ policy, message, related: shadow }];
    });
  },
};

/** True for a forbid in force that nobody can answer. */
export function isBlock({ meta }: Policy): boolean {
  return meta.effect === "forbid" && meta.decision === "block" && meta.mode === "enforce";
}

function obligationsOf({ meta }: Policy): readonly string[] {
  return meta.obligations.map(({ type, value }) => `${type}:${value}`);
}
