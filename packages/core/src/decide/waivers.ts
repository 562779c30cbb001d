import type { Amount, Effect, EntityRef, Facts, Waiver } from "../facts.ts";
import { canonicalize } from "../json/canonical.ts";
import type { Json } from "../json/json.ts";
import { tokensOf } from "./tokens.ts";

/**
 * Whether an action is within what a waiver was given for: the same chain doing the same with the same
 * tool, and every effect no larger, no wider and no more suspicious than one that a person has seen.
 */
export function isWithin(waiver: Waiver, facts: Facts): boolean {
  const { action, chain, session, effects } = facts;
  return (
    (waiver.session === null || waiver.session === session.id) &&
    waiver.gateway === action.gateway &&
    waiver.upstream === action.upstream &&
    waiver.operation === action.operation &&
    waiver.target === action.target &&
    waiver.definition === action.definition &&
    sameChain(waiver.chain, chain) &&
    effects.every((effect) => waiver.effects.some((seen) => isNoMore(effect, seen)))
  );
}

function sameChain(a: readonly EntityRef[], b: readonly EntityRef[]): boolean {
  const same = ({ type, id }: EntityRef, at: number): boolean =>
    b[at]?.type === type && b[at]?.id === id;
  return a.length === b.length && a.every(same);
}

function isNoMore(effect: Effect, seen: Effect): boolean {
  return (
    effect.action === seen.action &&
    effect.audience === seen.audience &&
    effect.source === seen.source &&
    equal(effect.resource, seen.resource) &&
    atMost(effect.quantity, seen.quantity) &&
    atMost(effect.bytes, seen.bytes) &&
    atMost(effect.cost, seen.cost) &&
    atMost(tokensOf(effect), tokensOf(seen)) &&
    (effect.reversible || !seen.reversible) &&
    (seen.origin.untrusted || !effect.origin.untrusted) &&
    amongst(effect.labels, seen.labels) &&
    amongst(effect.findings, seen.findings) &&
    amongst(effect.origin.target, seen.origin.target) &&
    amongst(effect.origin.payload, seen.origin.payload)
  );
}

function atMost(amount: Amount, seen: Amount): boolean {
  return amount.atMost <= seen.atMost && (amount.known || !seen.known);
}

function amongst(values: readonly string[], seen: readonly string[]): boolean {
  return values.every((value) => seen.includes(value));
}

function equal(a: Effect["resource"], b: Effect["resource"]): boolean {
  return canonicalize(a as unknown as Json) === canonicalize(b as unknown as Json);
}
