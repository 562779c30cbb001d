import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeSigningKey, type NoteSigner, parseSigningKey } from "./key.ts";
import { createMemoryLog } from "./memory.ts";
import { checkProof, encodeProof, parseProof } from "./proof-file.ts";
import { proveEntry } from "./prove-entry.ts";

function signerOf(name: string, fill: number): NoteSigner {
  const signer = parseSigningKey(encodeSigningKey(name, new Uint8Array(32).fill(fill)));
  if (!signer.ok) throw new Error(signer.error.message);
  return signer.value;
}

const signer = signerOf("log", 1);

async function proofOf(size: number, index: number): Promise<string> {
  const log = createMemoryLog(signer);
  for (let at = 0; at < size; at += 1) log.append(Buffer.from(`entry ${at}`));
  log.sign();
  const proof = await proveEntry(log, index);
  if (!proof.ok) throw new Error(proof.error.message);
  return encodeProof(proof.value);
}

function codeOf(text: string, vkey: string = signer.vkey): string {
  const checked = checkProof(text, vkey);
  return checked.ok ? "ok" : checked.error.code;
}

describe("a proof file", () => {
  it.each([
    [1, 0],
    [2, 1],
    [255, 254],
    [256, 0],
    [257, 256],
    [700, 300],
    [65_537, 65_536],
  ])("shows an entry of a log of %i: %i", async (size, index) => {
    const checked = checkProof(await proofOf(size, index), signer.vkey);
    expect(checked).toMatchObject({ ok: true, value: { index, checkpoint: { size } } });
    expect(checked.ok && Buffer.from(checked.value.entry).toString()).toBe(`entry ${index}`);
  });

  it("is refused with any of its characters changed", async () => {
    const text = await proofOf(300, 257);
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom("A", "0", "\n", "+", "é"),
        (at, instead) => {
          fc.pre(text[at] !== instead);
          expect(codeOf(text.slice(0, at) + instead + text.slice(at + 1))).not.toBe("ok");
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, string, (text: string) => string]>([
    ["another entry", "proof.mismatch", (t) => t.replace(/^extra .*$/m, "extra ZW50cnkgOA==")],
    ["another index", "proof.mismatch", (t) => t.replace("index 7", "index 8")],
    ["an index beyond the checkpoint", "proof.index", (t) => t.replace("index 7", "index 12")],
    ["a hash too few", "proof.mismatch", (t) => t.replace(/(index 7\n).*\n/, "$1")],
    ["a hash too many", "proof.mismatch", (t) => t.replace(/(index 7\n)(.*\n)/, "$1$2$2")],
    ["a changed checkpoint", "note.signature", (t) => t.replace("\n12\n", "\n13\n")],
    ["a checkpoint that nobody signed", "note.malformed", (t) => `${t.split("\u2014")[0]}`],
    ["a first line of something else", "proof.malformed", (t) => t.replace("@v1", "@v2")],
    ["an index with a leading zero", "proof.malformed", (t) => t.replace("index 7", "index 07")],
    ["no entry", "proof.malformed", (t) => t.replace(/^extra .*\n/m, "")],
    ["nothing at all", "proof.malformed", () => ""],
  ])("says what is wrong with %s", async (_what, code, change) => {
    const text = await proofOf(12, 7);
    expect(change(text)).not.toBe(text);
    expect(codeOf(change(text))).toBe(code);
  });

  it("does not hold under another key", async () => {
    const text = await proofOf(12, 7);
    expect(codeOf(text, signerOf("log", 2).vkey)).toBe("note.unsigned");
    expect(codeOf(text, signerOf("other", 1).vkey)).toBe("note.unsigned");
    expect(codeOf(text, "log+00000000+AA==")).toBe("key.malformed");
  });

  it("reads back as it was written", async () => {
    const text = await proofOf(300, 5);
    const proof = parseProof(text);
    expect(proof.ok && encodeProof(proof.value)).toBe(text);
  });

  it("is not given for what no checkpoint covers", async () => {
    const log = createMemoryLog(signer);
    log.append(Buffer.from("signed"));
    log.sign();
    log.append(Buffer.from("not yet"));
    expect(await proveEntry(log, 1)).toMatchObject({ ok: false, error: { code: "proof.range" } });
    expect(await proveEntry(createMemoryLog(signer), 0)).toMatchObject({
      ok: false,
      error: { code: "proof.range" },
    });
  });
});
