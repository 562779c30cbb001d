import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import type { JsonObject } from "@bylaw/core";
import type { PassportGiven } from "./scenario.ts";

/** What a request carries to say who makes it. */
export interface Credential {
  /** The same for requests of one session. */
  readonly key: string;
  /** Headers of one request; a passport that is bound to a key has a proof for each. */
  headers(method: string, url: string): Readonly<Record<string, string>>;
}

/** A credential that is a header and nothing else. */
export function plainCredential(authorization: string): Credential {
  return { key: authorization, headers: () => ({ authorization }) };
}

/** Somebody who signs passports: an issuer of the scenario, or a stranger. */
export interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

export function newSigner(name: string): Signer {
  return { name, key: generateKeyPairSync("ed25519").privateKey };
}

/** The `iss` of an issuer, and the `aud` that all of them have for this gateway. */
export const issuerOf = (name: string): string => `https://${name}.example`;
export const AUDIENCE = "https://bylaw.example";

/** Public keys of an issuer, as its key file has them. */
export function keySetOf({ name, key }: Signer): JsonObject {
  return { keys: [{ ...publicJwk(key), kid: name }] };
}

const LIFETIME_SECONDS = 600;
const MS = 1_000;
/** Seconds; a proof of that age is too old for everybody. */
const OLD_SECONDS = 3_600;

/**
 * A passport of an issuer for an agent, with what the scenario says is wrong with it.
 * In: milliseconds since the epoch, and the thumbprint of the key that it is bound to, or null.
 */
export function mintPassport(
  issuer: Signer,
  agent: string,
  { claims = {}, signed = "issuer" }: PassportGiven,
  now: number,
  thumbprint: string | null,
): string {
  const seconds = Math.floor(now / MS);
  const proper: JsonObject = {
    iss: issuerOf(issuer.name),
    aud: AUDIENCE,
    sub: agent,
    iat: seconds,
    exp: seconds + LIFETIME_SECONDS,
    jti: randomId(),
    ...(thumbprint === null ? {} : { cnf: { jkt: thumbprint } }),
  };
  const body = Object.fromEntries(
    Object.entries({ ...proper, ...claims }).filter(([, value]) => value !== null),
  );
  const head = { typ: "at+jwt", kid: issuer.name };
  switch (signed) {
    case "issuer":
      return compact({ ...head, alg: "EdDSA" }, body, (input) => sign(null, input, issuer.key));
    case "stranger":
      return compact({ ...head, alg: "EdDSA" }, body, (input) =>
        sign(null, input, newSigner("stranger").key),
      );
    case "public-key": {
      const known = createPublicKey(issuer.key).export({ type: "spki", format: "pem" });
      const secret = Buffer.from(known);
      return compact({ ...head, alg: "HS256" }, body, (input) =>
        createHmac("sha256", secret).update(input).digest(),
      );
    }
    case "nobody":
      return compact({ ...head, alg: "none" }, body, () => Buffer.alloc(0));
  }
}

/** A key that only the holder of a passport has. */
export interface Holder {
  readonly thumbprint: string;
  /** The passport as it is presented: with a proof for every request, or what stands in its place. */
  present(passport: string, how: Presented): Credential;
}

export interface Presented {
  readonly proof: NonNullable<PassportGiven["proof"]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function newHolder(): Holder {
  const own = newSigner("holder").key;
  const proofOf = (
    passport: string,
    { proof, now }: Presented,
    method: string,
    url: string,
  ): string => {
    const key = proof === "stranger" ? newSigner("stranger").key : own;
    const seconds = Math.floor(now() / MS);
    const claims = {
      jti: randomId(),
      htm: method,
      htu: proof === "other-request" ? `${url}/elsewhere` : url,
      iat: proof === "old" ? seconds - OLD_SECONDS : seconds,
      ath: digest(passport),
    };
    const head = { typ: "dpop+jwt", alg: "EdDSA", jwk: publicJwk(key) as JsonObject };
    return compact(head, claims, (input) => sign(null, input, key));
  };
  return {
    thumbprint: thumbprintOf(own),
    present: (passport, how) => ({
      key: passport,
      headers: (method, url) =>
        how.proof === "none"
          ? { authorization: `Bearer ${passport}` }
          : { authorization: `DPoP ${passport}`, dpop: proofOf(passport, how, method, url) },
    }),
  };
}

/** A credential whose requests carry, from `replay` on, what the last one to the same address carried. */
export function replayable(credential: Credential): Credential & { replay(): void } {
  const last = new Map<string, Readonly<Record<string, string>>>();
  let again = false;
  return {
    key: credential.key,
    headers: (method, url) => {
      const known = again ? last.get(url) : undefined;
      const headers = known ?? credential.headers(method, url);
      last.set(url, headers);
      return headers;
    },
    replay: () => {
      again = true;
    },
  };
}

function compact(
  header: JsonObject,
  claims: JsonObject,
  signed: (input: Buffer) => Buffer,
): string {
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${input}.${signed(Buffer.from(input)).toString("base64url")}`;
}

function publicJwk(key: KeyObject): JsonWebKey {
  return createPublicKey(key).export({ format: "jwk" });
}

/** RFC 7638. */
function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x } = publicJwk(key);
  return digest(JSON.stringify({ crv, kty, x }));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function randomId(): string {
  return randomBytes(12).toString("base64url");
}
