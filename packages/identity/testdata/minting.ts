import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";

/** Everything a token is made of, in the hands of whoever makes one: bytes, not objects. */
export function compact(header: unknown, payload: unknown, key: KeyObject | null): string {
  return compactOf(JSON.stringify(header), JSON.stringify(payload), key);
}

export function compactOf(header: string, payload: string, key: KeyObject | null): string {
  const input = `${b64(header)}.${b64(payload)}`;
  if (key === null) return `${input}.`;
  const ec = key.asymmetricKeyType === "ec";
  const signature = ec
    ? sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" })
    : sign(null, Buffer.from(input), key);
  return `${input}.${signature.toString("base64url")}`;
}

export function b64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}

export function newId(): string {
  return randomBytes(12).toString("base64url");
}

/** RFC 7638, spelled out so that it does not rest on the library under test. */
export function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: "jwk" });
  const members = y === undefined ? { crv, kty, x } : { crv, kty, x, y };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

export function publicJwk(key: KeyObject, kid?: string): Record<string, unknown> {
  const { d: _, ...half } = key.export({ format: "jwk" });
  return kid === undefined ? half : { ...half, kid };
}

export interface Target {
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
}

/** A DPoP proof; what is given replaces what a proper one has, and `undefined` takes it out. */
export function proofOf(
  key: KeyObject,
  token: string,
  { method, url }: Target,
  now: number,
  header: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
  signer: KeyObject = key,
): string {
  const alg = key.asymmetricKeyType === "ec" ? "ES256" : "EdDSA";
  return compact(
    { typ: "dpop+jwt", alg, jwk: publicJwk(key), ...header },
    {
      jti: newId(),
      htm: method,
      htu: url,
      iat: now,
      ath: createHash("sha256").update(token).digest("base64url"),
      ...claims,
    },
    signer,
  );
}
