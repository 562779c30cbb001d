import { expect, test } from "vitest";
import {
  boolean,
  count,
  integer,
  listOf,
  mapOf,
  nullOr,
  objectOf,
  oneOf,
  string,
} from "./shape.ts";

const shape = objectOf({
  a: count,
  b: listOf(oneOf(["x", "y"]), { min: 1, distinct: true }),
  c: mapOf(nullOr(integer)),
  d: objectOf({ e: boolean }),
});
const whole = { a: 1, b: ["x"], c: { k: null, "l m": -1 }, d: { e: true } };

test("what fits has no problem", () => {
  expect(shape(whole, "")).toBeNull();
});

test.each([
  [null, ""],
  [[], ""],
  [{ ...whole, z: 1 }, '["z"]'],
  [{ a: 1, b: ["x"], c: {} }, "d"],
  [{ ...whole, a: -1 }, "a"],
  [{ ...whole, a: 2 ** 53 }, "a"],
  [{ ...whole, b: [] }, "b"],
  [{ ...whole, b: {} }, "b"],
  [{ ...whole, b: ["x", "x"] }, "b"],
  [{ ...whole, b: ["x", "z"] }, "b[1]"],
  [{ ...whole, b: [undefined] }, "b[0]"],
  [{ ...whole, c: [] }, "c"],
  [{ ...whole, c: { "l m": 0.5 } }, 'c["l m"]'],
  [{ ...whole, d: { e: "true" } }, "d.e"],
  [{ ...whole, d: Object.create({ e: true }) as object }, "d.e"],
])("%j fails at %s", (value, place) => {
  expect(shape(value, "")).toBe(place);
});

test("a hole in a list is an element that does not fit", () => {
  expect(listOf(string)(Object.assign([], { length: 1 }), "l")).toBe("l[0]");
});
