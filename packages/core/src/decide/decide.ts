import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Decision, Obligation, Reason, Requirement } from "../decision.ts";
import type { Evaluation } from "../engine.ts";
import type { EntityRef, Facts } from "../facts.ts";
import { type Outcome, strongest } from "../vocabulary.ts";
import { type Coverage, coverageOf, handleProblem } from "./approvals.ts";
import { invalidity } from "./check.ts";
import { type Question, questionsOf } from "./context.ts";
import { claimedGrants, deathOf, endedGrants } from "./grants.ts";
import { DECIDE_CODES, ordered } from "./reasons.ts";

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
    return conclude(bundle, facts, grades);
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

/** What one question comes to. */
interface Grade {
  readonly reasons: readonly Reason[];
  readonly wouldHave: readonly Reason[];
  /** Permits that still permit. */
  readonly permits: readonly PolicyMeta[];
  readonly waived: readonly { readonly policy: PolicyMeta; readonly approval: string }[];
  readonly held: readonly PolicyMeta[];
}

/**
 * The grading. An error in a forbid blocks; a hard forbid blocks; without a live permit nothing can
 * be approved into being; a soft forbid holds unless an approval of exactly this action answers it;
 * then the permits say whether the action is only allowed or also raised.
 */
function grade(bundle: Bundle, facts: Facts, question: Question, coverage: Coverage): Grade {
  const reasons: Reason[] = [];
  const wouldHave: Reason[] = [];
  const waived: { policy: PolicyMeta; approval: string }[] = [];
  const held: PolicyMeta[] = [];
  const at = { effect: question.effect, member: memberOf(facts, question) };
  const evaluation = bundle.engine.evaluate(question.request);
  if (evaluation.invalid !== null) reasons.push(builtIn("facts.invalid", "block", null, at));
  const { permits, forbids, failed } = policiesOf(bundle, evaluation);

  for (const policy of failed) {
    const outcome = policy.effect === "forbid" ? "block" : "log"; // a failed permit grants nothing
    const list = policy.mode === "enforce" ? reasons : wouldHave;
    list.push(builtIn("policy.error", outcome, policy.id, at));
  }
  for (const policy of forbids) {
    const approval = policy.decision === "require_approval" ? coverage(policy) : null;
    if (policy.mode !== "enforce") wouldHave.push(ofPolicy(policy, at));
    else if (approval !== null) waived.push({ policy, approval: approval.id });
    else {
      reasons.push(ofPolicy(policy, at));
      if (policy.decision === "require_approval") held.push(policy);
    }
  }
  const live = permits.filter((policy) => deathOf(policy, facts) === null);
  if (live.length > 0) reasons.push(...live.map((policy) => ofPolicy(policy, at)));
  else reasons.push(...unpermitted(bundle, facts, question, permits));
  return { reasons, wouldHave, permits: live, waived, held };
}

/** Why nothing permits: grants that no longer do, else the default. */
function unpermitted(
  bundle: Bundle,
  facts: Facts,
  question: Question,
  dead: readonly PolicyMeta[],
): readonly Reason[] {
  const at = { effect: question.effect, member: memberOf(facts, question) };
  const reasons = [
    ...dead.map((policy) => ({ policy, code: deathOf(policy, facts) ?? "grant.expired" })),
    ...endedGrants(bundle, facts, question.request).map((policy) => ({
      policy,
      code: "grant.expired",
    })),
  ].map(({ policy, code }) => builtIn(code, "block", policy.id, at));
  if (reasons.length > 0) return reasons;
  const { action, resource, principal } = question.request;
  const text = `no bylaw permits ${principal.type} \`${principal.id}\` to ${action} this ${resource.type}`;
  return [{ ...builtIn("default_deny", "block", null, at), text }];
}

/** Strongest wins; only an action that goes ahead uses anything up. */
function conclude(bundle: Bundle, facts: Facts, grades: readonly Grade[]): Decision {
  const problem = handleProblem(bundle, facts);
  const nowhere = { effect: null, member: null };
  const reasons = grades.flatMap((one) => one.reasons);
  if (problem !== null) reasons.push(builtIn(problem, "block", null, nowhere));
  const outcome = reasons.map((reason) => reason.outcome).reduce(strongest);
  const waived = grades.flatMap((one) => one.waived);
  const granted = outcome === "allow" || outcome === "log";
  const determining = granted
    ? [...grades.flatMap((one) => one.permits), ...waived.map(({ policy }) => policy)]
    : grades.flatMap((one) => deciding(bundle, one, outcome));
  // What was presented is used up even if nothing needed it any more: an approval runs once.
  const presented = facts.handle === null ? [] : [facts.handle];
  return {
    version: 1,
    outcome,
    reasons: ordered(reasons, facts.chain),
    requirements: outcome === "require_approval" ? requirementsOf(grades) : [],
    obligations: obligationsOf(determining),
    claims: {
      approvals: granted ? unique([...presented, ...waived.map(({ approval }) => approval)]) : [],
      grants: granted ? claimedGrants(grades.map((one) => one.permits)) : [],
    },
    wouldHave: ordered(
      grades.flatMap((one) => one.wouldHave),
      facts.chain,
    ),
    bundle: bundle.digest,
  };
}

function deciding(bundle: Bundle, { reasons }: Grade, outcome: Outcome): readonly PolicyMeta[] {
  return reasons
    .filter((reason) => reason.outcome === outcome)
    .flatMap(({ policy }) => (policy === null ? [] : (bundle.policies.get(policy) ?? [])));
}

function requirementsOf(grades: readonly Grade[]): readonly Requirement[] {
  const held = new Map(grades.flatMap((one) => one.held).map((policy) => [policy.id, policy]));
  return unique([...held.keys()])
    .flatMap((id) => held.get(id) ?? [])
    .map(({ id, digest, reason, approvers, quorum, ttlMs }) => ({
      policy: id,
      digest,
      reason,
      approvers,
      quorum,
      ttlMs,
    }));
}

function obligationsOf(policies: readonly PolicyMeta[]): readonly Obligation[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  return unique([...byId.keys()]).flatMap((id) =>
    (byId.get(id)?.obligations ?? []).map(({ type, value }) => ({ type, policy: id, value })),
  );
}

/** An engine that names a policy the bundle does not have is broken, and broken means block. */
function policiesOf(bundle: Bundle, { permits, forbids, errors }: Evaluation) {
  const known = (id: string): PolicyMeta => {
    const policy = bundle.policies.get(id);
    if (policy === undefined) throw new Error(`engine named an unknown policy: ${id}`);
    return policy;
  };
  return {
    permits: permits.map(known),
    forbids: forbids.map(known),
    failed: errors.map(({ policy }) => known(policy)),
  };
}

interface Place {
  readonly effect: number | null;
  readonly member: EntityRef | null;
}

function memberOf(facts: Facts, question: Question): EntityRef | null {
  const member = facts.chain[question.member];
  return member === undefined ? null : { type: member.type, id: member.id };
}

function ofPolicy(policy: PolicyMeta, { effect, member }: Place): Reason {
  const { code, decision: outcome, id, reason: text } = policy;
  return { code, outcome, policy: id, effect, member, text };
}

function builtIn(code: string, outcome: Outcome, policy: string | null, at: Place): Reason {
  return { code, outcome, policy, ...at, text: DECIDE_CODES[code] ?? code };
}

function undecidable(bundle: Bundle, code: string, where: string | null): Decision {
  const reason = builtIn(code, "block", null, { effect: null, member: null });
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
  return [...new Set(ids)].sort();
}
