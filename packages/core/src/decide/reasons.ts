import type { PolicyMeta } from "../bundle.ts";
import type { Reason } from "../decision.ts";
import { type EntityRef, placeOf } from "../facts.ts";
import { OUTCOMES, type Outcome } from "../vocabulary.ts";
import { MAX_REASONS } from "./limits.ts";

/** Codes that `decide` gives itself; every other code is a policy's own. In order of rank. */
export const DECIDE_CODES: Readonly<Record<string, string>> = {
  halted: "a person has stopped this",
  "delegation.revoked": "what was delegated to an agent of the chain was taken back",
  "delegation.expired": "what was delegated to an agent of the chain has ended",
  "delegation.exceeded": "an agent of the chain was not given this",
  "upstream.paused": "the upstream failed too often, and nothing is sent there for a while",
  "facts.invalid": "the facts of the action are incomplete or do not fit the schema",
  "engine.error": "the policies could not be evaluated",
  "shield.match": "a SHIELD entry matches the action",
  "shield.uncertain": "it cannot be ruled out that a SHIELD entry matches the action",
  "shield.unparsed":
    "a SHIELD entry is about actions of this kind and could not be read as a whole",
  "shield.not_asked": "the facts do not say which SHIELD conditions hold",
  "shield.incomplete": "the action has more text than SHIELD conditions are compared with",
  "policy.error": "the policy failed while it was evaluated",
  "approval.unknown": "the presented approval does not exist or does not belong to this action",
  "approval.digest_mismatch": "the presented approval was given for another action",
  "approval.expired": "the presented approval has expired",
  "approval.policy_changed": "a policy that the presented approval answers has changed since",
  "approval.short": "the presented approval has too few votes of people who may give it",
  "grant.revoked": "the grant that permitted this was revoked",
  "grant.expired": "the grant that permitted this has ended",
  "grant.spent": "the grant that permitted this is used up",
  default_deny: "no bylaw permits this",
};

/** Policies speak before the circumstances: what forbids, then what is wrong with an approval, then what is missing. */
const RANK: readonly string[] = Object.keys(DECIDE_CODES);
const POLICY_RANK = RANK.indexOf("policy.error");

/**
 * The one order of reasons: outcome (strongest first), kind, effect, member by its place in the
 * chain, policy, code. A policy that holds for several members of the chain is named once, with the
 * first of them; what nobody permits is named for each.
 */
export function ordered(reasons: readonly Reason[], chain: readonly EntityRef[]): Reason[] {
  if (reasons.length < 2) return [...reasons];
  const ranked = reasons.map((reason): Ranked => {
    const { outcome, effect, member } = reason;
    return {
      reason,
      outcome: OUTCOMES.indexOf(outcome),
      kind: kindOf(reason),
      effect: effect ?? -1,
      member: member === null ? -1 : placeOf(chain, member),
    };
  });
  ranked.sort(compare);
  const distinct: Ranked[] = [];
  for (const one of ranked) {
    if (distinct.some((other) => isSame(one, other))) continue;
    distinct.push(one);
    if (distinct.length === MAX_REASONS) break;
  }
  return distinct.map(({ reason }) => reason);
}

/** A reason, and the numbers that it is ordered by. */
interface Ranked {
  readonly reason: Reason;
  readonly outcome: number;
  readonly kind: number;
  readonly effect: number;
  readonly member: number;
}

function isSame(a: Ranked, b: Ranked): boolean {
  const { code, policy } = a.reason;
  return (
    policy === b.reason.policy &&
    code === b.reason.code &&
    a.outcome === b.outcome &&
    a.reason.effect === b.reason.effect &&
    (policy !== null || a.member === b.member)
  );
}

function kindOf({ code, policy }: Reason): number {
  const rank = policy === null || code.startsWith("grant.") ? RANK.indexOf(code) : POLICY_RANK;
  return rank === -1 ? POLICY_RANK : rank;
}

function compare(a: Ranked, b: Ranked): number {
  return (
    a.outcome - b.outcome ||
    a.kind - b.kind ||
    a.effect - b.effect ||
    a.member - b.member ||
    compareTexts(a.reason.policy ?? "", b.reason.policy ?? "") ||
    compareTexts(a.reason.code, b.reason.code)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Which effect and which member of the chain a reason is about; nulls where it is the whole action. */
export interface Place {
  readonly effect: number | null;
  readonly member: EntityRef | null;
}

export const NOWHERE: Place = { effect: null, member: null };

/** A policy that determines something, with its own code and text. */
export function ofPolicy(policy: PolicyMeta, { effect, member }: Place): Reason {
  const { code, decision: outcome, id, reason: text } = policy;
  return { code, outcome, policy: id, effect, member, text };
}

/** A reason that `decide` gives itself. */
export function builtIn(code: string, outcome: Outcome, policy: string | null, at: Place): Reason {
  return { code, outcome, policy, ...at, text: DECIDE_CODES[code] ?? code };
}
