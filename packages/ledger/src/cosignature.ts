import { sign, verify } from "node:crypto";
import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import type { NoteVerifier } from "./key.ts";
import { parseNote, type SignatureLine } from "./note.ts";
import { encodePrivate, KEY_TYPE, readPrivate, readPublic } from "./raw-key.ts";

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** Signs checkpoints of others (C2SP tlog-cosignature, Ed25519). */
export interface Cosigner {
  readonly name: string;
  readonly id: number;
  /** The public half, type 0x04. */
  readonly vkey: string;
  /** In: a checkpoint's text and seconds since the epoch. Out: the signature line's content. */
  cosign(text: string, seconds: number): SignatureLine;
}

/** A cosignature that was verified. */
export interface Cosignature {
  readonly name: string;
  readonly id: number;
  /** Seconds since the epoch at which the witness says it signed. */
  readonly time: number;
}

/** In: 32 random bytes. The key must have no other use: it does not sign its own name. */
export function encodeWitnessKey(name: string, seed: Uint8Array): string {
  return encodePrivate(name, KEY_TYPE.cosignature, seed);
}

/** Reads what `encodeWitnessKey` wrote, or says `key.malformed`. */
export function parseWitnessKey(text: string): Result<Cosigner, LedgerError> {
  const read = readPrivate(text, KEY_TYPE.cosignature);
  if (!read.ok) return read;
  const { name, id, vkey, key } = read.value;
  return ok({
    name,
    id,
    vkey,
    cosign(checkpoint, seconds): SignatureLine {
      const time = Buffer.alloc(TIME_BYTES);
      time.writeBigUInt64BE(BigInt(seconds));
      const signature = sign(null, signedMessage(BigInt(seconds), checkpoint), key);
      return { name, id, signature: Buffer.concat([time, signature]) };
    },
  });
}

/** Reads a witness's vkey (type 0x04). Its verifier fits wherever a note's does. */
export function parseWitnessVkey(vkey: string): Result<NoteVerifier, LedgerError> {
  const read = readPublic(vkey, KEY_TYPE.cosignature);
  if (!read.ok) return read;
  const { name, id, key } = read.value;
  return ok({
    name,
    id,
    verify(message, signature): boolean {
      const time = timeOf(signature);
      if (time === null) return false;
      const text = Buffer.from(message).toString("utf8");
      return verify(null, signedMessage(time, text), key, signature.subarray(TIME_BYTES));
    },
  });
}

/**
 * The cosignatures of known witnesses on a note, one per key. A line of a known key that does not
 * verify is an error (`note.signature`), as for every signed note; lines of unknown keys are ignored.
 */
export function cosignaturesOn(
  note: string,
  witnesses: readonly NoteVerifier[],
): Result<readonly Cosignature[], LedgerError> {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const message = Buffer.from(parsed.value.text, "utf8");
  const found = new Map<NoteVerifier, Cosignature>();
  for (const { name, id, signature } of parsed.value.signatures) {
    const witness = witnesses.find((known) => known.name === name && known.id === id);
    if (witness === undefined || found.has(witness)) continue;
    if (!witness.verify(message, signature))
      return fail(ledgerError("note.signature", `cosignature of \`${name}\` does not verify`));
    found.set(witness, { name, id, time: Number(timeOf(signature)) });
  }
  return ok([...found.values()]);
}

/** Null unless the bytes are a time and an Ed25519 signature. A time over 2^63 - 1 is none. */
function timeOf(signature: Uint8Array): bigint | null {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return null;
  const time = Buffer.from(signature).readBigUInt64BE(0);
  return time < 2n ** 63n ? time : null;
}

function signedMessage(seconds: bigint, text: string): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`, "utf8");
}
