import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/** Signed-note type byte of Ed25519. */
const ED25519 = 0x01;
const KEY_BYTES = 32;
/** DER around a raw Ed25519 key (RFC 8410 sections 4 and 7). */
const SPKI_PREFIX: Buffer = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8_PREFIX: Buffer = Buffer.from("302e020100300506032b657004220420", "hex");

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
  if (!isKeyName(name) || seed.length !== KEY_BYTES)
    throw new RangeError("a signing key needs a key name and 32 bytes");
  const id = keyId(name, publicKeyOf(privateKey(seed)));
  return `PRIVATE+KEY+${name}+${hexId(id)}+${typed(seed)}`;
}

/**
 * Reads what `encodeSigningKey` wrote; blanks around it do not count. Out: the signer, or
 * `key.malformed` for another form or type of key and for a key id that is not this key's.
 */
export function parseSigningKey(text: string): Result<NoteSigner, LedgerError> {
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const seed = untyped(encoded);
  if (!isKeyName(name) || seed === null)
    return fail(ledgerError("key.malformed", "not a signed-note private key of type Ed25519"));
  const key = privateKey(seed);
  const raw = publicKeyOf(key);
  const number = keyId(name, raw);
  if (hexId(number) !== id)
    return fail(ledgerError("key.malformed", `key id \`${id}\` does not belong to the key`));
  return ok({
    name,
    id: number,
    vkey: `${name}+${id}+${typed(raw)}`,
    sign: (message) => sign(null, message, key),
  });
}

/** Reads a vkey, `<name>+<8 hex digits>+<base64(type || public key)>`; the base64 may hold a `+`. */
export function parseVerifierKey(vkey: string): Result<NoteVerifier, LedgerError> {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim());
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const raw = untyped(encoded);
  if (!isKeyName(name) || raw === null)
    return fail(ledgerError("key.malformed", "not a signed-note public key of type Ed25519"));
  const number = keyId(name, raw);
  if (hexId(number) !== id)
    return fail(ledgerError("key.malformed", `key id \`${id}\` does not belong to the key`));
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, raw]),
    format: "der",
    type: "spki",
  });
  return ok({
    name,
    id: number,
    verify: (message, signature) => verify(null, message, key, signature),
  });
}

/** Signed-note key names: not empty, no white space, no `+`, nothing that breaks a line. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function privateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
}

function publicKeyOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-KEY_BYTES);
}

function keyId(name: string, raw: Uint8Array): number {
  const digest = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), raw]));
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).readUInt32BE(0);
}

function hexId(id: number): string {
  return id.toString(16).padStart(8, "0");
}

function typed(key: Uint8Array): string {
  return Buffer.concat([Buffer.from([ED25519]), key]).toString("base64");
}

function untyped(encoded: string): Uint8Array | null {
  const bytes = Buffer.from(encoded, "base64");
  // Node's decoder is lenient; only the canonical spelling is a key.
  if (bytes.toString("base64") !== encoded) return null;
  if (bytes.length !== 1 + KEY_BYTES || bytes[0] !== ED25519) return null;
  return bytes.subarray(1);
}
