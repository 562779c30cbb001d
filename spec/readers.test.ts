import { readBundleFile } from "@bylaw/bundle";
import { canonicalize, fail, type Json, ok } from "@bylaw/core";
import { openNote, parseVerifierKey } from "@bylaw/ledger";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../packages/server/src/config/load.ts";
import { exampleKey } from "./examples/bundle.ts";
import { VECTORS, type Vectors } from "./vectors.ts";

function readsBundle(text: string): boolean {
  const key = parseVerifierKey(exampleKey);
  if (!key.ok) throw new Error("the example key does not parse");
  const file = `${canonicalize(JSON.parse(text) as Json)}\n`;
  return readBundleFile(file, (note) => {
    const opened = openNote(note, [key.value]);
    return opened.ok ? ok(opened.value.text) : fail("invalid" as const);
  }).ok;
}

/** What the programs read is what the schemas say: both are given the same vectors. JSON is YAML. */
const READERS: Readonly<Record<string, (text: string) => boolean>> = {
  bundle: readsBundle,
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
