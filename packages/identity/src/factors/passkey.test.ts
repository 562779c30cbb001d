import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuthenticator, type Slip } from "../../testdata/authenticator.ts";
import {
  type Assertion,
  checkAssertion,
  type Passkey,
  passkeyChallenge,
  readRegistration,
} from "./passkey.ts";

const place = { origin: "https://bylaw.example.com", domain: "bylaw.example.com" };
const challenge = passkeyChallenge("statement");

function made(kind: "ec" | "ed25519" = "ec") {
  const device = createAuthenticator(place.origin, kind);
  const passkey = readRegistration(place, challenge, device.make(challenge));
  return { device, passkey: passkey ?? expect.fail("the passkey is read") };
}

describe.each(["ec", "ed25519"] as const)("a passkey with an %s key", (kind) => {
  it("signs its challenge", () => {
    const { device, passkey } = made(kind);
    expect(passkey).toEqual({ domain: place.domain, id: device.id, publicKey: device.publicKey });
    expect(checkAssertion(passkey, place, challenge, device.get(challenge))).toBe(1);
    expect(checkAssertion(passkey, place, challenge, device.get(challenge))).toBe(2);
  });

  it("is worth nothing with any byte changed", () => {
    const { device, passkey } = made(kind);
    const good = device.get(challenge);
    const fields = Object.keys(good) as (keyof Assertion)[];
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (field, at, by) => {
          const bytes = Buffer.from(good[field], "base64url");
          const where = at % bytes.length;
          bytes[where] = (bytes[where] ?? 0) ^ by;
          const spoilt = { ...good, [field]: bytes.toString("base64url") };
          return checkAssertion(passkey, place, challenge, spoilt) === null;
        },
      ),
    );
  });
});

describe("an assertion", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  it.each<[string, Slip]>([
    ["another origin", { origin: "https://bylaw.example.org" }],
    ["another port", { origin: "https://bylaw.example.com:8443" }],
    ["another domain", { domain: "example.com" }],
    ["another challenge", { challenge: passkeyChallenge("other") }],
    ["the making of a passkey", { type: "webauthn.create" }],
    ["a frame of somebody else", { crossOrigin: true }],
    ["nobody there", { flags: 0x04 }],
    ["somebody there who was not verified", { flags: 0x01 }],
    ["another key", { key: other }],
  ])("is refused for %s", (_, slip) => {
    const { device, passkey } = made();
    expect(checkAssertion(passkey, place, challenge, device.get(challenge, slip))).toBeNull();
  });

  it("is refused at another place than the passkey's", () => {
    const { device, passkey } = made();
    const elsewhere: Passkey = { ...passkey, domain: "bylaw.example.org" };
    expect(checkAssertion(elsewhere, place, challenge, device.get(challenge))).toBeNull();
  });

  it.each(["", "AAAA", "=", "not base64url!"])("is refused for %j in any part", (text) => {
    const { device, passkey } = made();
    const good = device.get(challenge);
    for (const field of Object.keys(good))
      expect(checkAssertion(passkey, place, challenge, { ...good, [field]: text })).toBeNull();
  });

  it("is refused where the browser's words have two readings", () => {
    const { device, passkey } = made();
    const text = `{"type":"webauthn.get","type":"webauthn.get","challenge":"${challenge}","origin":"${place.origin}"}`;
    const given = { ...device.get(challenge), clientData: Buffer.from(text).toString("base64url") };
    expect(checkAssertion(passkey, place, challenge, given)).toBeNull();
  });
});

describe("a new passkey", () => {
  const device = createAuthenticator(place.origin);
  it.each<[string, Slip]>([
    ["another origin", { origin: "http://localhost:7119" }],
    ["another domain", { domain: "localhost" }],
    ["another challenge", { challenge: passkeyChallenge("other") }],
    ["an answer", { type: "webauthn.get" }],
    ["nobody verified", { flags: 0x41 }],
    ["no credential in it", { flags: 0x05 }],
  ])("is refused for %s", (_, slip) => {
    expect(readRegistration(place, challenge, device.make(challenge, slip))).toBeNull();
  });

  it("is refused with a key, or an id, that the authenticator did not make", () => {
    const good = device.make(challenge);
    const stranger = createAuthenticator(place.origin);
    const spoilt = [
      { publicKey: stranger.publicKey },
      { id: stranger.id },
      { id: "" },
      { publicKey: "" },
    ];
    for (const one of spoilt)
      expect(readRegistration(place, challenge, { ...good, ...one })).toBeNull();
    expect(readRegistration(place, challenge, good)).not.toBeNull();
  });
});
