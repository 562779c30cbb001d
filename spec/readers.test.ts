import { describe, expect, it } from "vitest";
import { parseConfig } from "../packages/server/src/config/load.ts";
import { VECTORS, type Vectors } from "./vectors.ts";

/** What the programs read is what the schemas say: both are given the same vectors. JSON is YAML. */
const READERS: Readonly<Record<string, (text: string) => boolean>> = {
  config: (text) => parseConfig("/etc/bylaw/bylaw.yaml", text).ok,
};

describe.each(Object.entries(READERS))("the reader of %s", (format, reads) => {
  const { valid, invalid } = VECTORS[format] as Vectors;

  it.each(Object.entries(valid))("accepts %s", (_, value) => {
    expect(reads(JSON.stringify(value))).toBe(true);
  });

  it.each(invalid)("refuses $name", ({ value }) => {
    expect(reads(JSON.stringify(value))).toBe(false);
  });
});
