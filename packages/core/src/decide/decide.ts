import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Decision, LimitClaim, Obligation, Reason, Requirement } from "../decision.ts";
import { gradeDelegations } from "../delegation/judge.ts";
import type { Facts, Halt } from "../facts.ts";
import { gradeShield } from "../shield/judge.ts";
import { type Outcome, strongest } from "../vocabulary.ts";
import { type Answer, coverageOf, handleProblem } from "./approvals.ts";
import { invalidity } from "./check.ts";
import { type Question, questionsOf } from "./context.ts";
import { gradeLimits } from "./counting.ts";
import { type Grade, grade } from "./grade.ts";
import { claimedGrants } from "./grants.ts";
import { builtIn, NOWHERE, ordered } from "./reasons.ts";

/**
 * The verdict on one action, a pure function of bundle and Facts.
 *
 * One Cedar request per effect and member of the principal chain; the strongest outcome over all of
 * them counts. Never throws: what cannot be decided is a block (`facts.invalid`, `engine.error`).
 */
export function decide(bundle: Bundle, facts: Facts): Decision {
  const questions = ask(bundle, facts);
  if (typeof questions === "string") return undecidable(bundle, "facts.invalid", questions);
  try {
    const coverage = coverageOf(facts);
    const grades = questions.map((question) => grade(bundle, facts, question, coverage));
    const limits = gradeLimits(facts, grades, coverage);
    const all = [...grades, gradeShield(bundle, facts, coverage), limits.grade];
    return conclude(bundle, facts, all, limits.claims);
  } catch {
    return undecidable(bundle, "engine.error", null);
  }
}

/** The questions, or the path of what makes them impossible to ask. */
function ask(bundle: Bundle, facts: Facts): readonly Question[] | string {
  try {
    const problem = invalidity(facts);
    if (problem !== null) return problem;
    const questions = questionsOf(facts);
    for (const { effect, request } of questions) {
      const misfit = bundle.misfit(request);
      if (misfit !== null) return `effects[${effect}]: ${misfit}`;
    }
    return questions;
  } catch {
    return "facts"; // not of the shape that the type promises
  }
}

/** Strongest wins; only an action that goes ahead uses anything up. */
function conclude(
  bundle: Bundle,
  facts: Facts,
  grades: readonly Grade[],
  counted: readonly LimitClaim[],
): Decision {
  const problem = handleProblem(bundle, facts);
  const reasons = ofAll(grades, (one) => one.reasons);
  if (problem !== null) reasons.push(builtIn(problem, "block", null, NOWHERE));
  for (const halt of facts.halts ?? []) reasons.push(halted(halt));
  for (const reason of gradeDelegations(facts)) reasons.push(reason);
  if (facts.paused !== undefined) reasons.push(builtIn("upstream.paused", "block", null, NOWHERE));
  const outcome = strongestOf(reasons);
  const waived = ofAll(grades, (one) => one.waived);
  const granted = outcome === "allow" || outcome === "log";
  const determining = granted
    ? [...ofAll(grades, (one) => one.permits), ...waived.map(({ policy }) => policy)]
    : ofAll(grades, (one) => deciding(bundle, one, outcome));
  // What was presented is used up even if nothing needed it any more: an approval runs once.
  const presented = facts.handle === null ? [] : [facts.handle];
  return {
    version: 1,
    outcome,
    reasons: ordered(reasons, facts.chain),
    requirements: outcome === "require_approval" ? requirementsOf(grades) : [],
    obligations: obligationsOf(determining),
    claims: {
      approvals: granted ? unique([...presented, ...answersOf(waived, "approval")]) : [],
      grants: granted
        ? unique([
            ...claimedGrants(grades.map((one) => one.permits)),
            ...answersOf(waived, "waiver"),
          ])
        : [],
      ...(granted && counted.length > 0 ? { limits: counted } : {}),
    },
    wouldHave: ordered(
      ofAll(grades, (one) => one.wouldHave),
      facts.chain,
    ),
    bundle: bundle.digest,
  };
}

/** What every grade says of one kind, in their order. */
function ofAll<T>(grades: readonly Grade[], say: (one: Grade) => readonly T[]): T[] {
  const all: T[] = [];
  for (const one of grades) for (const said of say(one)) all.push(said);
  return all;
}

function strongestOf(reasons: readonly Reason[]): Outcome {
  return reasons.map(({ outcome }) => outcome).reduce(strongest);
}

function halted({ scope, subject, by, at, reason }: Halt): Reason {
  const what = scope === "all" ? "everything" : `${scope} \`${subject}\``;
  const text = `${by} halted ${what} at ${at}: ${reason}`;
  return { ...builtIn("halted", "block", null, NOWHERE), text };
}

function answersOf(waived: Grade["waived"], kind: Answer["kind"]): readonly string[] {
  return waived.flatMap(({ answer }) => (answer.kind === kind ? [answer.id] : []));
}

function deciding(bundle: Bundle, { reasons }: Grade, outcome: Outcome): readonly PolicyMeta[] {
  return reasons
    .filter((reason) => reason.outcome === outcome)
    .flatMap(({ policy }) => (policy === null ? [] : (bundle.policies.get(policy) ?? [])));
}

function requirementsOf(grades: readonly Grade[]): readonly Requirement[] {
  return eachOnce(ofAll(grades, (one) => one.held)).map(
    ({ id, digest, reason, approvers, quorum, ttlMs }) => ({
      policy: id,
      digest,
      reason,
      approvers,
      quorum,
      ttlMs,
    }),
  );
}

function obligationsOf(policies: readonly PolicyMeta[]): readonly Obligation[] {
  if (policies.every(({ obligations }) => obligations.length === 0)) return [];
  return eachOnce(policies).flatMap(({ id, obligations }) =>
    obligations.map(({ type, value }) => ({ type, policy: id, value })),
  );
}

/** In the order of their ids. */
function eachOnce(policies: readonly PolicyMeta[]): readonly PolicyMeta[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function undecidable(bundle: Bundle, code: string, where: string | null): Decision {
  const reason = builtIn(code, "block", null, NOWHERE);
  return {
    version: 1,
    outcome: "block",
    reasons: [where === null ? reason : { ...reason, text: `${reason.text}: \`${where}\`` }],
    requirements: [],
    obligations: [],
    claims: { approvals: [], grants: [] },
    wouldHave: [],
    bundle: bundle.digest,
  };
}

function unique(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return [];
  return [...new Set(ids)].sort();
}
