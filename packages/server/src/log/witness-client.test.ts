import {
  createMemoryLog,
  encodeSigningKey,
  encodeWitnessKey,
  parseSigningKey,
  parseWitnessKey,
  parseWitnessVkey,
  signatureLine,
} from "@bylaw/ledger";
import { expect, it } from "vitest";
import { askWitness } from "./witness-client.ts";

function take<T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const log = createMemoryLog(take(parseSigningKey(encodeSigningKey("log", seed(1)))));
for (let at = 0; at < 9; at += 1) log.append(Buffer.from(String(at)));
const note = log.sign();
const text = note.slice(0, note.lastIndexOf("\n\n") + 1);
const own = take(parseWitnessKey(encodeWitnessKey("w", seed(2))));
const other = take(parseWitnessKey(encodeWitnessKey("w", seed(3))));
const good = signatureLine(own.cosign(text, 5));
const witness = { url: "http://w.example", verifier: take(parseWitnessVkey(own.vkey)) };

it.each([
  [200, "", good, { kind: "cosigned", line: good, size: 9 }],
  [200, "", signatureLine(other.cosign(text, 5)) + good, { kind: "cosigned", line: good }],
  [200, "", "", { kind: "failed", code: "witness.answer" }],
  [200, "", "<html>", { kind: "failed", code: "witness.answer" }],
  [200, "", signatureLine(other.cosign(text, 5)), { kind: "failed", code: "witness.answer" }],
  [200, "", signatureLine(own.cosign("log\n8\n", 5)), { kind: "failed", code: "witness.answer" }],
  [409, "text/x.tlog.size", "20\n", { kind: "failed", code: "witness.ahead", size: 20 }],
  [409, "text/x.tlog.size", "-1\n", { kind: "failed", code: "witness.forked" }],
  [409, "text/x.tlog.size", "4\n", { kind: "failed", code: "witness.forked", size: 4 }],
  [409, "text/plain", "4\n", { kind: "failed", code: "witness.forked" }],
  [422, "", "", { kind: "failed", code: "witness.forked" }],
  [404, "", "", { kind: "failed", code: "witness.unknown_log" }],
  [403, "", "", { kind: "failed", code: "witness.refused" }],
  [302, "", "", { kind: "failed", code: "witness.refused" }],
  [500, "", "", { kind: "failed", code: "witness.unreachable" }],
])("an answer of %d, %j and %j", async (status, type, body, expected) => {
  const asked = await askWitness(witness, note, 0, log, async () => ({
    status,
    type,
    bytes: Buffer.from(body),
  }));
  expect(asked).toMatchObject(expected);
});
