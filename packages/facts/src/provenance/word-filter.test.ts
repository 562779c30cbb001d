import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalise, occurrences } from "./text.ts";
import { filterOf, mayHold, type Sketch, sketchOf, wordHashes } from "./word-filter.ts";
import { createWordReader } from "./word-reader.ts";

function wordsIn(piece: string): { readonly bits: Uint32Array; readonly sketch: Sketch } {
  const reader = createWordReader();
  reader.normalise(piece);
  return { bits: filterOf(reader.hashes), sketch: sketchOf(reader.hashes) };
}

const unit = fc.constantFrom(..."abcz019 .,-_@/'\"éß漢\u{1f600}\n:".split(""));
const text = fc.array(unit, { maxLength: 60 }).map((units) => normalise(units.join("")));

describe("a filter of words", () => {
  it("passes every value that stands in the text on token boundaries", () => {
    fc.assert(
      fc.property(text, fc.nat(60), fc.nat(60), (whole, from, length) => {
        const value = normalise(whole.slice(from, from + length));
        fc.pre(occurrences(whole, value, 1).length > 0);
        expect(mayHold(wordsIn(whole).bits, wordHashes(value))).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it("tells apart what has another word, nearly always", () => {
    const filter = wordsIn(Array.from({ length: 2_000 }, (_, at) => `word${at}`).join(" "));
    const strangers = Array.from({ length: 2_000 }, (_, at) => `other${at}`);
    const passed = strangers.filter((stranger) => mayHold(filter.bits, wordHashes(stranger)));
    expect(passed.length).toBeLessThan(200);
  });

  it("says nothing about values without letters of the alphabet or digits", () => {
    expect(mayHold(wordsIn("anything").bits, wordHashes("漢字"))).toBe(true);
    expect(mayHold(wordsIn("").bits, wordHashes("--"))).toBe(true);
  });
});

describe("a sketch of words", () => {
  it("passes every value that stands in the text on token boundaries", () => {
    fc.assert(
      fc.property(text, fc.nat(60), fc.nat(60), (whole, from, length) => {
        const value = normalise(whole.slice(from, from + length));
        fc.pre(occurrences(whole, value, 1).length > 0);
        const wanted = sketchOf(wordHashes(value));
        const { sketch } = wordsIn(whole);
        expect(sketch.map((bits, at) => bits & (wanted[at] ?? 0))).toEqual(wanted);
      }),
      { numRuns: 20_000 },
    );
  });

  it("tells texts of a few words apart, mostly", () => {
    const wanted = sketchOf(wordHashes("invoice 4711"));
    const passed = Array.from({ length: 1_000 }, (_, at) => wordsIn(`letter ${at} to ada`).sketch);
    const fits = passed.filter((sketch) =>
      sketch.every((bits, at) => (bits & (wanted[at] ?? 0)) === wanted[at]),
    );
    expect(fits.length).toBeLessThan(100);
  });
});
