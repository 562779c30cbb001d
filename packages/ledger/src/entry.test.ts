import { Buffer } from "node:buffer";
import { canonicalize, type Json } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCanonical } from "./entry.ts";

const decode = (text: string): ReturnType<typeof decodeCanonical> =>
  decodeCanonical(Buffer.from(text));

/** Parsed and written anew by nothing but the canonical writer. */
function isCanonical(text: string): boolean {
  try {
    return canonicalize(JSON.parse(text) as Json) === text;
  } catch {
    return false;
  }
}

describe("decodeCanonical", () => {
  it("returns the value of a canonical text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value as Json);
        expect(decode(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  it.each([
    ["names out of order", '{"b":1,"a":2}'],
    ["names out of order further in", '{"a":[{"d":1,"c":2}]}'],
    ["integer-like names in the order of their numbers", '{"2":1,"10":2}'],
    ["a name twice", '{"a":1,"a":1}'],
    ["white space", '{"a": 1}'],
    ["an escape that is not needed", '"\\u0061"'],
    ["a lone surrogate as an escape", '"\\ud800"'],
    ["a name with a lone surrogate", '{"\\udc00":1}'],
    ["a pair of surrogates as escapes", '"\\ud83d\\ude00"'],
    ["a number in another form", "[1.0]"],
    ["minus zero", "-0"],
    ["a number out of range", "1e400"],
    ["more digits than a double has", "9007199254740993"],
    ["two values", "1 2"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(isCanonical(text)).toBe(false);
    expect(decode(text)).toBe(null);
  });

  it.each([
    ["integer-like names in the order of their text", '{"10":2,"2":1}'],
    ["a backslash before the letters of a surrogate's escape", '{"a":"\\\\ud800"}'],
    ["a name that objects inherit", '{"__proto__":{"toJSON":"x"}}'],
  ])("accepts %s", (_, text) => {
    expect(decode(text)).toEqual({ value: JSON.parse(text) });
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(decodeCanonical(Buffer.from([0x22, 0xff, 0x22]))).toBe(null);
  });

  it("agrees with the canonical writer about any text that parses", () => {
    const value = fc.jsonValue({ stringUnit: "binary" });
    const text = fc.oneof(
      value.map((any) => JSON.stringify(any)),
      fc.jsonValue().map((any) => canonicalize(any as Json)),
      fc.dictionary(fc.constantFrom("1", "2", "10", "a", "b"), value).map((d) => JSON.stringify(d)),
    );
    fc.assert(
      fc.property(text, (any) => {
        expect(decode(any) !== null).toBe(isCanonical(any));
      }),
    );
  });
});
