import { describe, expect, test } from "vitest";
import { add, multiply, negate, subtract } from "./long.ts";
import {
  contains,
  containsAll,
  containsAny,
  entity,
  equal,
  record,
  sameEntity,
  set,
  typeOf,
  type Value,
} from "./value.ts";

/** Values that are all different from each other, some of them by very little. */
const DIFFERENT: readonly Value[] = [
  true,
  false,
  0,
  1,
  -1,
  12,
  2n ** 60n,
  2n ** 60n + 1n,
  "",
  "0",
  "1",
  "true",
  "\0",
  "\0s1:\0",
  "\0d1;",
  "a",
  "ab",
  "s1:a",
  entity("A", "b"),
  entity("A", "c"),
  entity("B", "b"),
  entity("A1:", "b"),
  entity("A", "1:b"),
  entity("AA", ""),
  entity("", "AA"),
  set([]),
  set([1]),
  set(["1"]),
  set([true]),
  set(["true"]),
  set([1, 2]),
  set([12]),
  set([set([])]),
  set([set([1])]),
  set(["a", "b"]),
  set(["ab"]),
  record(new Map()),
  record(new Map<string, Value>([["a", 1]])),
  record(new Map<string, Value>([["a", 2]])),
  record(new Map<string, Value>([["b", 1]])),
  record(
    new Map<string, Value>([
      ["a", 1],
      ["b", 1],
    ]),
  ),
  record(
    new Map<string, Value>([
      ["a", 1],
      ["c", 1],
    ]),
  ),
  { kind: "decimal", units: 1 },
  { kind: "decimal", units: 2 },
  { kind: "decimal", units: 12 },
  { kind: "datetime", ms: 1 },
  { kind: "datetime", ms: 2 },
  { kind: "duration", ms: 1 },
  { kind: "duration", ms: 2 },
  { kind: "ip", version: 4, address: 1n, prefix: 32 },
  { kind: "ip", version: 4, address: 1n, prefix: 31 },
  { kind: "ip", version: 4, address: 2n, prefix: 32 },
  { kind: "ip", version: 6, address: 1n, prefix: 32 },
];

/** The same value in other objects, with what has no order the other way round. */
function again(value: Value): Value {
  if (typeof value !== "object") return value;
  if (value.kind === "set") return set([...value.elements, ...value.elements].reverse().map(again));
  if (value.kind === "record")
    return record(new Map([...value.fields].reverse().map(([name, of]) => [name, again(of)])));
  return { ...value };
}

/** Enough elements, none of which is asked about, that a set is looked up by its index. */
const FILLING: readonly Value[] = Array.from({ length: 9 }, (_, at) => `filling ${at}`);
const small = (value: Value) => set([value]);
const large = (value: Value) => set([...FILLING, value]);
/** In sets, where keys are the text of a value that is a part of another. */
const inside: readonly [string, (value: Value) => Value][] = [
  ["themselves", (value) => value],
  ["in a set", (value) => set([value, "other"])],
  [
    "in a record",
    (value) =>
      record(
        new Map<string, Value>([
          ["z", 0],
          ["a", value],
        ]),
      ),
  ],
];

describe.each(inside)("values %s", (_, put) => {
  test("are equal to their like and to nothing else, in a small set and in a large one", () => {
    for (const [left, a] of DIFFERENT.entries())
      for (const [right, b] of DIFFERENT.entries()) {
        const [one, other] = [put(a), put(again(b))];
        const answers = [
          equal(one, other),
          contains(small(one), other),
          contains(large(one), other),
          containsAll(large(one), set([other])),
          containsAny(large(one), set(["none", other])),
        ];
        expect(answers, `${left} and ${right}`).toEqual(answers.map(() => left === right));
      }
  });
});

test("a set has all of another, or any of it", () => {
  const some = set([1, 2]);
  expect(containsAll(some, set([]))).toBe(true);
  expect(containsAny(some, set([]))).toBe(false);
  expect(containsAll(some, set([2, 3]))).toBe(false);
  expect(containsAny(some, set([2, 3]))).toBe(true);
  expect(containsAny(some, set([3]))).toBe(false);
});

test("a large set is indexed at its first look-up and not before", () => {
  const [few, many] = [set(FILLING.slice(1)), set(FILLING)];
  expect([contains(few, 0), contains(many, 0)]).toEqual([false, false]);
  expect([few.index, many.index?.size]).toEqual([null, FILLING.length]);
});

test("entities are the same by type and id", () => {
  expect(sameEntity(entity("A", "b"), entity("A", "b"))).toBe(true);
  expect(sameEntity(entity("A", "b"), entity("A", "c"))).toBe(false);
  expect(sameEntity(entity("A", "b"), entity("B", "b"))).toBe(false);
});

test.each<[string, Value]>([
  ["bool", false],
  ["long", 1],
  ["long", 2n ** 60n],
  ["string", ""],
  ["entity", entity("A", "b")],
  ["set", set([])],
  ["record", record(new Map())],
  ["decimal", { kind: "decimal", units: 1 }],
])("what is called %s", (name, value) => {
  expect(typeOf(value)).toBe(name);
});

describe("integers of 64 bits", () => {
  const SAFE = Number.MAX_SAFE_INTEGER;
  test.each([
    ["add", add, 1, 2, 3],
    ["add", add, SAFE, 1, 2n ** 53n],
    ["add", add, 2n ** 53n, -1, SAFE],
    ["add", add, -0, -0, 0],
    ["subtract", subtract, 1, 2, -1],
    ["subtract", subtract, -SAFE, 1, -(2n ** 53n)],
    ["subtract", subtract, 2n ** 53n, 2n ** 53n, 0],
    ["subtract", subtract, -0, 0, 0],
    ["multiply", multiply, -2, 3, -6],
    ["multiply", multiply, -1, 0, 0],
    ["multiply", multiply, SAFE, 2, 2n ** 54n - 2n],
    ["multiply", multiply, SAFE, 3, 3n * (2n ** 53n - 1n)],
  ])("%s(%s, %s, %s)", (_, operation, a, b, result) => {
    expect(operation(a, b)).toBe(result);
  });
  test("have no negative zero", () => {
    expect(negate(0)).toBe(0);
  });
  test("end where 64 bits end", () => {
    const max = 2n ** 63n - 1n;
    const problem = { code: "overflow", message: "the result does not fit into 64 bits" };
    expect(add(max, 0)).toBe(max);
    expect(() => add(max, 1)).toThrow(expect.objectContaining(problem));
    expect(subtract(-max, 1)).toBe(-max - 1n);
    expect(() => subtract(-max, 2)).toThrow(expect.objectContaining(problem));
    expect(() => multiply(max, -2)).toThrow(expect.objectContaining(problem));
  });
});
