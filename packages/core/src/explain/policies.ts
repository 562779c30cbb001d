import type { Bundle, PolicyMeta } from "../bundle.ts";
import type { Environment } from "../cedar/environment.ts";
import { readClauses } from "./clauses.ts";
import type { ReadClause, ReadPolicy } from "./explanation.ts";
import { MAX_CLOSEST, MAX_NEAR_MISSES } from "./limits.ts";
import type { WrittenClause } from "./written.ts";

/** A policy read for one question; null where the bundle has no text of it. */
export function readPolicy(bundle: Bundle, meta: PolicyMeta, env: Environment): ReadPolicy | null {
  const written = bundle.written.policy(meta.id);
  if (written === null) return null;
  const { id, effect, decision, mode, reason } = meta;
  const { file, line } = written;
  const clauses = readClauses(written.clauses, env);
  return { policy: id, effect, decision, mode, reason, file, line, clauses };
}

/** A policy that does not hold, with the clauses that it lacks as they are written. */
export interface Lacking {
  readonly read: ReadPolicy;
  /** Which question it was read for. */
  readonly question: number;
  readonly clauses: readonly WrittenClause[];
}

/** Policies about the same action that do not hold, the closest first. */
export interface Closeness {
  readonly forbids: readonly Lacking[];
  readonly permits: readonly Lacking[];
  /** Pairs of policy and question that were read; false when there were more than may be. */
  readonly probes: number;
  readonly complete: boolean;
}

/** In: one environment for each question that is looked at, and how many pairs of both may be read. */
export function closenessOf(
  bundle: Bundle,
  environments: readonly Environment[],
  most: number,
): Closeness {
  const found = new Map<string, Lacking>();
  let probes = 0;
  let complete = true;
  const metas = [...bundle.policies.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const [question, env] of environments.entries())
    for (const meta of metas) {
      complete = probes < most;
      if (!complete) break;
      probes += 1;
      const lacking = lackingOf(bundle, meta, env, question);
      if (lacking === null) continue;
      const earlier = found.get(meta.id);
      if (earlier === undefined || distance(lacking) < distance(earlier))
        found.set(meta.id, lacking);
    }
  const sorted = [...found.values()].sort((a, b) => distance(a) - distance(b));
  return {
    forbids: sorted.filter(({ read }) => read.effect === "forbid"),
    permits: sorted.filter(({ read }) => read.effect === "permit"),
    probes,
    complete,
  };
}

/** Null for a policy that holds, fails, has no text or is about another action. */
function lackingOf(
  bundle: Bundle,
  meta: PolicyMeta,
  env: Environment,
  question: number,
): Lacking | null {
  const written = bundle.written.policy(meta.id);
  const action = written?.clauses.filter(({ part }) => part === "action") ?? [];
  if (written === null || readClauses(action, env).some(({ state }) => state !== "met"))
    return null;
  const read = readPolicy(bundle, meta, env);
  if (read === null || read.clauses.some(({ state }) => state === "failed")) return null;
  const clauses = written.clauses.filter((_, index) => !isMet(read.clauses[index]));
  return clauses.length === 0 ? null : { read, question, clauses };
}

function isMet(clause: ReadClause | undefined): boolean {
  return clause?.state === "met";
}

/** Clauses that are not met. What something is cannot be changed by a fact, so that counts as far. */
function distance({ clauses }: Lacking): number {
  return clauses.reduce((sum, { expression }) => sum + (isTypeTest(expression) ? 100 : 1), 0);
}

function isTypeTest(expression: WrittenClause["expression"]): boolean {
  return typeof expression === "object" && expression !== null && "is" in expression;
}

/** Policies of which exactly one clause is missing: forbids first, since they surprise. */
export function nearMissesOf({ forbids, permits }: Closeness): readonly ReadPolicy[] {
  return [...forbids, ...permits]
    .filter((lacking) => distance(lacking) === 1)
    .slice(0, MAX_NEAR_MISSES)
    .map(({ read }) => read);
}

export function closestPermitsOf({ permits }: Closeness): readonly ReadPolicy[] {
  return permits.slice(0, MAX_CLOSEST).map(({ read }) => read);
}
