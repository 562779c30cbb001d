import { PROBLEMS_MAX } from "./limits.ts";
import { RECORD_PROBLEMS, type RecordProblem } from "./records.ts";

const LOG_PROBLEMS = [
  "entry.hash",
  "entry.missing",
  "entry.malformed",
  "entry.excess",
  "tile.hash",
  "tile.missing",
  "root.mismatch",
  "head.mismatch",
  "checkpoint.missing",
  "checkpoint.invalid",
  "log.truncated",
  "log.forked",
  "entry.canonical",
  "body.hash",
  "body.missing",
] as const;

/** What verification can find; docs/log-format.md says what each means. */
export type ProblemCode = (typeof LOG_PROBLEMS)[number] | RecordProblem;
export const PROBLEM_CODES: readonly ProblemCode[] = [...LOG_PROBLEMS, ...RECORD_PROBLEMS];

export interface Problem {
  readonly code: ProblemCode;
  /** First entry that the problem concerns. */
  readonly index: number;
  /** First entry after it: `index + 1` where exactly one entry is meant. */
  readonly until: number;
  readonly detail: string;
}

/** What verifying a log came to. */
export interface VerifyReport {
  /** True when nothing at all is wrong. */
  readonly ok: boolean;
  readonly origin: string;
  /** Entries read. */
  readonly size: number;
  /** Base64 root of these entries. */
  readonly root: string;
  /** Entries that a verified checkpoint covers; the ones after it are not signed yet. */
  readonly signed: number;
  /** Checkpoints whose signature and root were verified, outside ones included. */
  readonly checkpoints: number;
  /** Bodies beside the log: those present match their digests; a record says that the others were pruned. */
  readonly bodies: { readonly verified: number; readonly pruned: number };
  /** Intents without an outcome: in flight, or cut off by the end of the process. */
  readonly open: readonly number[];
  /**
   * Entries that are held against an outside checkpoint. Null: rollback not excluded, since a log
   * that nobody else has seen can be replaced by an older or different one of its owner.
   */
  readonly heldAgainst: number | null;
  /** The problem with the lowest entry. */
  readonly first: Problem | null;
  /** The problems with the lowest entries, and how many there are. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

/** What follows from a changed entry comes after the change itself. */
const CONSEQUENCES: ReadonlySet<ProblemCode> = new Set([
  "entry.canonical",
  ...RECORD_PROBLEMS,
  "body.hash",
  "body.missing",
]);

function byEntry(a: Problem, b: Problem): number {
  const order = a.index - b.index || a.until - b.until;
  return order || Number(CONSEQUENCES.has(a.code)) - Number(CONSEQUENCES.has(b.code));
}

/** Keeps the problems with the lowest entries and counts the others. */
export function createProblems(): {
  add(code: ProblemCode, index: number, until: number, detail: string): void;
  list(): readonly Problem[];
  count(): number;
} {
  let problems: Problem[] = [];
  let count = 0;
  const sort = (): void => {
    problems = problems.sort(byEntry).slice(0, PROBLEMS_MAX);
  };
  return {
    add(code, index, until, detail): void {
      count += 1;
      problems.push({ code, index, until, detail });
      // A log that is wrong everywhere must not fill memory with saying so.
      if (problems.length >= 2 * PROBLEMS_MAX) sort();
    },
    list(): readonly Problem[] {
      sort();
      return problems;
    },
    count: () => count,
  };
}
