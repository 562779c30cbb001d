import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  isSignedBy,
  isStrong,
  keyId,
  newSealedKey,
  readPublicKey,
  type SealedKey,
  signWithSealed,
} from "./sealed-key.ts";
import { bodyDigest, type Statement, statementText } from "./statement.ts";

const PASSPHRASE = "over the hills and far away";

let key: SealedKey;
let signature: string;
beforeAll(async () => {
  key = await newSealedKey(PASSPHRASE);
  signature = (await signWithSealed(key, PASSPHRASE, "text")) ?? "";
});

describe("a sealed key", () => {
  it("signs with its passphrase", () => {
    expect(isSignedBy(key.publicKey, "text", signature)).toBe(true);
    expect(isSignedBy(key.publicKey, "texu", signature)).toBe(false);
  });

  it("signs nothing with another one", async () => {
    expect(await signWithSealed(key, `${PASSPHRASE} `, "text")).toBeNull();
  });

  it("is opened by the same passphrase in another spelling of its accents", async () => {
    const composed = await newSealedKey("caf\u00e9 au lait, bien s\u00fbr");
    expect(
      await signWithSealed(composed, "cafe\u0301 au lait, bien su\u0302r", "t"),
    ).not.toBeNull();
  });

  it.each<[string, (sealed: SealedKey) => SealedKey]>([
    ["its public half replaced", (one) => ({ ...one, publicKey: other.publicKey })],
    ["another salt", (one) => ({ ...one, salt: other.salt })],
    ["another nonce", (one) => ({ ...one, nonce: other.nonce })],
    ["nothing sealed in it", (one) => ({ ...one, sealed: "" })],
    ["a cheaper guess", (one) => ({ ...one, scrypt: { n: 2, r: 8, p: 1 } })],
    ["a cost that takes all memory", (one) => ({ ...one, scrypt: { n: 2 ** 30, r: 8, p: 1 } })],
  ])("is worth nothing with %s", async (_, spoil) => {
    expect(await signWithSealed(spoil(key), PASSPHRASE, "text")).toBeNull();
  });

  it("does not hold its secret in the clear", () => {
    const opened = JSON.stringify(key);
    expect(opened).not.toContain("PRIVATE");
    // The fixed beginning of an Ed25519 key in PKCS#8.
    const bytes = Buffer.from(key.sealed, "base64").toString("hex");
    expect(bytes).not.toContain("302e020100300506032b6570");
  });

  it("is known by an id that follows from its public half", () => {
    expect(keyId(key.publicKey)).toMatch(/^fac_[A-Za-z0-9_-]{16}$/);
    expect(keyId(key.publicKey)).not.toBe(keyId(other.publicKey));
  });
});

let other: SealedKey;
beforeAll(async () => {
  other = await newSealedKey(PASSPHRASE);
});

describe("a public key", () => {
  it.each([
    ["nothing", ""],
    ["no key", "AAAA"],
    ["white space", " MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="],
    ["a key for something else", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAA=="],
  ])("is not %s", (_, text) => {
    expect(readPublicKey(text)).toBeNull();
    expect(isSignedBy(text, "text", signature)).toBe(false);
  });

  it("takes no other spelling of a signature", () => {
    expect(isSignedBy(key.publicKey, "text", `${signature}=`)).toBe(false);
    expect(isSignedBy(key.publicKey, "text", signature.slice(0, -2))).toBe(false);
    expect(isSignedBy(key.publicKey, "text", "")).toBe(false);
  });
});

describe("a statement", () => {
  const statement: Statement = {
    v: 1,
    gateway: "bylaw.example/log",
    person: "dana",
    request: "POST /approvals/apr_1/votes",
    body: bodyDigest({ as: "dana", verdict: "approve" }),
    covers: [`apr_1 hmac-sha256:${"0".repeat(64)}`],
    nonce: "nonce",
    expires: "2026-02-03T09:05:00.000Z",
  };

  it("has one text, whatever the order of its members", () => {
    const reordered = Object.fromEntries(Object.entries(statement).reverse());
    expect(statementText(reordered as unknown as Statement)).toBe(statementText(statement));
  });

  it("with any character of any field changed is another one, and its signature is worth nothing", async () => {
    const signed = (await signWithSealed(key, PASSPHRASE, statementText(statement))) ?? "";
    expect(isSignedBy(key.publicKey, statementText(statement), signed)).toBe(true);
    const fields = Object.keys(statement).filter((field) => field !== "v" && field !== "covers");
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.nat(),
        fc.integer({ min: 1, max: 0x7f }),
        (field, at, by) => {
          const text = String(statement[field as keyof Statement]);
          const where = at % text.length;
          const changed =
            text.slice(0, where) +
            String.fromCharCode(text.charCodeAt(where) ^ by) +
            text.slice(where + 1);
          const spoilt = { ...statement, [field]: changed };
          return !isSignedBy(key.publicKey, statementText(spoilt), signed);
        },
      ),
    );
    for (const covers of [[], [...statement.covers, "x"], ["apr_2 x"]])
      expect(isSignedBy(key.publicKey, statementText({ ...statement, covers }), signed)).toBe(
        false,
      );
  });
});

describe("a passphrase", () => {
  it.each([
    ["over the hills", true],
    ["short", false],
    ["aaaaaaaaaaaaaaaaaaaa", false],
    ["ababababababababab", false],
    ["x".repeat(2_000), false],
    ["", false],
  ])("%j is strong: %s", (passphrase, strong) => {
    expect(isStrong(passphrase)).toBe(strong);
  });
});
