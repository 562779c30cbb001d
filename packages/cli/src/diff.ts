import { isDeepStrictEqual } from "node:util";
import {
  type Bundle,
  canonicalize,
  type Decision,
  decide,
  type Facts,
  type Json,
  OUTCOMES,
  type Outcome,
} from "@bylaw/core";
import { gatewayCode } from "./replay.ts";

/** `weaker`: the new policies let more through; `other`: the outcome stays, who decides it does not. */
export type Direction = "weaker" | "stronger" | "other";

/** What one side says of an action: the outcome, and by which policies or built-in codes. */
interface Verdict {
  readonly outcome: Outcome;
  readonly by: readonly string[];
}

/** Decisions that change in the same way. */
export interface ChangeGroup {
  readonly direction: Direction;
  readonly then: Verdict;
  readonly now: Verdict;
  readonly count: number;
  /** The first few: record indices, or line numbers of a file of facts. */
  readonly examples: readonly number[];
}

export interface DiffReport {
  readonly old: string;
  readonly new: string;
  /** Decisions made again with both. */
  readonly replayed: number;
  readonly unchanged: number;
  readonly weaker: number;
  readonly stronger: number;
  readonly other: number;
  readonly groups: readonly ChangeGroup[];
  /** Changes in groups beyond the limit; they are in the counts above. */
  readonly ungrouped: number;
  readonly skipped: {
    /** Facts were deleted. */
    readonly pruned: number;
    /** No facts were ever established. */
    readonly without: number;
  };
  /** Records where the old policies do not give the recorded decision. */
  readonly unreproduced: { readonly count: number; readonly examples: readonly number[] };
}

/** Groups that are kept apart in one comparison. */
const MAX_GROUPS = 1_000;
/** Examples named for one group. */
const MAX_EXAMPLES = 3;

interface Tally extends Omit<ChangeGroup, "count" | "examples"> {
  count: number;
  readonly examples: number[];
}

/** Compares two bundles over one set of Facts after the other; keeps counts and a few examples. */
export interface Comparison {
  /** In: where the Facts are from, and the recorded decision where there is one. */
  add(at: number, facts: Facts, recorded: Decision | null): void;
  skip(reason: keyof DiffReport["skipped"]): void;
  report(): DiffReport;
}

export function compareBundles(old: Bundle, next: Bundle): Comparison {
  const groups = new Map<string, Tally>();
  const directions = { weaker: 0, stronger: 0, other: 0 };
  const skipped = { pruned: 0, without: 0 };
  const unreproduced = { count: 0, examples: [] as number[] };
  let replayed = 0;
  let ungrouped = 0;

  function count(at: number, then: Verdict, now: Verdict, direction: Direction): void {
    directions[direction] += 1;
    const key = canonicalize([direction, then, now] as unknown as Json);
    const known = groups.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (known.examples.length < MAX_EXAMPLES) known.examples.push(at);
    } else if (groups.size < MAX_GROUPS)
      groups.set(key, { direction, then, now, count: 1, examples: [at] });
    else ungrouped += 1;
  }

  return {
    add(at, facts, recorded): void {
      replayed += 1;
      const before = decide(old, facts);
      if (recorded !== null && !reproduces(before, recorded)) {
        unreproduced.count += 1;
        if (unreproduced.examples.length < MAX_EXAMPLES) unreproduced.examples.push(at);
      }
      const after = decide(next, asIfAnswered(facts, old, next));
      const direction = directionOf(before, after, old, next);
      if (direction !== null) count(at, verdictOf(before), verdictOf(after), direction);
    },
    skip(reason): void {
      skipped[reason] += 1;
    },
    report(): DiffReport {
      const changed = directions.weaker + directions.stronger + directions.other;
      return {
        old: old.digest,
        new: next.digest,
        replayed,
        unchanged: replayed - changed,
        ...directions,
        groups: [...groups.values()].sort(byWeight),
        ungrouped,
        skipped,
        unreproduced,
      };
    },
  };
}

const ORDER: readonly Direction[] = ["weaker", "stronger", "other"];

function byWeight(a: ChangeGroup, b: ChangeGroup): number {
  return ORDER.indexOf(a.direction) - ORDER.indexOf(b.direction) || b.count - a.count;
}

/** The old policies may be another version than the one that decided, so the bundle's name may differ. */
function reproduces(again: Decision, recorded: Decision): boolean {
  if (gatewayCode(recorded) !== null) return true;
  return isDeepStrictEqual({ ...again, bundle: "" }, { ...recorded, bundle: "" });
}

/**
 * An approval answers one text of a policy. Whoever approved the action under the old text of a policy
 * would be asked again under the new one; that is no change of what policies say, so it counts as given.
 */
function asIfAnswered(facts: Facts, old: Bundle, next: Bundle): Facts {
  if (facts.approvals.length === 0) return facts;
  const approvals = facts.approvals.map((approval) => ({
    ...approval,
    policies: approval.policies.map(({ id, digest }) => {
      const [before, after] = [old.policies.get(id), next.policies.get(id)];
      return before?.digest === digest && after !== undefined
        ? { id, digest: after.digest }
        : { id, digest };
    }),
  }));
  return { ...facts, approvals };
}

function directionOf(
  before: Decision,
  after: Decision,
  old: Bundle,
  next: Bundle,
): Direction | null {
  const [from, to] = [OUTCOMES.indexOf(before.outcome), OUTCOMES.indexOf(after.outcome)];
  if (to !== from) return to > from ? "weaker" : "stronger";
  return isDeepStrictEqual(essence(before, old), essence(after, next)) ? null : "other";
}

/** What a decision comes to, without the texts and digests that every edit of a policy changes. */
function essence(decision: Decision, { policies }: Bundle): Json {
  const { requirements, obligations, claims, wouldHave } = decision;
  return [
    verdictOf(decision).by,
    requirements.map(({ policy, approvers, quorum, ttlMs }) => [
      policy,
      [...approvers],
      quorum,
      ttlMs,
    ]),
    obligations.map(({ type, policy, value }) => [type, policy, value]),
    [...claims.grants],
    wouldHave.map(({ code, policy }) => [code, policy, policies.get(policy ?? "")?.mode ?? null]),
  ];
}

function verdictOf({ outcome, reasons }: Decision): Verdict {
  const deciding = reasons.filter((reason) => reason.outcome === outcome);
  const names = deciding.map(({ code, policy }) =>
    policy === null ? code : code.startsWith("grant.") ? `${code} ${policy}` : policy,
  );
  return { outcome, by: [...new Set(names)].sort() };
}
