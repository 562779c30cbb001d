import { ACTIONS } from "@bylaw/core";
import type { Policy } from "../../load.ts";
import type { Model } from "../../model.ts";
import { clausesOf } from "../clauses.ts";
import { shapesOf } from "../feasible.ts";
import type { Rule } from "../rule.ts";

/** Actions that agents are refused only because no policy speaks of them. */
export const undecidedAction: Rule = {
  id: "undecided-action",
  severity: "note",
  title: "no policy says anything about an action that agents can try",
  help: "permit it, or forbid it by name, so that the refusal says why",
  needs: "policies",
  detect: ({ policies, model }) => {
    const [first] = policies;
    const spoken = new Set(policies.flatMap((policy) => actionsOf(policy, model)));
    const silent = ACTIONS.filter((action) => !spoken.has(action));
    if (first === undefined || silent.length === 0) return [];
    const names = silent.map((action) => `\`${action}\``).join(", ");
    const message = `agents are refused ${names} by default_deny alone: no permit covers it and no policy names it`;
    return [{ policy: first, message }];
  },
};

/** Actions that a permit opens to agents, or that any policy names. */
function actionsOf({ est }: Policy, model: Model): readonly string[] {
  const named = est.action["op"] !== "All";
  if (est.effect === "forbid" && !named) return [];
  return shapesOf(clausesOf(est), model)
    .filter(({ principal }) => named || principal === "Agent")
    .map(({ action }) => action);
}
