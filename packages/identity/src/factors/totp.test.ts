import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base32, matchTotp, newTotpSecret, totpCode, totpStep, totpUri } from "./totp.ts";

/** The shared secret of RFC 6238, appendix B. */
const SECRET = Buffer.from("12345678901234567890");

describe("a time-based code", () => {
  it.each([
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ])("is RFC 6238's at %i seconds", (seconds, code) => {
    expect(totpCode(SECRET, totpStep(seconds * 1_000))).toBe(code);
  });

  it("is good for its step and for one on either side, and names the step", () => {
    const now = 1_111_111_109_000;
    const step = totpStep(now);
    for (const skew of [-1, 0, 1])
      expect(matchTotp(SECRET, totpCode(SECRET, step + skew), now)).toBe(step + skew);
    for (const skew of [-2, 2])
      expect(matchTotp(SECRET, totpCode(SECRET, step + skew), now)).toBeNull();
  });

  it.each(["", "28708", "2870820", "28708a", "２８７０８２"])("is not %j", (code) => {
    expect(matchTotp(SECRET, code, 59_000)).toBeNull();
  });
});

describe("a secret as people type it", () => {
  it.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("is RFC 4648's for %j", (text, wanted) => {
    expect(base32(Buffer.from(text))).toBe(wanted);
  });

  it("stands in an address that apps read", () => {
    expect(totpUri(SECRET, "maria", "Bylaw log:1")).toBe(
      "otpauth://totp/Bylaw%20log%3A1:maria?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bylaw%20log%3A1&algorithm=SHA1&digits=6&period=30",
    );
  });

  it("has 160 bits, never the same", () => {
    fc.assert(
      fc.property(fc.constant(null), () => {
        const secret = newTotpSecret();
        return secret.length === 20 && !secret.equals(newTotpSecret());
      }),
      { numRuns: 20 },
    );
  });
});
