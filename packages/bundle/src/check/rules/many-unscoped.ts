import { MAX_UNSCOPED } from "../../limits.ts";
import type { Policy } from "../../load.ts";
import type { Rule } from "../rule.ts";

/** Policies without a scope are looked at for every request, whatever it is about. */
export const manyUnscoped: Rule = {
  id: "many-unscoped",
  severity: "warning",
  title: "so many policies without a scope make every decision slower",
  help: "move what the condition says of principal, action and resource into the scope",
  needs: "policies",
  detect: ({ policies }) => {
    const unscoped = policies.filter(isUnscoped);
    const policy = unscoped[MAX_UNSCOPED];
    if (policy === undefined) return [];
    const message = `${unscoped.length} policies have no scope; from ${MAX_UNSCOPED} on they are what a decision costs`;
    return [{ policy, message }];
  },
};

function isUnscoped({ est }: Policy): boolean {
  const keyed = [est.principal, est.action, est.resource].some(
    ({ op, in: inside }) => op === "==" || op === "in" || inside !== undefined,
  );
  return !keyed;
}
