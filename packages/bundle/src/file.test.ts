import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { canonicalize, fail, type Json, ok } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BundleFile,
  isBundleName,
  type OpenText,
  openBundle,
  readBundleFile,
  type SignText,
  writeBundleFile,
} from "./file.ts";
import { MAX_BUNDLE_CHARS } from "./limits.ts";
import { loadBundle } from "./load.ts";
import { readPack } from "./packs.ts";
import { NO_ADDITIONS } from "./schema.ts";

const ours = generateKeyPairSync("ed25519");
const theirs = generateKeyPairSync("ed25519");

const signWith =
  (key: KeyObject): SignText =>
  (text) =>
    `${text}\n${sign(null, Buffer.from(text), key).toString("base64")}`;

const openWith =
  (key: KeyObject | null): OpenText =>
  (note) => {
    if (key === null) return fail("unsigned");
    const split = note.lastIndexOf("\n");
    const [text, signature] = [note.slice(0, split), Buffer.from(note.slice(split), "base64")];
    return verify(null, Buffer.from(text), key, signature) ? ok(text) : fail("invalid");
  };

const sources = [{ kind: "cedar", ...(await readPack("base")) } as const];
const loaded = await loadBundle({ sources });
if (!loaded.ok) throw new Error("the pack does not load");
const file: BundleFile = {
  v: 1,
  version: 1,
  created: "2026-02-03T09:00:00.000Z",
  digest: loaded.value.digest,
  closed: NO_ADDITIONS,
  shield: null,
  sources,
  catalog: [{ file: "catalog.yaml", text: "version: 1\ntools: {}\n" }],
  acceptedBy: "maria",
};
const text = writeBundleFile(file, signWith(ours.privateKey));
const open = openWith(ours.publicKey);

function codesOf(read: ReturnType<typeof readBundleFile>): readonly string[] {
  return read.ok ? [] : read.error.map(({ code }) => code);
}

/** As somebody without the key would write it: the old signature around other content. */
function forged(parts: Readonly<Record<string, unknown>>): string {
  return `${canonicalize({ ...(JSON.parse(text) as object), ...parts } as unknown as Json)}\n`;
}

describe("a bundle file", () => {
  it("says after reading what was written, and loads as the bundle it names", async () => {
    const read = readBundleFile(text, open);
    expect(read.ok && JSON.parse(JSON.stringify(read.value))).toEqual(file);
    const opened = await openBundle(file);
    expect(opened.ok && opened.value.digest).toBe(file.digest);
    const oracle = await openBundle(file, "oracle");
    expect(oracle.ok && oracle.value.digest).toBe(file.digest);
  });

  it("is the same text for the same content", () => {
    const turned = Object.fromEntries(Object.entries(file).reverse()) as unknown as BundleFile;
    expect(writeBundleFile(turned, signWith(ours.privateKey))).toBe(text);
  });

  it("is refused whichever character of it is changed", () => {
    const change = fc.record({
      at: fc.nat(text.length - 1),
      by: fc.constantFrom("0", "a", " ", '"', "}", "\\", "\n"),
    });
    fc.assert(
      fc.property(change, ({ at, by }) => {
        fc.pre(text[at] !== by);
        const changed = text.slice(0, at) + by + text.slice(at + 1);
        expect(readBundleFile(changed, open).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["a policy more", { sources: [...sources, { kind: "cedar", file: "b.cedar", text: "" }] }],
    ["another text of a policy", { sources: [{ ...sources[0], text: "" }] }],
    ["another digest", { digest: `sha256:${"0".repeat(64)}` }],
    ["another catalog", { catalog: [] }],
    ["another version", { version: 2 }],
    ["another person", { acceptedBy: "eve" }],
    ["another environment", { closed: { ...NO_ADDITIONS, environments: ["lab"] } }],
  ])("with %s does not have the signature", (_, parts) => {
    expect(codesOf(readBundleFile(forged(parts), open))).toEqual(["bundle.signature"]);
  });

  it.each([
    ["a member that nobody reads", { note: "" }],
    ["another format version", { v: 2 }],
    ["two files of one name", { catalog: [file.catalog[0], file.catalog[0]] }],
    ["a language that nobody reads", { sources: [{ ...sources[0], kind: "rego" }] }],
    ["a source with a member more", { sources: [{ ...sources[0], mode: "observe" }] }],
    ["a path of a machine", { catalog: [{ file: "/etc/catalog.yaml", text: "" }] }],
    ["a name that leads out", { catalog: [{ file: "../catalog.yaml", text: "" }] }],
    ["a closed list less", { closed: {} }],
    ["a fraction of a version", { version: 1.5 }],
  ])("with %s is malformed, whoever signed it", (_, parts) => {
    const spoilt = { ...file, ...parts } as unknown as BundleFile;
    const signed = writeBundleFile(spoilt, signWith(ours.privateKey));
    expect(codesOf(readBundleFile(signed, open))).toEqual(["bundle.malformed"]);
  });

  it.each([
    ["nothing", ""],
    ["white space", `${text} `],
    ["a second line", `${text}\n`],
    ["no end of line", text.slice(0, -1)],
    ["indented JSON", `${JSON.stringify(JSON.parse(text), null, 1)}\n`],
    ["a member twice", text.replace("{", '{"v":1,')],
  ])("is refused with %s around or in it", (_, changed) => {
    expect(codesOf(readBundleFile(changed, open))).toEqual(["bundle.malformed"]);
  });

  it("is refused without a key that signed it", () => {
    expect(codesOf(readBundleFile(text, openWith(null)))).toEqual(["bundle.unsigned"]);
    expect(codesOf(readBundleFile(text, openWith(theirs.publicKey)))).toEqual(["bundle.signature"]);
  });

  it("is refused when it is larger than a bundle may be", () => {
    expect(codesOf(readBundleFile(" ".repeat(MAX_BUNDLE_CHARS + 1), open))).toEqual(["load.limit"]);
  });

  it("does not open as a bundle that it does not hold, whoever signed it", async () => {
    const other = await openBundle({ ...file, digest: `sha256:${"0".repeat(64)}` });
    expect(other.ok ? [] : other.error.map(({ code }) => code)).toEqual(["bundle.digest"]);
    const broken = await openBundle({
      ...file,
      sources: [{ ...file.sources[0]!, text: "permit" }],
    });
    expect(broken.ok ? [] : broken.error.map(({ code }) => code)).toEqual(["policy.syntax"]);
  });
});

it("names of files in a bundle are relative and show what they are", () => {
  const names = ["a.cedar", "policies/a b.cedar", "..a/b", "a/b/c.yaml"];
  expect(names.filter((name) => !isBundleName(name))).toEqual([]);
  const others = ["", "/a", "a/", "a//b", ".", "./a", "a/..", "c:a", "a\\b", "a\u202eb", "a\nb"];
  expect(others.filter(isBundleName)).toEqual([]);
  expect(isBundleName("a".repeat(513))).toBe(false);
});
