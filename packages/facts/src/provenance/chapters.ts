import { countOf, verbsOf } from "./marks.ts";
import type { SeenResult } from "./origins.ts";
import { type IndexedText, speaks } from "./spans.ts";
import { addHashes, mayHold, sketchOf } from "./word-filter.ts";

/**
 * Some of a session's results in a row, with what can be told of them at a glance: to visit thousands of
 * objects that lie far apart in memory costs more than everything else that a call needs.
 */
export interface Chapter {
  /** Null before `first`: those were dropped. */
  readonly results: readonly (SeenResult | null)[];
  readonly first: number;
  /** Sketches of the words of each result. */
  readonly sketches: readonly [readonly number[], readonly number[], readonly number[]];
  /** Kinds of effect that the prose of each result speaks of. */
  readonly verbs: readonly number[];
}

/** Chapters in order, with what can be told of each at a glance, side by side for the same reason. */
export interface Chapters {
  readonly length: number;
  readonly list: readonly Chapter[];
  /** False only where no result of a chapter has all of the words. */
  mayHold(at: number, hashes: readonly number[]): boolean;
  /** Kinds of effect that the prose of any result of a chapter speaks of, also of those dropped since. */
  spoken(at: number): number;
}

/** Chapters of which the last is being written, and from the first of which the oldest go. */
export interface OpenChapters extends Chapters {
  /** In: the hashes of all words of the result. */
  add(key: string, result: SeenResult, hashes: readonly number[]): void;
  /** The oldest of all. Out: its key and itself. */
  drop(): readonly [key: string, result: SeenResult];
}

/** Results of one chapter. */
const RESULTS_MAX = 480;
/** 32-bit integers of a chapter's filter. */
const FILTER_WORDS = 512;
/** Set bits, a quarter of all, from which on a filter would let too much pass. */
const FILTER_BITS_MAX = FILTER_WORDS * 8;

interface OpenChapter extends Chapter {
  readonly keys: string[];
  readonly results: (SeenResult | null)[];
  first: number;
  readonly sketches: readonly [number[], number[], number[]];
  readonly verbs: number[];
  /** Set bits of its filter. */
  bits: number;
}

export function createChapters(): OpenChapters {
  return new Shelf();
}

class Shelf implements OpenChapters {
  readonly list: OpenChapter[] = [];
  /** The filters of all chapters, one behind the other. */
  #filters = new Uint32Array(0);
  #spoken = new Int32Array(0);

  get length(): number {
    return this.list.length;
  }

  mayHold(at: number, hashes: readonly number[]): boolean {
    return mayHold(this.#filters, hashes, at * FILTER_WORDS, FILTER_WORDS);
  }

  spoken(at: number): number {
    return this.#spoken[at] ?? 0;
  }

  add(key: string, result: SeenResult, hashes: readonly number[]): void {
    const chapter = this.#open();
    const at = this.list.length - 1;
    const sketch = sketchOf(hashes);
    const verbs = verbsIn(result.indexed);
    chapter.keys.push(key);
    chapter.results.push(result);
    chapter.sketches[0].push(sketch[0]);
    chapter.sketches[1].push(sketch[1]);
    chapter.sketches[2].push(sketch[2]);
    chapter.verbs.push(verbs);
    chapter.bits += addHashes(this.#filters, at * FILTER_WORDS, FILTER_WORDS, hashes);
    this.#spoken[at] = this.spoken(at) | verbs;
  }

  drop(): readonly [key: string, result: SeenResult] {
    const [oldest] = this.list as [OpenChapter];
    const { keys, results, first } = oldest;
    const dropped = [keys[first] as string, results[first] as SeenResult] as const;
    keys[first] = "";
    results[first] = null;
    oldest.first += 1;
    if (oldest.first === results.length) this.#shift();
    return dropped;
  }

  /** The chapter that is being written; a new one where the last is full. */
  #open(): OpenChapter {
    const last = this.list.at(-1);
    if (last !== undefined && last.results.length < RESULTS_MAX && last.bits <= FILTER_BITS_MAX)
      return last;
    const chapter: OpenChapter = {
      keys: [],
      results: [],
      first: 0,
      sketches: [[], [], []],
      verbs: [],
      bits: 0,
    };
    if (this.list.push(chapter) > this.#spoken.length) this.#grow();
    return chapter;
  }

  #grow(): void {
    const filters = new Uint32Array(2 * this.list.length * FILTER_WORDS);
    const spoken = new Int32Array(2 * this.list.length);
    filters.set(this.#filters);
    spoken.set(this.#spoken);
    this.#filters = filters;
    this.#spoken = spoken;
  }

  #shift(): void {
    this.list.shift();
    this.#filters.copyWithin(0, FILTER_WORDS);
    this.#filters.fill(0, -FILTER_WORDS);
    this.#spoken.copyWithin(0, 1);
    this.#spoken.fill(0, -1);
  }
}

function verbsIn(indexed: IndexedText): number {
  const { marks } = indexed;
  let verbs = 0;
  for (let at = 0; at < countOf(marks); at += 1)
    if (speaks(indexed, at)) verbs |= verbsOf(marks, at);
  return verbs;
}
