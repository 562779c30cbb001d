import fc from "fast-check";
import { expect, test } from "vitest";
import { ownDetectors, patternProblem } from "./own.ts";

const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 200);
const TIMEOUT_MS = 30_000 + numRuns * 20;

const PIECES =
  "a b x . * + ? | ( ) [ ] ^ $ \\b \\d \\w {2} {1,3} (?i) (?: [^a-c] \\pL - \\x{41} (?P<n> \\1 (?= 😀";
const pattern = fc.oneof(
  fc.array(fc.constantFrom(...PIECES.split(" ")), { maxLength: 8 }).map((all) => all.join("")),
  fc.string({ maxLength: 20 }),
);
const text = fc.oneof(
  fc
    .array(fc.constantFrom("a", "b", "x", "1", " ", "A", "😀", "\n", "xx"), { maxLength: 60 })
    .map((all) => all.join("")),
  fc.string({ unit: "binary" }),
);

test(
  "any pattern is refused or finds places of the text",
  () => {
    fc.assert(
      fc.property(pattern, text, (written, given) => {
        const spec = {
          name: "x",
          pattern: written,
          kind: "secret",
          severity: "high",
          title: "x",
        } as const;
        const own = ownDetectors([spec]);
        expect(own.ok).toBe(patternProblem(written) === null);
        if (!own.ok) return;
        for (const { start, end } of own.value.search().find(given) ?? []) {
          expect(start).toBeLessThan(end);
          expect(end).toBeLessThanOrEqual(given.length);
        }
      }),
      { numRuns },
    );
  },
  TIMEOUT_MS,
);

test(
  "a word is found wherever it stands",
  () => {
    fc.assert(
      fc.property(fc.nat(6_000), fc.nat(6_000), (before, after) => {
        const spec = {
          name: "x",
          pattern: "\\bneedle\\b",
          kind: "secret",
          severity: "high",
          title: "x",
        } as const;
        const own = ownDetectors([spec]);
        if (!own.ok) throw new Error(own.error);
        const given = `${".".repeat(before)}needle${".".repeat(after)}`;
        expect(own.value.search().find(given)).toEqual([
          { rule: "own.x", start: before, end: before + 6 },
        ]);
      }),
      { numRuns: Math.min(numRuns, 2_000) },
    );
  },
  TIMEOUT_MS,
);
