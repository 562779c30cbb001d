/** What a span is: a short string of a record, a `Label: value` inside prose, or a sentence. */
export type SpanKind = "field" | "soft" | "prose";
const SPAN_KINDS: readonly SpanKind[] = ["field", "soft", "prose"];

/**
 * Ten bytes for each span of a result: there are tens of thousands in a session. One table holds where each
 * starts, its record and kind, and which of the few pairs of verbs and concepts it has; then the verbs of
 * each pair, then the concepts. A span ends one unit before the next one starts, or at the end of the text.
 */
export interface Marks {
  readonly count: number;
  /** Pairs of verbs and concepts. */
  readonly pairs: number;
  readonly table: Int32Array | readonly number[];
}

export function countOf({ count }: Marks): number {
  return count;
}

export function startOf({ count, table }: Marks, at: number): number {
  return at < count ? (table[at] ?? 0) : 0;
}

/** In: the length of the text. */
export function endOf({ count, table }: Marks, at: number, length: number): number {
  return at + 1 < count ? (table[at + 1] as number) - 1 : length;
}

/** -1 beyond the ends. */
export function recordOf({ count, table }: Marks, at: number): number {
  return at >= 0 && at < count ? (table[count + at] as number) >>> 2 : -1;
}

export function kindOf({ count, table }: Marks, at: number): SpanKind {
  return at >= 0 && at < count
    ? (SPAN_KINDS[(table[count + at] as number) & 3] ?? "prose")
    : "prose";
}

export function verbsOf(marks: Marks, at: number): number {
  return marks.table[pairsAt(marks.count) + pairOf(marks, at)] ?? 0;
}

export function conceptsOf(marks: Marks, at: number): number {
  return marks.table[pairsAt(marks.count) + marks.pairs + pairOf(marks, at)] ?? 0;
}

/** Where the pairs of so many spans begin: the numbers of two spans' pairs share an integer. */
function pairsAt(count: number): number {
  return 2 * count + ((count + 1) >> 1);
}

function pairOf({ count, table }: Marks, at: number): number {
  return at >= 0 && at < count
    ? ((table[2 * count + (at >> 1)] as number) >>> (16 * (at & 1))) & 0xffff
    : 0;
}

/** Collects spans in order. */
export interface OpenMarks {
  readonly count: number;
  add(start: number, record: number, kind: SpanKind, verbs: number, concepts: number): void;
  marks(): Marks;
}

export function createMarks(): OpenMarks {
  return new Collected();
}

/** Integers of a table from which on the fixed cost of a typed array is worth it. */
const SMALL = 32;

/** Pairs that are looked through one by one. */
const FEW_PAIRS = 16;

class Collected implements OpenMarks {
  readonly #starts: number[] = [];
  readonly #places: number[] = [];
  /** Of each span: fewer than 16 bits count, since a result has at most RESULT_SPANS_MAX. */
  readonly #pairs: number[] = [];
  readonly #verbs: number[] = [];
  readonly #concepts: number[] = [];
  #known: Map<number, Map<number, number>> | null = null;

  get count(): number {
    return this.#starts.length;
  }

  add(start: number, record: number, kind: SpanKind, verbs: number, concepts: number): void {
    this.#starts.push(start);
    this.#places.push((record << 2) | SPAN_KINDS.indexOf(kind));
    this.#pairs.push(this.#pairOf(verbs, concepts));
  }

  marks(): Marks {
    const count = this.#starts.length;
    const table = [...this.#starts, ...this.#places];
    for (let at = 0; at < count; at += 2)
      table.push((this.#pairs[at] as number) | ((this.#pairs[at + 1] ?? 0) << 16));
    table.push(...this.#verbs, ...this.#concepts);
    const pairs = this.#verbs.length;
    return { count, pairs, table: table.length <= SMALL ? table : new Int32Array(table) };
  }

  #pairOf(verbs: number, concepts: number): number {
    const few = Math.min(this.#verbs.length, FEW_PAIRS);
    for (let at = 0; at < few; at += 1)
      if (this.#verbs[at] === verbs && this.#concepts[at] === concepts) return at;
    if (few < FEW_PAIRS) {
      this.#concepts.push(concepts);
      return this.#verbs.push(verbs) - 1;
    }
    return this.#amongMany(verbs, concepts);
  }

  #amongMany(verbs: number, concepts: number): number {
    const known = (this.#known ??= new Map<number, Map<number, number>>());
    const byConcept = known.get(verbs) ?? new Map<number, number>();
    const found = byConcept.get(concepts);
    if (found !== undefined) return found;
    known.set(verbs, byConcept.set(concepts, this.#verbs.length));
    this.#concepts.push(concepts);
    return this.#verbs.push(verbs) - 1;
  }
}
