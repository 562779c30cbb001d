import type { Bundle } from "../bundle.ts";
import { type Question, questionsOf } from "../decide/context.ts";
import { decide } from "../decide/decide.ts";
import type { Reason } from "../decision.ts";
import type { Facts } from "../facts.ts";
import { deciding as strongestOf } from "../record.ts";
import type { Outcome } from "../vocabulary.ts";
import { environmentOf } from "./environment.ts";
import type { ExplainedReason, Explanation, FlipSearch } from "./explanation.ts";
import { flipsOf } from "./flips.ts";
import { MAX_PROBES } from "./limits.ts";
import {
  type Closeness,
  closenessOf,
  closestPermitsOf,
  nearMissesOf,
  readPolicy,
} from "./policies.ts";
import { lookedAt, questionOf } from "./questions.ts";
import { subjectOf, wordsOf } from "./words.ts";

const NOT_SEARCHED: FlipSearch = { flips: [], changes: 0, trials: 0, complete: false };
const NOTHING: Closeness = { forbids: [], permits: [], probes: 0, complete: true };

/**
 * Why the bundle decides these Facts as it does: which clause of which policy, what else would have
 * applied, and the smallest change of facts that would give another outcome. Pure, deterministic
 * and bounded (`limits.ts`); decides anew, so the caller compares with what was recorded.
 */
export function explain(bundle: Bundle, facts: Facts): Explanation {
  const decision = decide(bundle, facts);
  const readable = !decision.reasons.some(({ code }) => UNREADABLE.includes(code));
  const questions = readable ? questionsOf(facts) : [];
  const put = (reason: Reason): ExplainedReason => explained(bundle, facts, questions, reason);
  const environments = readable
    ? lookedAt(bundle, facts, decision).map(({ environment }) => environment)
    : [];
  const closeness = readable ? closenessOf(bundle, environments, MAX_PROBES) : NOTHING;
  const deciding = decision.reasons.filter(({ outcome }) => outcome === decision.outcome).map(put);
  return {
    version: 1,
    outcome: decision.outcome,
    bundle: decision.bundle,
    headline: headlineOf(facts, deciding, put(strongestOf(decision))),
    deciding,
    weaker: decision.reasons.filter(({ outcome }) => outcome !== decision.outcome).map(put),
    wouldHave: decision.wouldHave.map(put),
    nearMisses: nearMissesOf(closeness),
    closest: decision.reasons.some(({ code }) => code === "default_deny")
      ? closestPermitsOf(closeness)
      : [],
    flip: readable ? flipsOf(bundle, facts, decision) : NOT_SEARCHED,
  };
}

/** Codes of decisions on facts that could not be read at all. */
const UNREADABLE: readonly string[] = ["facts.invalid", "engine.error"];

function explained(
  bundle: Bundle,
  facts: Facts,
  questions: readonly Question[],
  reason: Reason,
): ExplainedReason {
  const { code, outcome, policy, effect, member } = reason;
  const meta = policy === null ? undefined : bundle.policies.get(policy);
  const question = questionOf(questions, facts, reason);
  const env = question === null ? null : environmentOf(question, bundle.written.actions);
  const read = meta === undefined || env === null ? null : readPolicy(bundle, meta, env);
  return {
    code,
    outcome,
    policy,
    effect,
    member,
    words: wordsOf(bundle, facts, reason, read),
    read,
  };
}

const VERBS: Readonly<Record<Outcome, string>> = {
  block: "Refused",
  require_approval: "Held for a person",
  log: "Allowed and raised",
  allow: "Allowed",
};

function headlineOf(
  facts: Facts,
  deciding: readonly ExplainedReason[],
  strongest: ExplainedReason,
): string {
  const { outcome } = strongest;
  const first = spokesman(facts, deciding, strongest);
  const subject = UNREADABLE.includes(first.code) ? "the action" : subjectOf(facts, first);
  return `${VERBS[outcome]}: ${subject}, because ${first.words}`;
}

/** The first reason; of what was permitted, the one that permits the agent that acts. */
function spokesman(
  facts: Facts,
  deciding: readonly ExplainedReason[],
  strongest: ExplainedReason,
): ExplainedReason {
  const acting = facts.chain.at(-1);
  const own = deciding.find(
    ({ member }) => member?.type === acting?.type && member?.id === acting?.id,
  );
  return strongest.read?.effect === "permit" ? (own ?? strongest) : strongest;
}
