import type { Policy } from "../../load.ts";
import { coversIn } from "../cover-index.ts";
import type { Rule, Subject } from "../rule.ts";

/** A forbid that never decides alone: wherever it matches, a block matches as well. */
export const shadowedForbid: Rule = {
  id: "shadowed-forbid",
  severity: "warning",
  title: "another forbid always blocks what this one would stop or ask about",
  help: "remove the policy, or narrow the one that covers it",
  needs: "policies",
  detect: ({ policies, model }: Subject) => {
    const forbids = policies.filter(
      ({ meta }) => meta.effect === "forbid" && meta.mode === "enforce",
    );
    const covering = coversIn(forbids.filter(isBlock), forbids, model);
    const order = new Map(policies.map((policy, at) => [policy, at]));
    return forbids.flatMap((policy) => {
      const shadow = covering.get(policy)?.find((block) => {
        if (obligationsOf(policy).some((one) => !obligationsOf(block).includes(one))) return false;
        // Of two that say the same, the later one is too many.
        const mutual = covering.get(block)?.includes(policy) === true;
        return !mutual || (order.get(block) ?? 0) < (order.get(policy) ?? 0);
      });
      if (shadow === undefined) return [];
      const what = policy.meta.decision === "block" ? "decides alone" : "is asked about";
      const message = `nothing that \`${policy.meta.id}\` matches ever ${what}: \`${shadow.meta.id}\` blocks all of it`;
      return [{ policy, message, related: shadow }];
    });
  },
};

/** True for a forbid in force that nobody can answer, whatever was done before. */
export function isBlock({ meta }: Policy): boolean {
  const always = meta.effect === "forbid" && meta.limit === null;
  return always && meta.decision === "block" && meta.mode === "enforce";
}

function obligationsOf({ meta }: Policy): readonly string[] {
  return meta.obligations.map(({ type, value }) => `${type}:${value}`);
}
