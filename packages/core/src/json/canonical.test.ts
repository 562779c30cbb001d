import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalize } from "./canonical.ts";
import { isArray, isObject, type Json, member } from "./json.ts";

// The published vectors of RFC 8785 are in spec/vectors/canonical-json.json, with their test in spec/.
describe("canonicalize", () => {
  it("sorts members at every depth and keeps the order of arrays", () => {
    expect(canonicalize({ b: [{ d: 1, c: 2 }, 3], a: {} })).toBe('{"a":{},"b":[{"c":2,"d":1},3]}');
  });

  it("sorts integer-like names as text", () => {
    expect(canonicalize({ 10: 1, 9: 2, a: 3 })).toBe('{"10":1,"9":2,"a":3}');
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a name", { "\udc00": 1 }],
    ["undefined", undefined],
    ["a property that is undefined", { a: undefined }],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
  ])("throws for %s, alone and nested", (_, value) => {
    expect(() => canonicalize(value as Json)).toThrow(TypeError);
    expect(() => canonicalize([[value as Json]])).toThrow(TypeError);
  });

  it("is the same text for equal values, whatever the order of insertion", () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(document, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalize(reversed as Json)).toBe(canonicalize(value as Json));
      }),
    );
  });

  it("differs for values that differ", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const equal = canonicalize(a as Json) === canonicalize(b as Json);
        expect(equal).toBe(JSON.stringify(sorted(a as Json)) === JSON.stringify(sorted(b as Json)));
      }),
    );
  });
});

/** An independent normal form: members as sorted pairs. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return ["array", ...value.map(sorted)];
  if (!isObject(value)) return value;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ["object", ...pairs.map(([name, inner]) => [name, sorted(inner)])];
}

describe("json values", () => {
  it("isObject tells objects from arrays, null and scalars", () => {
    expect([{}, [], null, 1, "a", undefined].map(isObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("isArray tells arrays from everything else", () => {
    expect([[], [1], {}, null, "a", undefined].map(isArray)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("member never finds an inherited property", () => {
    expect(member({ a: 1 }, "a")).toBe(1);
    expect(member({}, "toString")).toBeUndefined();
    expect(member({}, "__proto__")).toBeUndefined();
  });
});
