import { builtIn } from "../decide/reasons.ts";
import type { Reason } from "../decision.ts";
import { type Effect, type EntityRef, type Facts, placeOf } from "../facts.ts";
import type { DelegationState } from "./delegation.ts";

/** Why delegations stop an action: what ended, and each effect that a link does not cover. */
export function gradeDelegations({ delegations = [], effects, now }: Facts): readonly Reason[] {
  return delegations.flatMap((link) => {
    const ended = endOf(link, now);
    if (ended !== null) return [reason(ended, link, null, "is no longer in force")];
    return effects.flatMap((effect, index) => {
      const field = exceeded(link, effect);
      return field === null
        ? []
        : [reason("delegation.exceeded", link, index, `does not cover this ${field}`)];
    });
  });
}

function endOf({ revoked, expires }: DelegationState, now: string): string | null {
  if (revoked) return "delegation.revoked";
  return expires <= now ? "delegation.expired" : null;
}

/** What of an effect a delegation does not cover, in a word; null if it covers it. */
function exceeded(
  { actions, resources, quantity, cost }: DelegationState,
  effect: Effect,
): string | null {
  if (actions !== null && !actions.includes(effect.action)) return "action";
  if (resources !== null && !resources.some((place) => isIn(effect, place))) return "resource";
  if (quantity !== null && effect.quantity.atMost > quantity) return "quantity";
  return cost !== null && effect.cost.atMost > cost ? "cost" : null;
}

function isIn({ resource }: Effect, place: EntityRef): boolean {
  return placeOf([resource, ...resource.parents], place) >= 0;
}

function reason(
  code: string,
  { id, from, to }: DelegationState,
  effect: number | null,
  what: string,
): Reason {
  const at = { effect, member: { type: "Agent", id: to } };
  return {
    ...builtIn(code, "block", null, at),
    text: `the delegation ${id} from \`${from}\` to \`${to}\` ${what}`,
  };
}

/**
 * Why delegations are not those of the chain; the path of the first that is not. They tie the last
 * agents of the chain to each other without a gap, and none has more below it than it allows.
 */
export function delegationProblem({ delegations, chain }: Facts): string | null {
  if (delegations === undefined) return null;
  const agents = chain.flatMap(({ type, id }) => (type === "Agent" ? [id] : []));
  const first = agents.length - 1 - delegations.length;
  if (delegations.length === 0 || first < 0) return "delegations";
  const wrong = delegations.findIndex(
    ({ from, to, depth }, index) =>
      from !== agents[first + index] ||
      to !== agents[first + index + 1] ||
      depth < delegations.length - 1 - index,
  );
  return wrong === -1 ? null : `delegations[${wrong}]`;
}
