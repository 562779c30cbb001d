import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeCheckpoint } from "./checkpoint.ts";
import {
  cosignaturesOn,
  encodeWitnessKey,
  parseWitnessKey,
  parseWitnessVkey,
} from "./cosignature.ts";
import { EMPTY_ROOT, sha256 } from "./hash.ts";
import { encodeSigningKey, parseSigningKey, parseVerifierKey } from "./key.ts";
import { signatureLine, signNote } from "./note.ts";

const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const log = take(parseSigningKey(encodeSigningKey("log", seed(1))));
const witness = take(parseWitnessKey(encodeWitnessKey("witness.example/w1", seed(2))));
const verifier = take(parseWitnessVkey(witness.vkey));
const text = encodeCheckpoint({ origin: "log", size: 7, root: EMPTY_ROOT });
const note = signNote(text, [log]);
const openssl = spawnSync("openssl", ["version"]);
const TIME = 1_679_315_147;
const cosigned = note + signatureLine(witness.cosign(text, TIME));

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

describe("a cosignature", () => {
  it("has the key id and the layout of the specification", () => {
    const raw = Buffer.from(witness.vkey.split("+").slice(2).join("+"), "base64");
    const id = sha256(Buffer.concat([Buffer.from("witness.example/w1\n"), raw]));
    expect(raw[0]).toBe(0x04);
    expect(witness.vkey.split("+")[1]).toBe(Buffer.from(id.subarray(0, 4)).toString("hex"));
    const line = cosigned.trimEnd().split(" ").at(-1) ?? "";
    const bytes = Buffer.from(line, "base64");
    expect(bytes).toHaveLength(4 + 8 + 64);
    expect(Number(bytes.readBigUInt64BE(4))).toBe(TIME);
  });

  it("is verified with its time", () => {
    const found = cosignaturesOn(cosigned, [verifier]);
    expect(found).toMatchObject({ ok: true, value: [{ name: "witness.example/w1", time: TIME }] });
  });

  it.skipIf(openssl.status !== 0)("verifies with another implementation (needs openssl)", () => {
    const folder = mkdtempSync(join(tmpdir(), "bylaw-cosignature-"));
    try {
      const at = (name: string): string => join(folder, name);
      const key = Buffer.from(witness.vkey.split("+").slice(2).join("+"), "base64").subarray(1);
      const bytes = Buffer.from(cosigned.trimEnd().split(" ").at(-1) ?? "", "base64");
      writeFileSync(at("text"), `cosignature/v1\ntime ${TIME}\n${text}`);
      writeFileSync(at("sig"), bytes.subarray(12));
      writeFileSync(
        at("pub.der"),
        Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]),
      );
      const files = ["-inkey", at("pub.der"), "-in", at("text"), "-sigfile", at("sig")];
      const options = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", ...files];
      const ran = spawnSync("openssl", options, { encoding: "utf8" });
      expect(ran.stdout.trim()).toBe("Signature Verified Successfully");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("counts once, however often its line is repeated", () => {
    const again = signatureLine(witness.cosign(text, TIME + 1));
    const found = take(cosignaturesOn(cosigned + again, [verifier]));
    expect(found.map(({ time }) => time)).toEqual([TIME]);
  });

  it("of somebody unknown is ignored", () => {
    expect(take(cosignaturesOn(cosigned, []))).toEqual([]);
  });

  it("of another text, time or length rejects the note", () => {
    const line = witness.cosign(text, TIME);
    const other = signatureLine(witness.cosign(text.replace("7", "8"), TIME));
    const time = Buffer.from(line.signature);
    time[7] = (time[7] ?? 0) ^ 1;
    const far = Buffer.from(line.signature);
    far[0] = 0x80;
    const short = line.signature.subarray(0, 71);
    for (const bad of [
      other,
      ...[time, far, short].map((s) => signatureLine({ ...line, signature: s })),
    ])
      expect(cosignaturesOn(note + bad, [verifier])).toMatchObject({
        error: { code: "note.signature" },
      });
  });

  it("keys are not note keys, in either direction", () => {
    expect(parseVerifierKey(witness.vkey).ok).toBe(false);
    expect(parseWitnessVkey(log.vkey).ok).toBe(false);
    expect(parseWitnessKey(encodeSigningKey("log", seed(1))).ok).toBe(false);
  });
});
