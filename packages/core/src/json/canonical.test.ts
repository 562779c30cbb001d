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

  it("sorts few members and many alike", () => {
    const names = fc.uniqueArray(fc.string(), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(names, (some) => {
        const document = Object.fromEntries(some.map((name) => [name, name.length]));
        const written = Object.keys(JSON.parse(canonicalize(document)) as object);
        const order = [...canonicalize(document).matchAll(/("(?:[^"\\]|\\.)*"):/g)];
        expect(order.map(([, name = ""]) => JSON.parse(name) as string)).toEqual([...some].sort());
        expect(written).toHaveLength(some.length);
      }),
    );
  });

  it("writes names that it has met before, and has not, and will not keep, as they are", () => {
    const long = "n".repeat(65);
    for (let turn = 0; turn < 2; turn += 1)
      for (let at = 0; at < 5_000; at += 1)
        expect(canonicalize({ [`member ${at}`]: at, [long]: 0 })).toBe(
          `{"member ${at}":${at},"${long}":0}`,
        );
  });

  it.each([0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, 1e21, 0.1, -1.5e-7])(
    "writes %d as ECMAScript does",
    (value) => expect(canonicalize(value)).toBe(JSON.stringify(value)),
  );

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

  it("is what the platform writes of the value with its names in order", () => {
    const long = fc.tuple(
      fc.string({ unit: "binary" }),
      fc.constantFrom("", "x", "é", "\n", "\\", '"'),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      long.map(([some, one]) => `${"plain ".repeat(60)}${one}${some}`),
      fc.constantFrom("\ud800", `${"long ".repeat(60)}\udfff`, "\u007f", "\u2028", "\u001f"),
    );
    // Few names, so that layouts meet again and names that sort like numbers are among them.
    const names = fc.constantFrom(
      "",
      "a",
      "b",
      "aa",
      "10",
      "9",
      "é",
      "\u0000",
      "__proto__",
      "x".repeat(70),
    );
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom<Json>(null, true, false, 0, -0, 2 ** 53 - 1),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(names, tie("value"), { maxKeys: 6 }) as fc.Arbitrary<Json>,
      ),
    }));
    fc.assert(
      fc.property(value, (some) => {
        if (isWellFormed(some)) expect(canonicalize(some)).toBe(written(some));
        else expect(() => canonicalize(some)).toThrow(TypeError);
      }),
      { numRuns: 2_000 },
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

function isWellFormed(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return [...Object.keys(value), ...(Object.values(value) as Json[])].every(isWellFormed);
}

/** The plain form. */
function written(value: Json): string {
  if (isArray(value)) return `[${value.map(written).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const member = (name: string): string =>
    `${JSON.stringify(name)}:${written(value[name] as Json)}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}

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
