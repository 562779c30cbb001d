import { describe, expect, test } from "vitest";
import { EvaluationFailure } from "./errors.ts";
import { BINARY, bool, entityOf, integer, setOf, string } from "./operators.ts";
import { entity, set, type Value } from "./value.ts";

/** What a call gives, or `code: message` of its failure. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (caught) {
    if (!(caught instanceof EvaluationFailure)) throw caught;
    return `${caught.code}: ${caught.message}`;
  }
}

const apply = (name: string, a: Value, b: Value) => outcome(() => BINARY.get(name)?.(a, b));
const time = (ms: number): Value => ({ kind: "datetime", ms });
const span = (ms: number): Value => ({ kind: "duration", ms });

describe("each type is itself and no other", () => {
  const values: Readonly<Record<string, Value>> = {
    bool: true,
    long: 1,
    string: "s",
    entity: entity("A", "b"),
    set: set([]),
  };
  test.each<[string, (value: Value) => unknown]>([
    ["bool", bool],
    ["long", integer],
    ["string", string],
    ["entity", entityOf],
    ["set", setOf],
  ])("%s", (wanted, read) => {
    for (const [found, value] of Object.entries(values))
      expect(outcome(() => read(value))).toBe(
        found === wanted ? value : `type: expected ${wanted}, found ${found}`,
      );
  });
});

describe("order", () => {
  const NAMES = ["<", "<=", ">", ">="];
  const orders = (a: Value, b: Value) => NAMES.map((name) => apply(name, a, b));
  test.each<[string, Value, Value, Value]>([
    ["integers", 1, 1, 2],
    ["large integers", 2n ** 60n, 2n ** 60n, 2n ** 60n + 1n],
    ["integers of both sizes", 1, 1, 2n ** 60n],
    ["times", time(1), time(1), time(2)],
    ["durations", span(1), span(1), span(2)],
  ])("of %s", (_, low, same, high) => {
    expect(orders(low, high)).toEqual([true, true, false, false]);
    expect(orders(low, same)).toEqual([false, true, false, true]);
    expect(orders(high, low)).toEqual([false, false, true, true]);
  });
  test("is of one kind", () => {
    const problem = (found: string) =>
      `type: expected two longs, two datetimes or two durations, found ${found}`;
    expect(apply("<", time(1), span(2))).toBe(problem("datetime"));
    expect(apply("<", span(1), time(2))).toBe(problem("duration"));
    expect(apply("<", time(1), 2)).toBe(problem("datetime"));
    expect(apply("<", 1, time(2))).toBe(problem("datetime"));
    expect(apply("<", "a", "b")).toBe(problem("string"));
    expect(apply("<", 1, "b")).toBe(problem("string"));
    expect(apply("<", true, 1)).toBe(problem("bool"));
  });
});

test("equality has no type, arithmetic and sets have theirs", () => {
  expect([apply("==", 1, "1"), apply("!=", 1, "1")]).toEqual([false, true]);
  expect([apply("==", 1, 1), apply("!=", 1, 1)]).toEqual([true, false]);
  expect([apply("+", 5, 3), apply("-", 5, 3), apply("*", 5, 3)]).toEqual([8, 2, 15]);
  expect(apply("+", 1, "1")).toBe("type: expected long, found string");
  expect(apply("contains", set([1]), 1)).toBe(true);
  expect(apply("containsAll", set([1]), set([1, 2]))).toBe(false);
  expect(apply("containsAny", set([1]), set([1, 2]))).toBe(true);
  expect(apply("containsAny", set([1]), 1)).toBe("type: expected set, found long");
});
