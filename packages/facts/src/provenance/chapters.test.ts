import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKept, type Kept } from "./kept.ts";
import { SESSION_SPANS_MAX, SESSION_UNITS_MAX } from "./limits.ts";
import { countOf } from "./marks.ts";
import { type SeenResult } from "./origins.ts";
import { sightings } from "./sightings.ts";
import { indexText } from "./spans.ts";

function seen(step: number, text: string): SeenResult {
  const indexed = indexText(text);
  return { tool: "t", step, origin: "tool", reach: "own", receipt: false, trusted: false, indexed };
}

function keptOf(texts: readonly string[]): Kept {
  const kept = createKept(false);
  texts.forEach((text, step) => kept.add(`${step}`, seen(step, text)));
  return kept;
}

const stepsOf = (value: string, kept: Kept): readonly number[] =>
  sightings(value, kept).map(({ result }) => result.step);

describe("results in chapters", () => {
  it("finds a value in whichever result it stands, oldest first", () => {
    const texts = Array.from({ length: 1_000 }, (_, at) => `letter l-${at} of ${at % 500} to ada`);
    const kept = keptOf(texts);
    expect(kept.chapters.length).toBeGreaterThan(2);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (at) => {
        expect(stepsOf(`L-${at}`, kept)).toEqual([at]);
      }),
    );
    expect(stepsOf("of 17 to", kept)).toEqual([17, 517]);
    expect(stepsOf("l-1000", kept)).toEqual([]);
  });

  it("finds as much as looking everywhere would, in texts of many words", () => {
    const word = fc.stringMatching(/^[a-d0-3]{1,3}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 40 }),
        word,
        (texts, value) => {
          const kept = keptOf(texts.map((words) => words.join(" ")));
          const holds = texts.flatMap((words, at) => (words.includes(value) ? [at] : []));
          expect([...new Set(stepsOf(value, kept))]).toEqual(holds);
        },
      ),
    );
  });

  it("keeps no end of results that say nothing", () => {
    const nothing = seen(0, "{}");
    expect(countOf(nothing.indexed.marks)).toBe(0);
    const kept = createKept(false);
    for (let at = 0; at < SESSION_SPANS_MAX + 1_000; at += 1) kept.add(`${at}`, nothing);
    const held = kept.chapters.list.map(({ results, first }) => results.length - first);
    expect(held.reduce((sum, one) => sum + one)).toBe(SESSION_SPANS_MAX);
    expect(kept.isNew("0")).toBe(true);
  });

  it("forgets the oldest, but not what was seen again", () => {
    const size = SESSION_UNITS_MAX / 8;
    const text = (at: number): string => `name-${at} ${"so it goes ".repeat(size / 11 - 2)}`;
    const kept = keptOf(Array.from({ length: 7 }, (_, at) => text(at)));
    expect(kept.isNew("0")).toBe(false);
    for (const at of [7, 8, 9]) kept.add(`${at}`, seen(at, text(at)));
    expect(kept.gaps).toBe(true);
    const known = Array.from({ length: 10 }, (_, at) => stepsOf(`name-${at}`, kept).length > 0);
    expect(known.slice(0, 3)).toEqual([true, false, false]);
    expect(known.slice(7)).toEqual([true, true, true]);
  });
});
