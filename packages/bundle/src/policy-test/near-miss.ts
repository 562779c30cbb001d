import {
  type AuthorizationRequest,
  type Bundle,
  compilePolicies,
  type Evaluation,
  type Json,
} from "@bylaw/core";
import { loadCedar } from "../cedar.ts";
import { type Clause, clausesOf } from "../check/clauses.ts";
import type { Policy, PolicySet } from "../load.ts";

/**
 * Why a policy did not match: the first clause that was not true, of the question that came
 * furthest. Each clause is asked as a policy of its own.
 */
export async function nearMiss(
  bundle: Bundle,
  { est, meta }: Policy,
  { model }: PolicySet,
  asked: readonly AuthorizationRequest[],
): Promise<string> {
  if (asked.length === 0) return "the facts do not fit, so no policy was asked";
  if (asked.some((request) => matches(bundle.engine.evaluate(request), meta.id)))
    return meta.effect === "forbid"
      ? "it matched, and an approval answered it"
      : "it matched, and permits nothing any more";
  const clauses = clausesOf(est);
  const sources = clauses.map((clause, at) => ({ id: String(at), est: single(clause) as Json }));
  const compiled = compilePolicies(sources, model.json);
  if (!compiled.ok) return "it did not match";
  const depths = asked.map((request) => depthOf(compiled.value.evaluate(request), clauses.length));
  const deepest = depths.reduce((a, b) => (b.depth > a.depth ? b : a));
  const clause = clauses[deepest.depth];
  if (clause === undefined) return "it did not match";
  const text = await clauseText(clause);
  return deepest.failed ? `\`${text}\` failed` : `\`${text}\` is not true`;
}

function matches({ permits, forbids }: Evaluation, id: string): boolean {
  return permits.includes(id) || forbids.includes(id);
}

/** How many clauses are true from the first on, and whether the next one failed. */
function depthOf({ permits, errors }: Evaluation, all: number): { depth: number; failed: boolean } {
  let depth = 0;
  while (depth < all && permits.includes(String(depth))) depth += 1;
  return { depth, failed: errors.some(({ policy }) => policy === String(depth)) };
}

const ALL = { op: "All" } as const;

function single(clause: Clause) {
  return {
    effect: "permit",
    principal: ALL,
    action: ALL,
    resource: ALL,
    conditions: [{ kind: "when", body: clause }],
  } as const;
}

/** The clause as Cedar text, by Cedar's own printer. */
async function clauseText(clause: Clause): Promise<string> {
  const cedar = await loadCedar();
  const printed = cedar.policyToText(single(clause) as never);
  if (printed.type !== "success") return "a condition";
  const [, body = "a condition"] = /when \{([^]*)\};?\s*$/.exec(printed.text) ?? [];
  return body.replace(/\s+/g, " ").trim();
}
