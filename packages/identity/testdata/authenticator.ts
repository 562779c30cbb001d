import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { Assertion, Registration } from "../src/factors/passkey.ts";

/** What a test may get wrong; everything else is as an authenticator and a browser would do it. */
export interface Slip {
  readonly origin?: string;
  readonly domain?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly crossOrigin?: boolean;
  readonly flags?: number;
  readonly count?: number;
  readonly key?: KeyObject;
}

/** An authenticator with a browser in front of it, in a few lines. */
export interface Authenticator {
  readonly id: string;
  readonly publicKey: string;
  make(challenge: string, slip?: Slip): Registration;
  get(challenge: string, slip?: Slip): Assertion;
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

export function createAuthenticator(
  origin: string,
  kind: "ec" | "ed25519" = "ec",
): Authenticator {
  const { publicKey, privateKey } =
    kind === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("ed25519");
  const id = randomBytes(32);
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = (text: string): Buffer => Buffer.from(text, "base64url");
  const hex = (text: string): Buffer => Buffer.from(text, "hex");
  const cose =
    kind === "ec"
      ? Buffer.concat([hex("a5010203262001215820"), point(x), hex("225820"), point(y)])
      : Buffer.concat([hex("a4010103272006215820"), point(x)]);
  let count = 0;

  function header(flags: number, slip: Slip): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(slip.count ?? count);
    const domain = slip.domain ?? new URL(origin).hostname;
    return Buffer.concat([sha256(domain), Buffer.from([slip.flags ?? flags]), counter]);
  }
  function client(type: string, challenge: string, slip: Slip): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: slip.type ?? type,
        challenge: slip.challenge ?? challenge,
        origin: slip.origin ?? origin,
        crossOrigin: slip.crossOrigin ?? false,
      }),
    );
  }
  return {
    id: id.toString("base64url"),
    publicKey: spki,
    make(challenge, slip = {}) {
      const length = Buffer.from([0, id.length]);
      const data = Buffer.concat([header(0x45, slip), Buffer.alloc(16), length, id, cose]);
      return {
        id: id.toString("base64url"),
        publicKey: spki,
        authenticatorData: data.toString("base64url"),
        clientData: client("webauthn.create", challenge, slip).toString("base64url"),
      };
    },
    get(challenge, slip = {}) {
      count += 1;
      const data = header(0x05, slip);
      const said = client("webauthn.get", challenge, slip);
      const text = Buffer.concat([data, sha256(said)]);
      const signature = sign(kind === "ec" ? "sha256" : null, text, slip.key ?? privateKey);
      return {
        authenticatorData: data.toString("base64url"),
        clientData: said.toString("base64url"),
        signature: signature.toString("base64url"),
      };
    },
  };
}
