import { delegationProblem } from "../delegation/judge.ts";
import type { Facts } from "../facts.ts";
import { ACTIONS, RESOURCE_TYPES } from "../vocabulary.ts";
import { MAX_CHAIN, MAX_EFFECTS } from "./limits.ts";

const CANONICAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Canonical times order as text; anything else would compare as nonsense. */
export function isCanonicalTime(text: string): boolean {
  return CANONICAL_TIME.test(text);
}

/**
 * Why Facts cannot be decided: the path of what is missing or makes no sense, null when nothing is.
 * Values of closed lists and attributes are the schema's matter (`Bundle.misfit`).
 */
export function invalidity(facts: Facts): string | null {
  if (facts.version !== 1) return "version";
  if (!isCanonicalTime(facts.now)) return "now";
  if (facts.digest === "") return "digest";
  return chainProblem(facts) ?? effectsProblem(facts) ?? delegationProblem(facts);
}

function chainProblem({ chain }: Facts): string | null {
  if (chain.length === 0 || chain.length > MAX_CHAIN) return "chain";
  const seen = new Set<string>();
  for (const [index, { type, id }] of chain.entries()) {
    // A person can only stand at the head: nobody acts on behalf of an agent by being a user.
    const placed = type === "Agent" || (type === "User" && index === 0);
    if (!placed || id === "" || seen.has(`${type}::${id}`)) return `chain[${index}]`;
    seen.add(`${type}::${id}`);
  }
  return null;
}

function effectsProblem({ effects, tool }: Facts): string | null {
  if (tool.type !== "Tool" || tool.id === "") return "tool";
  if (effects.length === 0 || effects.length > MAX_EFFECTS) return "effects";
  for (const [index, { action, resource, quantity, bytes, cost, tokens }] of effects.entries()) {
    if (!ACTIONS.includes(action)) return `effects[${index}].action`;
    if (!RESOURCE_TYPES.includes(resource.type) || resource.id === "")
      return `effects[${index}].resource`;
    // A negative bound would slip under every limit.
    for (const amount of [quantity, bytes, cost, tokens ?? cost])
      if (!Number.isSafeInteger(amount.atMost) || amount.atMost < 0)
        return `effects[${index}].amount`;
  }
  return null;
}
