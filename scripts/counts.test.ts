import { describe, expect, it } from "vitest";
import {
  excerpt,
  fractionCounts,
  lastLineIs,
  lessCounts,
  line,
  plainCounts,
  sum,
  verdict,
  vitestCounts,
} from "./counts.ts";

const counts = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

describe("readers of counts", () => {
  it("read vitest's summary, coloured, over several runs", () => {
    const summary =
      "\u001b[2m      Tests \u001b[22m \u001b[1m2 failed\u001b[22m | 5 passed | 1 skipped (8)";
    expect(
      vitestCounts(`${summary}\nTest Files  1 passed (1)\n     Tests  3 passed | 2 todo (5)`),
    ).toEqual(counts(8, 2, 3));
    expect(vitestCounts("Test Files  no tests")).toBeNull();
  });

  it("read the plain line, the last one", () => {
    expect(plainCounts("1 passed, 1 failed\nfaults: 20 passed, 0 failed, 1 skipped\n")).toEqual(
      counts(20, 0, 1),
    );
    expect(plainCounts("say 3 passed, 0 failed in prose")).toBeNull();
  });

  it("read an expected last line", () => {
    expect(lastLineIs("rows left: 1199")("x\nrows left: 1199\n\n")).toEqual(counts(1, 0, 0));
    expect(lastLineIs("rows left: 1199")("rows left: 1199\nrows left: 0")).toEqual(counts(0, 1, 0));
    expect(lastLineIs("rows left: 1199")("")).toEqual(counts(0, 1, 0));
    expect(lastLineIs(/: kept$/)("20 kills: kept\n")).toEqual(counts(1, 0, 0));
    expect(lastLineIs(/: kept$/)("20 kills: BROKEN")).toEqual(counts(0, 1, 0));
  });

  it("read a fraction", () => {
    expect(fractionCounts("1/9\nsee a/b\n8/9\n")).toEqual(counts(8, 1, 0));
    expect(fractionCounts("none")).toBeNull();
  });

  it("read what differs of all", () => {
    const read = lessCounts(/^(\d+) requests/m, /^(\d+) mismatches/m);
    expect(read("2000 requests: 3 with errors\n7 mismatches\n")).toEqual(counts(1993, 7, 0));
    expect(read("2000 requests")).toBeNull();
  });
});

describe("verdict", () => {
  it("trusts counts of a suite that ended well", () => {
    expect(verdict(0, counts(3, 0, 1))).toEqual(counts(3, 0, 1));
    expect(verdict(1, counts(3, 2, 0))).toEqual(counts(3, 2, 0));
  });

  it("fails a suite that says nothing, did nothing or ended badly", () => {
    expect(verdict(0, null).failed).toBe(1);
    expect(verdict(0, counts(0, 0, 0)).failed).toBe(1);
    expect(verdict(1, counts(3, 0, 0)).failed).toBe(1);
    expect(verdict(null, counts(3, 0, 0)).failed).toBe(1);
  });
});

it("sums and prints", () => {
  expect(line(sum([counts(1, 2, 3), counts(10, 0, 1)]))).toBe("11 passed, 2 failed, 4 skipped");
});

describe("excerpt", () => {
  it("begins where vitest begins to tell of failures", () => {
    const told =
      "\u001b[31m⎯⎯⎯ Failed Tests 1 ⎯⎯⎯\u001b[39m\n\n FAIL  e2e/a.test.ts > b\nAssertionError";
    expect(excerpt(`${"✓ fine\n".repeat(99)}${told}\n`)).toBe(
      "⎯⎯⎯ Failed Tests 1 ⎯⎯⎯\n\n FAIL  e2e/a.test.ts > b\nAssertionError",
    );
  });

  it("is the end of what others print", () => {
    expect(excerpt(`${"kill\n".repeat(99)}BROKEN\n`).split("\n")).toEqual([
      ...Array.from({ length: 39 }, () => "kill"),
      "BROKEN",
    ]);
  });
});
