import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/** Signed-note type bytes of Ed25519 keys: what a key may sign. */
export const KEY_TYPE = { note: 0x01, cosignature: 0x04 } as const;
export type KeyType = (typeof KEY_TYPE)[keyof typeof KEY_TYPE];

const KEY_BYTES = 32;
/** DER around a raw Ed25519 key (RFC 8410 sections 4 and 7). */
const SPKI_PREFIX: Buffer = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8_PREFIX: Buffer = Buffer.from("302e020100300506032b657004220420", "hex");

/** One half of a named Ed25519 key. */
export interface NamedKey {
  readonly name: string;
  /** First four bytes of SHA-256(name || newline || type || public key), as a number. */
  readonly id: number;
  readonly key: KeyObject;
  /** The public half as others configure it: `<name>+<id>+<base64(type || key)>`. */
  readonly vkey: string;
}

/** `PRIVATE+KEY+<name>+<id>+<base64(type || seed)>`, the form of Go's note package. */
export function encodePrivate(name: string, type: KeyType, seed: Uint8Array): string {
  if (!isKeyName(name) || seed.length !== KEY_BYTES)
    throw new RangeError("a signing key needs a key name and 32 bytes");
  const id = keyId(name, type, publicKeyOf(privateKey(seed)));
  return `PRIVATE+KEY+${name}+${hexId(id)}+${typed(type, seed)}`;
}

export function readPrivate(text: string, type: KeyType): Result<NamedKey, LedgerError> {
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim());
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const seed = untyped(type, encoded);
  if (!isKeyName(name) || seed === null)
    return fail(ledgerError("key.malformed", `not a private key of type ${type}`));
  const key = privateKey(seed);
  return named(name, id, type, publicKeyOf(key), key);
}

export function readPublic(vkey: string, type: KeyType): Result<NamedKey, LedgerError> {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim());
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const raw = untyped(type, encoded);
  if (!isKeyName(name) || raw === null)
    return fail(ledgerError("key.malformed", `not a public key of type ${type}`));
  const der = Buffer.concat([SPKI_PREFIX, raw]);
  return named(name, id, type, raw, createPublicKey({ key: der, format: "der", type: "spki" }));
}

function named(
  name: string,
  id: string,
  type: KeyType,
  raw: Uint8Array,
  key: KeyObject,
): Result<NamedKey, LedgerError> {
  const number = keyId(name, type, raw);
  if (hexId(number) !== id)
    return fail(ledgerError("key.malformed", `key id \`${id}\` does not belong to the key`));
  return ok({ name, id: number, key, vkey: `${name}+${id}+${typed(type, raw)}` });
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

function keyId(name: string, type: KeyType, raw: Uint8Array): number {
  const digest = sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), raw]));
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).readUInt32BE(0);
}

function hexId(id: number): string {
  return id.toString(16).padStart(8, "0");
}

function typed(type: KeyType, key: Uint8Array): string {
  return Buffer.concat([Buffer.from([type]), key]).toString("base64");
}

function untyped(type: KeyType, encoded: string): Uint8Array | null {
  const bytes = Buffer.from(encoded, "base64");
  // Node's decoder is lenient; only the canonical spelling is a key.
  if (bytes.toString("base64") !== encoded) return null;
  if (bytes.length !== 1 + KEY_BYTES || bytes[0] !== type) return null;
  return bytes.subarray(1);
}
