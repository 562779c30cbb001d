import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Run } from "./run.ts";
import { satisfactionByFile, satisfactionOf, wilson } from "./satisfaction.ts";

const NONE = { gateways: {}, rooms: {}, failures: [] };
const run = (file: string, good: boolean, atLeast: number | null = null): Run => ({
  file,
  title: "t",
  way: null,
  atLeast,
  gateway: "mcp",
  steps: [],
  checks: [],
  log: null,
  error: good ? null : "it did not start",
  milliseconds: 1,
});

describe("Wilson's interval", () => {
  it.each([
    // From published tables, to three places.
    [0, 10, 0, 0.278],
    [1, 10, 0.018, 0.404],
    [5, 10, 0.237, 0.763],
    [10, 10, 0.722, 1],
    [91, 100, 0.838, 0.952],
    [50, 50, 0.929, 1],
  ])("of %i of %i", (satisfied, of, low, high) => {
    const [a, b] = wilson(satisfied, of);
    expect(a).toBeCloseTo(low, 3);
    expect(b).toBeCloseTo(high, 3);
  });

  it("holds the share, mirrors its complement, and narrows with more of the same", () => {
    const count = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(count, count, (a, b) => {
        const [satisfied, of] = [Math.min(a, b), Math.max(a, b)];
        const [low, high] = wilson(satisfied, of);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(satisfied / of);
        expect(high).toBeGreaterThanOrEqual(satisfied / of);
        const [otherLow] = wilson(of - satisfied, of);
        expect(high).toBeCloseTo(1 - otherLow, 9);
        const [wideLow, wideHigh] = wilson(satisfied * 4, of * 4);
        expect(wideHigh - wideLow).toBeLessThan(high - low);
      }),
    );
  });
});

// shows: C15.4
describe("satisfaction", () => {
  it("counts a way that was not played as one that is not satisfied", () => {
    const all = satisfactionOf([run("a", true), run("a", false)], NONE);
    expect(all).toMatchObject({ satisfied: 1, of: 2, share: 0.5 });
    expect(satisfactionOf([], NONE)).toMatchObject({ share: null, interval: [0, 1] });
  });

  it("asks for every way where the file says nothing, else for the low end of the interval", () => {
    const runs = [
      run("all", true),
      run("all", false),
      ...Array.from({ length: 10 }, (_, at) => run("most", at > 0, 59)),
      ...Array.from({ length: 10 }, (_, at) => run("more", at > 0, 60)),
    ];
    expect(satisfactionByFile(runs, NONE)).toMatchObject([
      { file: "all", passed: false },
      { file: "most", passed: true },
      { file: "more", passed: false },
    ]);
  });
});
