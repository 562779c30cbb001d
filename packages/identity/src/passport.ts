import { fail, ok, type Result } from "@bylaw/core";
import { type Claims, readClaims } from "./claims.ts";
import { type Compact, has, readCompact, textOf } from "./compact.ts";
import { mapClaims } from "./dialects.ts";
import type { CredentialError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";
import { algorithmOf, isKeyId, isSigned, type PublicKey } from "./keys.ts";

/** A passport whose signature and claims hold. */
export interface Passport {
  readonly issuer: Issuer;
  readonly claims: Claims;
}

/** Types of tokens that say who somebody is (RFC 7519, RFC 9068); a proof or a logout token is none. */
const TYPES = ["jwt", "at+jwt", "application/at+jwt"];

/** Ways in which a token brings its own key, or says where to fetch one. */
const KEY_REFERENCES = ["jku", "jwk", "x5u", "x5c"];

/**
 * Verifies a passport: a JWT of a configured issuer, for this gateway, of now. Whether it may be used
 * once more, and whether the caller holds its key, is not judged here.
 */
export async function verifyPassport(
  text: string,
  issuerOf: (name: string) => Issuer | null,
  now: number,
): Promise<Result<Passport, CredentialError>> {
  const read = readCompact(text);
  if (typeof read === "string") return fail(`credential.${read}` as const);
  const problem = headerProblem(read);
  if (problem !== null) return fail(problem);
  const name = textOf(read.payload, "iss");
  const issuer = name === null ? null : issuerOf(name);
  if (issuer === null)
    return fail(has(read.payload, "iss") ? "credential.issuer" : "credential.claim_missing");
  const key = keyFor(read, issuer);
  if (!key.ok) return key;
  if (!(await isSigned(read, key.value))) return fail("credential.signature");
  const payload = mapClaims(read.payload, issuer, now);
  if (!payload.ok) return payload;
  const claims = readClaims(payload.value, issuer, now);
  return claims.ok ? ok({ issuer, claims: claims.value }) : claims;
}

function headerProblem({ header }: Compact): CredentialError | null {
  if (algorithmOf(header) === null) return "credential.algorithm";
  if (KEY_REFERENCES.some((name) => has(header, name))) return "credential.key_reference";
  // Extensions change what is signed or how it is read (RFC 7515 section 4.1.11, RFC 7797).
  if (has(header, "crit") || has(header, "b64") || has(header, "zip"))
    return "credential.extension";
  if (has(header, "typ") && !TYPES.includes((textOf(header, "typ") ?? "").toLowerCase()))
    return "credential.type";
  if (has(header, "kid") && !isKeyId(textOf(header, "kid"))) return "credential.key_id";
  return null;
}

/** The issuer's key that the header names, of the type that its algorithm needs. */
function keyFor({ header }: Compact, issuer: Issuer): Result<PublicKey, CredentialError> {
  const algorithm = algorithmOf(header);
  if (algorithm === null || !issuer.algorithms.includes(algorithm))
    return fail("credential.algorithm");
  const keys = issuer.keys();
  if (!keys.ok) return keys;
  const id = textOf(header, "kid");
  const named = keys.value.filter((key) => id === null || key.id === id);
  const fitting = named.filter((key) => key.algorithm === algorithm);
  const [key, another] = fitting;
  if (key !== undefined && another === undefined) return ok(key);
  if (another !== undefined) return fail("credential.key_id"); // it has to say which
  if (named.length > 0 && id !== null) return fail("credential.algorithm");
  issuer.unknownKey();
  return fail("credential.key_unknown");
}
