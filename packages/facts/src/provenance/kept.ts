import type { Origin, SessionFacts } from "@bylaw/core";
import { SESSION_SPANS_MAX, SESSION_UNITS_MAX } from "./limits.ts";
import { countOf } from "./marks.ts";
import type { SeenResult } from "./origins.ts";

/** Where everything that a session saw came from, also what it no longer keeps. */
export type Seen = Pick<SessionFacts, "origins" | "untrusted">;

/** What a session remembers of results, in bounded memory; adding one costs the same however many there are. */
export interface Kept {
  /** The newest that fit: a value whose result was dropped counts as never seen. */
  readonly results: readonly SeenResult[];
  /** Whether something was too much to keep. */
  readonly gaps: boolean;
  readonly seen: Seen;
  add(result: SeenResult): void;
  /** Something came that nobody can tell anything about. */
  addUnknown(): void;
}

/** In: whether the session has seen what nobody remembers. */
export function createKept(lost: boolean): Kept {
  const results: SeenResult[] = [];
  const origins = new Set<Origin>();
  let seen: Seen = { origins: [], untrusted: false };
  let units = 0;
  let spans = 0;
  let gaps = false;
  const saw = (origin: Origin, untrusted: boolean): void => {
    if (origins.has(origin) && (seen.untrusted || !untrusted)) return;
    origins.add(origin);
    seen = { origins: [...origins].sort(), untrusted: seen.untrusted || untrusted };
  };
  const count = ({ indexed }: SeenResult, sign: 1 | -1): void => {
    units += sign * indexed.text.length;
    spans += sign * countOf(indexed.marks);
  };
  if (lost) saw("unknown", true);
  return {
    results,
    get gaps() {
      return gaps;
    },
    get seen() {
      return seen;
    },
    add(result) {
      results.push(result);
      count(result, 1);
      let dropped = 0;
      for (; units > SESSION_UNITS_MAX || spans > SESSION_SPANS_MAX; dropped += 1)
        count(results[dropped] as SeenResult, -1);
      results.splice(0, dropped);
      gaps ||= dropped > 0 || !result.indexed.whole;
      saw(result.origin, !result.trusted);
    },
    addUnknown: () => saw("unknown", true),
  };
}

/** Adds to the newest of something; the oldest beyond the limit are forgotten. */
export function remember(set: Set<string>, items: readonly string[], limit: number): void {
  for (const item of items) set.add(item);
  for (const oldest of set) {
    if (set.size <= limit) return;
    set.delete(oldest);
  }
}
