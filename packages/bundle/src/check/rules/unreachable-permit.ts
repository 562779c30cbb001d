import { covers } from "../covers.ts";
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
    const blocks = policies.filter(isBlock);
    return policies.flatMap((policy) => {
      if (policy.est.effect !== "permit") return [];
      const block = blocks.find((one) => covers(one.est, policy.est, model));
      if (block === undefined) return [];
      const message = `\`${policy.meta.id}\` never permits anything: \`${block.meta.id}\` blocks all that it matches`;
      return [{ policy, message, related: block }];
    });
  },
};
