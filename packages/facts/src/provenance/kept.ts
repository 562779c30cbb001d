import type { Origin, SessionFacts } from "@bylaw/core";
import { type Chapters, createChapters } from "./chapters.ts";
import { SESSION_SPANS_MAX, SESSION_UNITS_MAX } from "./limits.ts";
import { countOf } from "./marks.ts";
import type { SeenResult } from "./origins.ts";
import { wordHashes } from "./word-filter.ts";

/** Where everything that a session saw came from, also what it no longer keeps. */
export type Seen = Pick<SessionFacts, "origins" | "untrusted">;

/** What a session remembers of results, in bounded memory; adding one costs the same however many there are. */
export interface Kept {
  /** The newest results that fit, in order: a value whose result was dropped counts as never seen. */
  readonly chapters: Chapters;
  /** Whether something was too much to keep. */
  readonly gaps: boolean;
  readonly seen: Seen;
  /** False when the same result, of the same kind of call, is kept already: then there is nothing to read. */
  isNew(key: string): boolean;
  /** In: what tells the result from others; the hashes of its words, where somebody has them already. */
  add(key: string, result: SeenResult, hashes?: readonly number[]): void;
  /** Something came that nobody can tell anything about. */
  addUnknown(): void;
}

/** In: whether the session has seen what nobody remembers. */
export function createKept(lost: boolean): Kept {
  const chapters = createChapters();
  /** Whether it was seen again since it was kept, or since its turn to go came last. */
  const again = new Map<string, boolean>();
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
    // What says nothing takes memory as well: a server could answer with nothings without end.
    spans += sign * Math.max(1, countOf(indexed.marks));
  };
  /** The oldest goes, unless it was seen again: then it is among the newest. */
  const dropOne = (): boolean => {
    const [key, result] = chapters.drop();
    if (again.get(key) === true) {
      again.set(key, false);
      chapters.add(key, result, hashesOf(result));
      return false;
    }
    again.delete(key);
    count(result, -1);
    return true;
  };
  if (lost) saw("unknown", true);
  return {
    chapters,
    get gaps() {
      return gaps;
    },
    get seen() {
      return seen;
    },
    isNew(key) {
      if (!again.has(key)) return true;
      again.set(key, true);
      return false;
    },
    add(key, result, hashes = hashesOf(result)) {
      chapters.add(key, result, hashes);
      again.set(key, false);
      count(result, 1);
      let dropped = false;
      while (units > SESSION_UNITS_MAX || spans > SESSION_SPANS_MAX) dropped = dropOne() || dropped;
      gaps ||= dropped || !result.indexed.whole;
      saw(result.origin, !result.trusted);
    },
    addUnknown: () => saw("unknown", true),
  };
}

function hashesOf({ indexed }: SeenResult): readonly number[] {
  return wordHashes(indexed.text, Number.POSITIVE_INFINITY);
}

/** Adds to the newest of something; the oldest beyond the limit are forgotten. */
export function remember(set: Set<string>, items: readonly string[], limit: number): void {
  for (const item of items) set.add(item);
  for (const oldest of set) {
    if (set.size <= limit) return;
    set.delete(oldest);
  }
}
