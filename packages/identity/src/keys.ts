import {
  fail,
  isArray,
  isObject,
  type JsonObject,
  member,
  ok,
  parseStrict,
  type Result,
} from "@bylaw/core";
import { type CryptoKey, calculateJwkThumbprint, compactVerify, importJWK, type JWK } from "jose";
import { type Compact, has, textOf } from "./compact.ts";
import { ID_CHARS_MAX, KEY_SET_CHARS_MAX, KEYS_MAX } from "./limits.ts";

/** Signature algorithms of passports and proofs: Ed25519, and ECDSA on P-256 with SHA-256. */
export const ALGORITHMS = ["EdDSA", "ES256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A public key; its type says which algorithm it verifies, a header never does. */
export interface PublicKey {
  readonly id: string | null;
  readonly algorithm: Algorithm;
  readonly key: CryptoKey;
}

export type KeySetProblem =
  | "keys.oversize"
  | "keys.malformed"
  | "keys.private"
  | "keys.too_many"
  | "keys.duplicate"
  | "keys.none";

const KEY_ID = /^[\x21-\x7e]+$/;
const COORDINATE_BYTES = 32;

/** The algorithm that a header names: `Ed25519` is RFC 9864's name of what EdDSA is here. */
export function algorithmOf(header: JsonObject): Algorithm | null {
  const name = textOf(header, "alg");
  if (name === "Ed25519") return "EdDSA";
  return ALGORITHMS.find((known) => known === name) ?? null;
}

/**
 * Reads a JWK set (RFC 7517). Keys for other uses and of other types are left out.
 *
 * In: JSON text. Out: the usable keys, at least one; a private key in it, or two keys of one id,
 * refuse the whole set.
 */
export async function readKeySet(
  text: string,
): Promise<Result<readonly PublicKey[], KeySetProblem>> {
  if (text.length > KEY_SET_CHARS_MAX) return fail("keys.oversize");
  const parsed = parseStrict(text);
  const written = parsed.ok && isObject(parsed.value) ? member(parsed.value, "keys") : undefined;
  if (!isArray(written) || !written.every(isObject)) return fail("keys.malformed");
  if (written.length > KEYS_MAX) return fail("keys.too_many");
  if (written.some((key) => has(key, "d") || has(key, "k"))) return fail("keys.private");
  const keys = (await Promise.all(written.filter(forSignatures).map(readKey))).filter(
    (key) => key !== null,
  );
  const ids = keys.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return fail("keys.duplicate");
  return keys.length === 0 ? fail("keys.none") : ok(keys);
}

function forSignatures(key: JsonObject): boolean {
  const operations = member(key, "key_ops");
  const use = member(key, "use");
  const verifies =
    operations === undefined || (isArray(operations) && operations.includes("verify"));
  return verifies && (use === undefined || use === "sig");
}

/** In: a JWK. Out: null for anything but a public key of a known type with an acceptable id. */
export async function readKey(jwk: JsonObject): Promise<PublicKey | null> {
  const algorithm = typeOf(jwk);
  const id = has(jwk, "kid") ? textOf(jwk, "kid") : null;
  if (algorithm === null || has(jwk, "d") || (has(jwk, "kid") && !isKeyId(id))) return null;
  if (has(jwk, "alg") && algorithmOf(jwk) !== algorithm) return null;
  try {
    const key = await importJWK(publicPart(jwk, algorithm), algorithm);
    return key instanceof Uint8Array ? null : { id, algorithm, key };
  } catch {
    return null; // not a point of the curve
  }
}

export function isKeyId(id: string | null): id is string {
  return id !== null && id.length <= ID_CHARS_MAX && KEY_ID.test(id);
}

function typeOf(jwk: JsonObject): Algorithm | null {
  const [type, curve] = [textOf(jwk, "kty"), textOf(jwk, "crv")];
  if (type === "OKP" && curve === "Ed25519" && isCoordinate(jwk, "x")) return "EdDSA";
  const point = isCoordinate(jwk, "x") && isCoordinate(jwk, "y");
  return type === "EC" && curve === "P-256" && point ? "ES256" : null;
}

function isCoordinate(jwk: JsonObject, name: string): boolean {
  const text = textOf(jwk, name) ?? "";
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === COORDINATE_BYTES && bytes.toString("base64url") === text;
}

/** Nothing but what makes the key: the rest of a stranger's JWK is not for the library to obey. */
function publicPart(jwk: JsonObject, algorithm: Algorithm): JWK {
  const text = (name: string): string => textOf(jwk, name) ?? "";
  return algorithm === "EdDSA"
    ? { kty: "OKP", crv: "Ed25519", x: text("x") }
    : { kty: "EC", crv: "P-256", x: text("x"), y: text("y") };
}

/** The RFC 7638 thumbprint of a public key that `readKey` has accepted. */
export function thumbprintOf(jwk: JsonObject, algorithm: Algorithm): Promise<string> {
  return calculateJwkThumbprint(publicPart(jwk, algorithm), "sha256");
}

/** Whether the signature is this key's, over exactly the text that was read. */
export async function isSigned(
  { text, header }: Compact,
  { key, algorithm }: PublicKey,
): Promise<boolean> {
  if (algorithmOf(header) !== algorithm) return false;
  try {
    await compactVerify(text, key, {
      algorithms: [algorithm, ...(algorithm === "EdDSA" ? ["Ed25519"] : [])],
    });
    return true;
  } catch {
    return false;
  }
}
