import { coversIn } from "../cover-index.ts";
import type { Rule } from "../rule.ts";
import { isBlock } from "./shadowed-forbid.ts";

/** A permit that never permits: a block matches all that it matches. */
export const unreachablePermit: Rule = {
  id: "unreachable-permit",
  severity: "warning",
  title: "a forbid always blocks what this permit allows",
  help: "remove the permit, or except from the forbid what the permit is for",
  needs: "policies",
  detect: ({ policies, model }) => {
    const permits = policies.filter(({ meta }) => meta.effect === "permit");
    const covering = coversIn(policies.filter(isBlock), permits, model);
    return permits.flatMap((policy) => {
      const block = covering.get(policy)?.[0];
      if (block === undefined) return [];
      const message = `\`${policy.meta.id}\` never permits anything: \`${block.meta.id}\` blocks all that it matches`;
      return [{ policy, message, related: block }];
    });
  },
};
