import fc from "fast-check";
import { expect, it } from "vitest";
import {
  conceptsOf,
  countOf,
  createMarks,
  endOf,
  kindOf,
  recordOf,
  type SpanKind,
  startOf,
  verbsOf,
} from "./marks.ts";

const bits = fc.oneof(fc.integer({ min: 0, max: 7 }), fc.integer());
const spans = fc.array(
  fc.record({
    length: fc.nat(300),
    record: fc.nat(100_000),
    kind: fc.constantFrom<SpanKind>("field", "soft", "prose"),
    verbs: bits,
    concepts: bits,
  }),
  { maxLength: 80 },
);

it("marks say of each span what was said of it", () => {
  fc.assert(
    fc.property(spans, (all) => {
      const open = createMarks();
      let end = 0;
      const placed = all.map((span) => {
        const start = end;
        end += span.length + 1;
        open.add(start, span.record, span.kind, span.verbs, span.concepts);
        const { length, ...rest } = span;
        return { ...rest, start, end: start + length };
      });
      const marks = open.marks();
      const said = placed.map((_, at) => ({
        record: recordOf(marks, at),
        kind: kindOf(marks, at),
        verbs: verbsOf(marks, at),
        concepts: conceptsOf(marks, at),
        start: startOf(marks, at),
        end: endOf(marks, at, end - 1),
      }));
      expect(said).toEqual(placed);
      expect([countOf(marks), open.count]).toEqual([all.length, all.length]);
      expect([-1, all.length].map((at) => recordOf(marks, at))).toEqual([-1, -1]);
    }),
  );
});
