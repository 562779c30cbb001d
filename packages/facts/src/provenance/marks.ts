/** What a span is: a short string of a record, a `Label: value` inside prose, or a sentence. */
export type SpanKind = "field" | "soft" | "prose";
const SPAN_KINDS: readonly SpanKind[] = ["field", "soft", "prose"];

/** Ten bytes for each span of a result: there are tens of thousands in a session. */
export interface Marks {
  /** Where each span starts; it ends one unit before the next one does, or at the end of the text. */
  readonly starts: Uint32Array;
  /** Record and kind. */
  readonly places: Uint32Array;
  /** Which of the few pairs of verbs and concepts it has. */
  readonly classes: Uint16Array;
  readonly verbs: Int32Array;
  readonly concepts: Int32Array;
}

export function countOf({ starts }: Marks): number {
  return starts.length;
}

export function startOf({ starts }: Marks, at: number): number {
  return starts[at] ?? 0;
}

/** In: the length of the text. */
export function endOf({ starts }: Marks, at: number, length: number): number {
  const next = starts[at + 1];
  return next === undefined ? length : next - 1;
}

/** -1 beyond the ends. */
export function recordOf({ places }: Marks, at: number): number {
  const place = places[at];
  return place === undefined ? -1 : place >>> 2;
}

export function kindOf({ places }: Marks, at: number): SpanKind {
  return SPAN_KINDS[(places[at] ?? 2) & 3] ?? "prose";
}

export function verbsOf({ classes, verbs }: Marks, at: number): number {
  return verbs[classes[at] ?? 0] ?? 0;
}

export function conceptsOf({ classes, concepts }: Marks, at: number): number {
  return concepts[classes[at] ?? 0] ?? 0;
}

/** Collects spans in order. */
export function createMarks(): {
  readonly add: (
    start: number,
    record: number,
    kind: SpanKind,
    verbs: number,
    concepts: number,
  ) => void;
  readonly count: () => number;
  readonly marks: () => Marks;
} {
  const starts: number[] = [];
  const places: number[] = [];
  const classes: number[] = [];
  const verbs: number[] = [];
  const concepts: number[] = [];
  const known = new Map<number, Map<number, number>>();
  /** A result has at most RESULT_SPANS_MAX pairs, fewer than 16 bits count. */
  const classOf = (verb: number, concept: number): number => {
    const byConcept = known.get(verb) ?? new Map<number, number>();
    const found = byConcept.get(concept);
    if (found !== undefined) return found;
    known.set(verb, byConcept.set(concept, verbs.length));
    concepts.push(concept);
    return verbs.push(verb) - 1;
  };
  return {
    add(start, record, kind, verb, concept) {
      starts.push(start);
      places.push((record << 2) | SPAN_KINDS.indexOf(kind));
      classes.push(classOf(verb, concept));
    },
    count: () => starts.length,
    marks: () => ({
      starts: Uint32Array.from(starts),
      places: Uint32Array.from(places),
      classes: Uint16Array.from(classes),
      verbs: Int32Array.from(verbs),
      concepts: Int32Array.from(concepts),
    }),
  };
}
