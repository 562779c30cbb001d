import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mintPassport, newHolder, newSigner, plainCredential, replayable } from "./passport.ts";

const NOW = 1_772_366_400_000;
const URL_ = "http://127.0.0.1:1/v1/actions";

function partsOf(token: string): readonly Record<string, unknown>[] {
  return token
    .split(".")
    .slice(0, 2)
    .map(
      (part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>,
    );
}

describe("a passport", () => {
  const issuer = newSigner("work");

  it("takes the claims that the scenario changes, and leaves out what it takes out", () => {
    const made = mintPassport(issuer, "coder", { claims: { aud: "x", jti: null } }, NOW, null);
    const [head, claims] = partsOf(made);
    expect(head).toMatchObject({ alg: "EdDSA", kid: "work" });
    expect(claims).toMatchObject({ aud: "x", sub: "coder", iat: NOW / 1_000 });
    expect(claims).not.toHaveProperty("jti");
    expect(claims).not.toHaveProperty("cnf");
  });

  it.each([
    ["nobody", "none"],
    ["public-key", "HS256"],
    ["stranger", "EdDSA"],
  ] as const)("signed by %s says %s", (signed, alg) => {
    expect(partsOf(mintPassport(issuer, "coder", { signed }, NOW, null))[0]).toMatchObject({ alg });
  });
});

describe("a proof", () => {
  const holder = newHolder();
  const proofOf = (
    proof: "good" | "stranger" | "other-request" | "old",
  ): Record<string, unknown> => {
    const { dpop = "" } = holder.present("p", { proof, now: () => NOW }).headers("POST", URL_);
    const [head = {}, claims = {}] = partsOf(dpop);
    const { crv, kty, x } = head["jwk"] as Record<string, unknown>;
    const digest = createHash("sha256").update(JSON.stringify({ crv, kty, x }));
    return { ...claims, own: digest.digest("base64url") === holder.thumbprint };
  };

  it("is of the holder's key, for this request, and new", () => {
    expect(proofOf("good")).toMatchObject({ htm: "POST", htu: URL_, iat: NOW / 1_000, own: true });
  });

  it("is wrong in the one way that the scenario says", () => {
    expect(proofOf("stranger")).toMatchObject({ htu: URL_, own: false });
    expect(proofOf("other-request")).not.toMatchObject({ htu: URL_ });
    expect(proofOf("old")["iat"]).toBeLessThan(NOW / 1_000 - 60);
    const { headers } = holder.present("p", { proof: "none", now: () => NOW });
    expect(headers("POST", URL_)).toEqual({ authorization: "Bearer p" });
  });

  it("is another for each request, until it is played again", () => {
    const credential = replayable(holder.present("p", { proof: "good", now: () => NOW }));
    const first = credential.headers("POST", URL_);
    const second = credential.headers("POST", URL_);
    expect(second).not.toEqual(first);
    credential.replay();
    expect(credential.headers("POST", URL_)).toEqual(second);
    expect(credential.headers("POST", `${URL_}/other`)).not.toEqual(second);
  });
});

it("a plain credential is a header and nothing else", () => {
  expect(plainCredential("Bearer x").headers("POST", URL_)).toEqual({ authorization: "Bearer x" });
});
