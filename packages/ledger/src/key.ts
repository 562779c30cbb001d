import { sign, verify } from "node:crypto";
import { ok, type Result } from "@bylaw/core";
import type { LedgerError } from "./errors.ts";
import { encodePrivate, KEY_TYPE, readPrivate, readPublic } from "./raw-key.ts";

/** Checks one key's signatures on notes. */
export interface NoteVerifier {
  readonly name: string;
  /** First four bytes of SHA-256(name || newline || type || key), as a number. */
  readonly id: number;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs notes with one Ed25519 key. */
export interface NoteSigner {
  readonly name: string;
  readonly id: number;
  /** The public half, as others configure it: `<name>+<id>+<base64>`. */
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Encodes a private key as `PRIVATE+KEY+<name>+<id>+<base64(type || seed)>`, the form of Go's note
 * package. In: 32 random bytes. Keep the result in a file that only its owner can read.
 */
export function encodeSigningKey(name: string, seed: Uint8Array): string {
  return encodePrivate(name, KEY_TYPE.note, seed);
}

/**
 * Reads what `encodeSigningKey` wrote; blanks around it do not count. Out: the signer, or
 * `key.malformed` for another form or type of key and for a key id that is not this key's.
 */
export function parseSigningKey(text: string): Result<NoteSigner, LedgerError> {
  const read = readPrivate(text, KEY_TYPE.note);
  if (!read.ok) return read;
  const { name, id, vkey, key } = read.value;
  return ok({ name, id, vkey, sign: (message) => sign(null, message, key) });
}

/** Reads a vkey, `<name>+<8 hex digits>+<base64(type || public key)>`; the base64 may hold a `+`. */
export function parseVerifierKey(vkey: string): Result<NoteVerifier, LedgerError> {
  const read = readPublic(vkey, KEY_TYPE.note);
  if (!read.ok) return read;
  const { name, id, key } = read.value;
  return ok({ name, id, verify: (message, signature) => verify(null, message, key, signature) });
}
