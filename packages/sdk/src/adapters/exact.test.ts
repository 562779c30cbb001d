import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactly, textOf } from "./exact.ts";

describe("exactly", () => {
  it("copies every object that JSON says, and JSON says the copy the same way", () => {
    const objects = fc.dictionary(
      fc.string({ unit: "grapheme" }),
      fc.jsonValue({ noUnicodeString: true }),
    );
    fc.assert(
      fc.property(objects, (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        expect(JSON.stringify(exactly(plain))).toBe(JSON.stringify(plain));
      }),
    );
  });

  it("is not changed with its original", () => {
    const original = { ids: ["a"], where: { name: "x" } };
    const copied = exactly(original);
    original.ids.push("b");
    original.where.name = "y";
    expect(copied).toEqual({ ids: ["a"], where: { name: "x" } });
  });

  it("takes an undefined member for an absent one", () => {
    expect(exactly({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  const loop: Record<string, unknown> = {};
  loop["again"] = loop;
  it.each<[string, unknown]>([
    ["no object", [1]],
    ["nothing", undefined],
    ["a text", "x"],
    ["a number beyond all", { n: Number.POSITIVE_INFINITY }],
    ["no number", { n: Number.NaN }],
    ["a negative zero", { n: -0 }],
    ["a big integer", { n: 1n }],
    ["a date", { when: new Date(0) }],
    ["a map", { all: new Map([["a", 1]]) }],
    ["a function", { run: () => 1 }],
    ["an object that says something else of itself", { x: { toJSON: () => "harmless" } }],
    ["a hole in a list", { list: [1, undefined] }],
    ["a member with a symbol for a name", { x: { [Symbol("s")]: 1 } }],
    ["half of a character", { text: "\ud800" }],
    ["half of a character in a name", { "\udc00": 1 }],
    ["a circle", loop],
    ["an object of a class", { x: new (class Secret {})() }],
  ])("refuses %s", (_what, value) => {
    expect(exactly(value)).toBeUndefined();
  });

  it("writes the same value the same way, whatever its order", () => {
    expect(textOf(exactly({ b: { d: 1, c: 2 }, a: [{ y: 1, x: 2 }] }))).toBe(
      textOf(exactly({ a: [{ x: 2, y: 1 }], b: { c: 2, d: 1 } })),
    );
  });
});
