import { delegationProblem } from "../delegation/judge.ts";
import type { Amount, Effect, Facts } from "../facts.ts";
import type { Principal } from "../request.ts";
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
  for (let index = 0; index < chain.length; index += 1) {
    const { type, id } = chain[index] as Principal;
    // A person can only stand at the head: nobody acts on behalf of an agent by being a user.
    const placed = type === "Agent" || (type === "User" && index === 0);
    if (!placed || id === "") return `chain[${index}]`;
    for (let before = 0; before < index; before += 1)
      if (chain[before]?.id === id && chain[before]?.type === type) return `chain[${index}]`;
  }
  return null;
}

function effectsProblem({ effects, tool }: Facts): string | null {
  if (tool.type !== "Tool" || tool.id === "") return "tool";
  if (effects.length === 0 || effects.length > MAX_EFFECTS) return "effects";
  for (let index = 0; index < effects.length; index += 1) {
    const { action, resource, quantity, bytes, cost, tokens } = effects[index] as Effect;
    if (!ACTIONS.includes(action)) return `effects[${index}].action`;
    if (!RESOURCE_TYPES.includes(resource.type) || resource.id === "")
      return `effects[${index}].resource`;
    // A negative bound would slip under every limit.
    const bounded = isBound(quantity) && isBound(bytes) && isBound(cost) && isBound(tokens ?? cost);
    if (!bounded) return `effects[${index}].amount`;
  }
  return null;
}

function isBound({ atMost }: Amount): boolean {
  return Number.isSafeInteger(atMost) && atMost >= 0;
}
