import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOUN_CONCEPTS } from "./lexicon/concepts.ts";
import { kindsOfVerb } from "./lexicon/verbs.ts";
import { stem } from "./stem.ts";
import { normalise, wordsOfText } from "./text.ts";
import { filterOf, wordHashes } from "./word-filter.ts";
import { createWordReader, type WordReader } from "./word-reader.ts";

const WORDS =
  "please delete the invoices of maria's account don't send 4711 a1 caf\u00e9 transferring".split(
    " ",
  );
const pieces = fc
  .array(
    fc.tuple(fc.constantFrom(...WORDS, "x".repeat(30)), fc.constantFrom(" ", ", ", "-", "/")),
    {
      maxLength: 12,
    },
  )
  .map((parts) => normalise(parts.flat().join("")));

/** What the words mean, looked up one by one. */
function meaning(piece: string): readonly [number, number] {
  const plain = !/['\u0080-\uffff]/.test(piece);
  const words = plain
    ? piece.split(/[^a-z0-9]+/).filter((word) => !/\d/.test(word))
    : wordsOfText(piece);
  let [verbs, concepts] = [0, 0];
  for (const word of words.filter(({ length }) => length > 0 && length <= 24)) {
    verbs |= kindsOfVerb(word);
    concepts |= NOUN_CONCEPTS.get(stem(word)) ?? 0;
  }
  return [verbs, concepts];
}

/** In: a normalised piece. */
function read(reader: WordReader, piece: string): readonly [number, number] {
  reader.normalise(piece);
  return [reader.verbs, reader.concepts];
}

describe("a reader of words", () => {
  it("tells what the words of each piece mean, whatever was read before", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 5 }), (all) => {
        const reader = createWordReader();
        for (const piece of all) expect(read(reader, piece)).toEqual(meaning(piece));
      }),
    );
  });

  it("normalises what it reads as everything else is, and reads that", () => {
    const mark = fc.constantFrom(
      ..."aBé9 '’-\\n\u0000\u00a0\u200b\ud83dﬁŒЖ\u007f…,".split(""),
      "Delete",
      "invoices",
    );
    fc.assert(
      fc.property(fc.array(fc.array(mark, { maxLength: 12 }), { maxLength: 4 }), (all) => {
        const reader = createWordReader();
        for (const piece of all.map((marks) => marks.join(""))) {
          const plain = normalise(piece);
          expect(reader.normalise(piece)).toBe(plain);
          expect([reader.verbs, reader.concepts]).toEqual(meaning(plain));
          expect(reader.hashes).toEqual(expect.arrayContaining([...wordHashes(plain)]));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("keeps words apart that have one place", () => {
    const reader = createWordReader();
    const strangers = Array.from(
      { length: 40_000 },
      (_, at) => `q${at.toString(26).replace(/\d/g, "z")}`,
    );
    const before = read(reader, "delete the invoice");
    expect(before).not.toEqual([0, 0]);
    for (const stranger of strangers) read(reader, stranger);
    expect(read(reader, "delete the invoice")).toEqual(before);
  });

  it("counts a word once, however often it stands there", () => {
    const [once, often] = [
      "word and word2 ",
      "word and word2 ".repeat(500).replace(/word2/g, "two"),
    ].map((piece) => {
      const reader = createWordReader();
      read(reader, normalise(piece));
      return filterOf(reader.hashes).length;
    });
    expect(often).toBe(once);
  });
});
