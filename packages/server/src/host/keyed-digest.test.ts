import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { keyedDigest } from "./keyed-digest.ts";

function plain(key: Uint8Array, content: string | Uint8Array): string {
  return `hmac-sha256:${createHmac("sha256", key).update(content).digest("hex")}`;
}

test("is the HMAC that the platform makes, of texts and of bytes, whatever came before", () => {
  const key = fc.uint8Array({ minLength: 0, maxLength: 70 });
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const long = fc.tuple(text, fc.nat(5_000)).map(([part, times]) => part.repeat(times % 80));
  const content = fc.oneof(text, long, fc.uint8Array({ maxLength: 400 }));
  fc.assert(
    fc.property(key, content, (secret, of) => {
      expect(keyedDigest(secret, of)).toBe(plain(secret, of));
    }),
    { numRuns: 500 },
  );
});

test.each([4_095, 4_096, 4_097, 12_287, 12_288, 12_289, 100_000])("of %i characters", (length) => {
  const key = new Uint8Array(32).fill(7);
  for (const content of ["é".repeat(length), "\ud800".repeat(length), new Uint8Array(length)])
    expect(keyedDigest(key, content)).toBe(plain(key, content));
});
