import { createHash, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { isObject, type JsonObject, parseStrict } from "@bylaw/core";

/** Where passkeys are asked for: the origin of the page, and the domain that they belong to. */
export interface PasskeyPlace {
  /** As browsers spell it, such as `https://bylaw.example.com`. */
  readonly origin: string;
  /** Host name of the origin (WebAuthn's RP ID). */
  readonly domain: string;
}

/** A passkey as it is kept: nothing of it is secret. */
export interface Passkey {
  readonly domain: string;
  /** Credential id, base64url. */
  readonly id: string;
  /** SPKI, base64: a P-256 or an Ed25519 key. */
  readonly publicKey: string;
}

/** What a browser answers to a challenge; all base64url. */
export interface Assertion {
  readonly authenticatorData: string;
  readonly clientData: string;
  readonly signature: string;
}

/** What a browser answers when a passkey is made; base64url but for the key, which is base64 SPKI. */
export interface Registration {
  readonly id: string;
  readonly publicKey: string;
  readonly authenticatorData: string;
  readonly clientData: string;
}

const HASH_BYTES = 32;
/** Hash of the domain, flags, counter (WebAuthn 6.1). */
const HEADER_BYTES = 37;
const AAGUID_BYTES = 16;
/** Somebody was there, it was the person (a fingerprint, a PIN), and a new credential follows. */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const ATTESTED = 0x40;
const CREDENTIAL_ID_MAX = 1_023;

/** The challenge under which a text is signed by a passkey, base64url. */
export function passkeyChallenge(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/**
 * Whether a passkey signed exactly this challenge at this place, with its person verified. Out: the
 * signature counter, 0 where the authenticator has none; null where it did not.
 */
export function checkAssertion(
  passkey: Passkey,
  place: PasskeyPlace,
  challenge: string,
  { authenticatorData, clientData, signature }: Assertion,
): number | null {
  const data = decoded(authenticatorData);
  const client = decoded(clientData);
  const signed = decoded(signature);
  const key = passkeyKey(passkey.publicKey);
  if (data === null || client === null || signed === null || key === null) return null;
  // An assertion has no attested data; extensions may follow the header.
  if (passkey.domain !== place.domain || !isOf(data, place.domain)) return null;
  if (!saysSo(client, "webauthn.get", challenge, place.origin)) return null;
  const text = Buffer.concat([data, createHash("sha256").update(client).digest()]);
  const hash = key.asymmetricKeyType === "ec" ? "sha256" : null;
  return verify(hash, text, key, signed) ? data.readUInt32BE(HASH_BYTES + 1) : null;
}

/** The passkey that a browser has made for exactly this challenge; null where it did not. */
export function readRegistration(
  place: PasskeyPlace,
  challenge: string,
  { id, publicKey, authenticatorData, clientData }: Registration,
): Passkey | null {
  const data = decoded(authenticatorData);
  const client = decoded(clientData);
  const credential = decoded(id);
  const key = passkeyKey(publicKey);
  if (data === null || client === null || credential === null || key === null) return null;
  if (!isOf(data, place.domain) || ((data[HASH_BYTES] ?? 0) & ATTESTED) === 0) return null;
  if (!saysSo(client, "webauthn.create", challenge, place.origin)) return null;
  if (credential.length === 0 || credential.length > CREDENTIAL_ID_MAX) return null;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(credential.length);
  // The key that the browser names must be the one that the authenticator made, byte by byte.
  const expected = Buffer.concat([length, credential, coseOf(key)]);
  const at = HEADER_BYTES + AAGUID_BYTES;
  if (!data.subarray(at, at + expected.length).equals(expected)) return null;
  return { domain: place.domain, id, publicKey };
}

function decoded(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}

/** Made for this domain, with a person there who was verified. */
function isOf(data: Buffer, domain: string): boolean {
  if (data.length < HEADER_BYTES) return false;
  const hash = createHash("sha256").update(domain).digest();
  const flags = data[HASH_BYTES] ?? 0;
  return (
    timingSafeEqual(data.subarray(0, HASH_BYTES), hash) &&
    (flags & PRESENT) !== 0 &&
    (flags & VERIFIED) !== 0
  );
}

/** What the browser says that it asked for. */
function saysSo(client: Buffer, type: string, challenge: string, origin: string): boolean {
  const parsed = parseStrict(client.toString("utf8"));
  const said: JsonObject = parsed.ok && isObject(parsed.value) ? parsed.value : {};
  return (
    said["type"] === type &&
    said["challenge"] === challenge &&
    said["origin"] === origin &&
    said["crossOrigin"] !== true
  );
}

/** A P-256 or Ed25519 key in its one form; null for anything else. */
function passkeyKey(text: string): KeyObject | null {
  try {
    const der = Buffer.from(text, "base64");
    const key = createPublicKey({ key: der, type: "spki", format: "der" });
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    const known = type === "ed25519" || (type === "ec" && details?.namedCurve === "prime256v1");
    const again = key.export({ type: "spki", format: "der" });
    return known && again.toString("base64") === text ? key : null;
  } catch {
    return null;
  }
}

/** The key as authenticators write it: CTAP2 fixes every byte of the CBOR (RFC 9052, COSE_Key). */
function coseOf(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
  return key.asymmetricKeyType === "ec"
    ? Buffer.concat([
        Buffer.from("a5010203262001215820", "hex"),
        bytes(x),
        Buffer.from("225820", "hex"),
        bytes(y),
      ])
    : Buffer.concat([Buffer.from("a4010103272006215820", "hex"), bytes(x)]);
}
