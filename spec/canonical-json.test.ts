import { readFileSync } from "node:fs";
import { canonicalize, type Json } from "@bylaw/core";
import { describe, expect, it } from "vitest";

interface Vectors {
  readonly numbers: readonly { readonly bits: string; readonly canonical: string | null }[];
  readonly documents: readonly {
    readonly section: string;
    readonly input: string;
    readonly canonical: string;
    readonly utf8: string | null;
  }[];
}

const file = new URL("vectors/canonical-json.json", import.meta.url);
const { numbers, documents } = JSON.parse(readFileSync(file, "utf8")) as Vectors;

describe("RFC 8785 appendix B", () => {
  it.each(numbers)("$bits: $canonical", ({ bits, canonical }) => {
    const value = Buffer.from(bits, "hex").readDoubleBE();
    if (canonical === null) expect(() => canonicalize(value)).toThrow(TypeError);
    else expect(canonicalize(value)).toBe(canonical);
  });
});

describe("RFC 8785 section", () => {
  // The strict reader refuses some of these inputs: their numbers have no exact double.
  it.each(documents)("$section", ({ input, canonical, utf8 }) => {
    const text = canonicalize(JSON.parse(input) as Json);
    expect(text).toBe(canonical);
    if (utf8 !== null) expect(Buffer.from(text, "utf8").toString("hex")).toBe(utf8);
  });
});
