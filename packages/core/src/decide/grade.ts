import type { Bundle, LimitPolicy, PolicyMeta } from "../bundle.ts";
import type { Reason } from "../decision.ts";
import type { Facts } from "../facts.ts";
import type { Answer, Coverage } from "./approvals.ts";
import type { Question } from "./context.ts";
import { isLimit } from "./counting.ts";
import { deathOf, endedGrants } from "./grants.ts";
import { builtIn, ofPolicy, type Place } from "./reasons.ts";

/** What one question comes to. */
export interface Grade {
  readonly reasons: readonly Reason[];
  readonly wouldHave: readonly Reason[];
  /** Permits that still permit. */
  readonly permits: readonly PolicyMeta[];
  readonly waived: readonly { readonly policy: PolicyMeta; readonly answer: Answer }[];
  readonly held: readonly PolicyMeta[];
  /** Limits that count the effect. */
  readonly limited: readonly { readonly policy: LimitPolicy; readonly effect: number }[];
}

/**
 * The grading. An error in a forbid blocks; a hard forbid blocks; without a live permit nothing can
 * be approved into being; a soft forbid holds unless an approval of exactly this action answers it;
 * then the permits say whether the action is only allowed or also raised.
 */
export function grade(bundle: Bundle, facts: Facts, question: Question, coverage: Coverage): Grade {
  const reasons: Reason[] = [];
  const wouldHave: Reason[] = [];
  const waived: { policy: PolicyMeta; answer: Answer }[] = [];
  const held: PolicyMeta[] = [];
  const limited: Grade["limited"][number][] = [];
  const at = placeOf(question);
  const evaluation = bundle.engine.evaluate(question.request);
  if (evaluation.invalid !== null) reasons.push(builtIn("facts.invalid", "block", null, at));
  for (const { policy: id } of evaluation.errors) {
    const policy = policyOf(bundle, id);
    const outcome = policy.effect === "forbid" ? "block" : "log"; // a failed permit grants nothing
    const list = policy.mode === "enforce" ? reasons : wouldHave;
    list.push(builtIn("policy.error", outcome, policy.id, at));
  }
  for (const id of evaluation.forbids) {
    const policy = policyOf(bundle, id);
    if (isLimit(policy)) {
      limited.push({ policy, effect: question.effect });
      continue;
    }
    const answer = policy.decision === "require_approval" ? coverage(policy) : null;
    if (policy.mode !== "enforce") wouldHave.push(ofPolicy(policy, at));
    else if (answer !== null) waived.push({ policy, answer });
    else {
      reasons.push(ofPolicy(policy, at));
      if (policy.decision === "require_approval") held.push(policy);
    }
  }
  const live: PolicyMeta[] = [];
  const dead: DeadPermit[] = [];
  for (const id of evaluation.permits) {
    const policy = policyOf(bundle, id);
    const code = deathOf(policy, facts);
    if (code === null) live.push(policy);
    else dead.push({ policy, code });
  }
  for (const policy of live) reasons.push(ofPolicy(policy, at));
  if (live.length === 0) reasons.push(...unpermitted(bundle, facts, question, dead));
  return { reasons, wouldHave, permits: live, waived, held, limited };
}

/** A permit that no longer permits, and why. */
interface DeadPermit {
  readonly policy: PolicyMeta;
  readonly code: string;
}

/** Why nothing permits: grants that no longer do, else the default. */
function unpermitted(
  bundle: Bundle,
  facts: Facts,
  question: Question,
  dead: readonly DeadPermit[],
): readonly Reason[] {
  const at = placeOf(question);
  const reasons = [
    ...dead,
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

/** An engine that names a policy the bundle does not have is broken, and broken means block. */
function policyOf(bundle: Bundle, id: string): PolicyMeta {
  const policy = bundle.policies.get(id);
  if (policy === undefined) throw new Error(`engine named an unknown policy: ${id}`);
  return policy;
}

function placeOf({ effect, request }: Question): Place {
  return { effect, member: request.principal };
}
