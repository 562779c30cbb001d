import { countOf, verbsOf } from "./marks.ts";
import type { SeenResult } from "./origins.ts";
import { type IndexedText, speaks } from "./spans.ts";
import { addWords, type Sketch } from "./word-filter.ts";

/**
 * Some of a session's results in a row, with what can be told of them at a glance: to visit thousands of
 * objects that lie far apart in memory costs more than everything else that a call needs.
 */
export interface Chapter {
  readonly results: readonly SeenResult[];
  /** Which words the results have, also those that were dropped since. */
  readonly words: Uint32Array;
  /** Sketches of the words of each result. */
  readonly sketches: readonly [readonly number[], readonly number[], readonly number[]];
  /** Kinds of effect that the prose of each result speaks of, and that of any, also of those dropped since. */
  readonly verbs: readonly number[];
  readonly spoken: number;
}

/** The chapter that is being written, or from which the oldest go. */
export interface OpenChapter extends Chapter {
  add(key: string, result: SeenResult): void;
  /** The oldest of it. Out: its key and itself. */
  drop(): readonly [key: string, result: SeenResult];
  full(): boolean;
}

/** Results of one chapter. */
const RESULTS_MAX = 256;
/** 32-bit integers of a chapter's filter. */
const FILTER_WORDS = 512;
/** Set bits, a quarter of all, from which on a filter would let too much pass. */
const FILTER_BITS_MAX = FILTER_WORDS * 8;

export function createChapter(): OpenChapter {
  const keys: string[] = [];
  const results: SeenResult[] = [];
  const sketches: [number[], number[], number[]] = [[], [], []];
  const verbs: number[] = [];
  const words = new Uint32Array(FILTER_WORDS);
  let bits = 0;
  let added = 0;
  let spoken = 0;
  return {
    results,
    words,
    sketches,
    verbs,
    get spoken() {
      return spoken;
    },
    add(key, result) {
      const { text, words: filter } = result.indexed;
      keys.push(key);
      results.push(result);
      pushSketch(sketches, filter.sketch);
      verbs.push(verbsIn(result.indexed));
      spoken |= verbs.at(-1) ?? 0;
      bits += addWords(words, text);
      added += 1;
    },
    drop() {
      for (const one of [...sketches, verbs]) one.shift();
      return [keys.shift() as string, results.shift() as SeenResult];
    },
    full: () => added >= RESULTS_MAX || bits > FILTER_BITS_MAX,
  };
}

function pushSketch(sketches: readonly [number[], number[], number[]], sketch: Sketch): void {
  sketches[0].push(sketch[0]);
  sketches[1].push(sketch[1]);
  sketches[2].push(sketch[2]);
}

function verbsIn(indexed: IndexedText): number {
  const { marks } = indexed;
  let verbs = 0;
  for (let at = 0; at < countOf(marks); at += 1)
    if (speaks(indexed, at)) verbs |= verbsOf(marks, at);
  return verbs;
}
