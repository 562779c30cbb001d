import { randomBytes } from "node:crypto";
import { isObject, parseStrict } from "@bylaw/core";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { type PublicKey, readKey, thumbprintOf } from "./keys.ts";
import { PASSPORT_SECONDS_MAX } from "./limits.ts";

/** A key that passports are signed with. */
export interface IssuingKey {
  /** RFC 7638 thumbprint. */
  readonly id: string;
  readonly signs: CryptoKey;
  readonly verifies: PublicKey;
}

/** What a passport is to say. */
export interface PassportOrder {
  readonly issuer: string;
  readonly audience: string;
  readonly agent: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds, at most an hour. */
  readonly lifetimeMs: number;
  /** Thumbprint of the holder's key; null for a passport that whoever has it may use. */
  readonly thumbprint: string | null;
}

export interface IssuedPassport {
  readonly passport: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

const ID_BYTES = 16;
const MS = 1_000;

/** A new Ed25519 key as JWK text, its private half included: for a file that only its owner reads. */
export async function newIssuingKey(): Promise<string> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

/** In: what `newIssuingKey` made. Out: null for any other text. */
export async function readIssuingKey(text: string): Promise<IssuingKey | null> {
  const parsed = parseStrict(text);
  if (!parsed.ok || !isObject(parsed.value)) return null;
  const { d, ...half } = parsed.value;
  const verifies = await readKey(half);
  if (verifies === null || verifies.algorithm !== "EdDSA" || typeof d !== "string") return null;
  try {
    const signs = await importJWK({ ...(half as JWK), d }, "EdDSA");
    if (signs instanceof Uint8Array) return null;
    const id = await thumbprintOf(half, "EdDSA");
    return { id, signs, verifies: { ...verifies, id } };
  } catch {
    return null; // the halves do not belong together
  }
}

/** Signs a passport for one agent. Throws RangeError for a lifetime that no passport has. */
export async function issuePassport(
  key: IssuingKey,
  order: PassportOrder,
): Promise<IssuedPassport> {
  const { issuer, audience, agent, now, lifetimeMs, thumbprint } = order;
  const seconds = Math.floor(lifetimeMs / MS);
  if (seconds < 1 || seconds > PASSPORT_SECONDS_MAX)
    throw new RangeError("a passport is good for a second to an hour");
  const issued = Math.floor(now / MS);
  const id = randomBytes(ID_BYTES).toString("base64url");
  const claims = thumbprint === null ? {} : { cnf: { jkt: thumbprint } };
  const passport = await new SignJWT(claims)
    .setProtectedHeader({ alg: "EdDSA", kid: key.id, typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(agent)
    .setAudience(audience)
    .setIssuedAt(issued)
    .setExpirationTime(issued + seconds)
    .setJti(id)
    .sign(key.signs);
  return { passport, id, expires: issued + seconds };
}
