import type { Limit, LimitPolicy, PolicyMeta } from "../bundle.ts";
import type { LimitClaim, Reason } from "../decision.ts";
import type { Amount, Effect, Facts } from "../facts.ts";
import type { Coverage } from "./approvals.ts";
import type { Grade } from "./grade.ts";
import { NOWHERE, ofPolicy, type Place } from "./reasons.ts";
import { tokensOf } from "./tokens.ts";

/** What of Facts says whose counter an action adds to. */
export interface Counted {
  readonly action: Pick<Facts["action"], "upstream">;
  readonly tool: Pick<Facts["tool"], "id">;
  readonly caller: Pick<Facts["caller"], "credential">;
  readonly chain: Facts["chain"];
  readonly session: Pick<Facts["session"], "id">;
  readonly digest: string;
}

export function isLimit(policy: PolicyMeta): policy is LimitPolicy {
  return policy.limit !== null;
}

/** Names the counter of a limit that an action adds to: unit and names as JSON, so that no two meet. */
export function counterOf({ unit, per }: Limit, counted: Counted): string {
  return JSON.stringify([unit, ...per.flatMap((subject) => [subject, nameOf(subject, counted)])]);
}

function nameOf(subject: Limit["per"][number], counted: Counted): string {
  const { chain, caller } = counted;
  switch (subject) {
    case "user":
      return chain.find(({ type }) => type === "User")?.id ?? "";
    case "agent":
      // The one that started the others: sub-agents spend what it has, they do not multiply it.
      return chain.find(({ type }) => type === "Agent")?.id ?? caller.credential;
    case "session":
      return counted.session.id;
    case "upstream":
      return counted.action.upstream;
    case "tool":
      return counted.tool.id;
    case "request":
      return counted.digest;
  }
}

const NOTHING_COUNTED: ReturnType<typeof gradeLimits> = {
  grade: { reasons: [], wouldHave: [], permits: [], waived: [], held: [], limited: [] },
  claims: [],
};

/**
 * What the limits come to: the reasons of those that the action would exceed, and what it adds to all
 * that count it. An amount is the sum over the effects that the limit's policy matches, each once.
 */
export function gradeLimits(
  facts: Facts,
  grades: readonly Grade[],
  coverage: Coverage,
): { readonly grade: Grade; readonly claims: readonly LimitClaim[] } {
  if (grades.every(({ limited }) => limited.length === 0)) return NOTHING_COUNTED;
  const reasons: Reason[] = [];
  const wouldHave: Reason[] = [];
  const waived: Grade["waived"][number][] = [];
  const held: PolicyMeta[] = [];
  const claims: LimitClaim[] = [];
  for (const [policy, effects] of matched(grades)) {
    const used = usedOf(policy, facts);
    const adds = amountOf(policy.limit, effects, facts);
    if (adds === 0) continue;
    const over = used + adds > policy.limit.most;
    const answer = over && policy.decision === "require_approval" ? coverage(policy) : null;
    if (over) {
      const reason = exceeded(policy, used, adds, placeOf(effects));
      if (policy.mode !== "enforce") wouldHave.push(reason);
      else if (answer !== null) waived.push({ policy, answer });
      else {
        reasons.push(reason);
        if (policy.decision === "require_approval") held.push(policy);
      }
    }
    claims.push(claimOf(policy, facts, adds, over));
  }
  return { grade: { reasons, wouldHave, permits: [], waived, held, limited: [] }, claims };
}

/** Each limit with the effects that it counts, in the order of ids. */
function matched(
  grades: readonly Grade[],
): readonly (readonly [LimitPolicy, ReadonlySet<number>])[] {
  const found = new Map<LimitPolicy, Set<number>>();
  for (const { policy, effect } of grades.flatMap(({ limited }) => limited)) {
    const effects = found.get(policy) ?? new Set();
    found.set(policy, effects.add(effect));
  }
  return [...found].sort(([a], [b]) => Number(a.id > b.id) - Number(a.id < b.id));
}

function usedOf({ id }: LimitPolicy, { limits = {} }: Facts): number {
  return (Object.hasOwn(limits, id) ? limits[id] : undefined) ?? 0;
}

function amountOf({ unit }: Limit, effects: ReadonlySet<number>, facts: Facts): number {
  if (unit === "calls") return 1;
  let sum = 0;
  for (const index of effects) {
    const effect = facts.effects[index] as Effect;
    sum = Math.min(Number.MAX_SAFE_INTEGER, sum + boundOf(unit, effect).atMost);
  }
  return sum;
}

function boundOf(unit: Exclude<Limit["unit"], "calls">, effect: Effect): Amount {
  switch (unit) {
    case "items":
      return effect.quantity;
    case "bytes":
      return effect.bytes;
    case "usd":
      return effect.cost;
    case "tokens":
      return tokensOf(effect);
  }
}

/**
 * An amount beyond the limit counts as one more than the limit: that fills it as well, and sums of
 * unknown amounts stay exact.
 */
function claimOf(policy: LimitPolicy, facts: Facts, adds: number, over: boolean): LimitClaim {
  const { limit, id, mode } = policy;
  return {
    policy: id,
    subject: counterOf(limit, facts),
    windowMs: limit.windowMs,
    amount: Math.min(adds, limit.most + 1),
    most: over || mode !== "enforce" ? null : limit.most,
  };
}

function placeOf(effects: ReadonlySet<number>): Place {
  const [only] = effects;
  return effects.size === 1 && only !== undefined ? { effect: only, member: null } : NOWHERE;
}

function exceeded(policy: LimitPolicy, used: number, adds: number, at: Place): Reason {
  const { most, unit, windowMs } = policy.limit;
  const shown = (amount: number): string => (unit === "usd" ? dollars(amount) : String(amount));
  const needs = adds === Number.MAX_SAFE_INTEGER ? "an unknown number" : shown(adds);
  const what = windowMs === null ? `${unit} at once` : unit;
  const text = `${policy.reason}: ${shown(used)} of ${shown(most)} ${what} are used, and this needs ${needs}`;
  return { ...ofPolicy(policy, at), text };
}

function dollars(millionths: number): string {
  return (millionths / 1_000_000).toFixed(6).replace(/\.?0{1,6}$/, "");
}
