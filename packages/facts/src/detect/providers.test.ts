import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contains } from "./alphabets.ts";
import { base62, crc32 } from "./crc32.ts";
import { anchorOf, type Format } from "./format.ts";
import { github } from "./secrets/github.ts";
import { PROVIDERS } from "./secrets/index.ts";
import { npm } from "./secrets/npm.ts";
import { secretScanner } from "./secrets.ts";
import { tokenOf } from "./testdata/samples.ts";

const scan = secretScanner();
const formats = PROVIDERS.flatMap(({ id, formats }) =>
  formats.map((format): [string, Format] => [
    `${id} ${JSON.stringify(format[0]).slice(0, 40)}`,
    format,
  ]),
);

/** Where tokens stand; `@` is the token. */
const PLACES = [
  "@",
  "see @ there",
  '{"value":"@"}',
  "A=@\n",
  "line\\n@\\nline",
  "x%3D@%0A",
  "(@)",
  "`@`",
];

describe("every issuer's form", () => {
  test("has an id, a title and a shape of its own", () => {
    expect(PROVIDERS.length).toBeGreaterThan(100);
    expect(new Set(PROVIDERS.map(({ id }) => id)).size).toBe(PROVIDERS.length);
    for (const { id, title, formats } of PROVIDERS) {
      expect(id).toMatch(/^secret\.[a-z0-9-]+$/);
      expect(title).not.toBe("");
      expect(formats.length).toBeGreaterThan(0);
    }
  });

  test.each(formats)("%s is matched without going back", (_, format) => {
    expect(() => anchorOf(format)).not.toThrow();
    format.forEach((part, at) => {
      const next = format[at + 1];
      if (typeof part === "string" || next === undefined || part.min === part.max) return;
      expect(typeof next).toBe("string");
      expect(contains(part.of, (typeof next === "string" ? next : "").charCodeAt(0))).toBe(false);
    });
  });

  test.each(formats)("%s is found whole wherever it stands", (_, format) => {
    fc.assert(
      fc.property(tokenOf(format), fc.constantFrom(...PLACES), (token, place) => {
        const start = place.indexOf("@");
        const findings = scan(place.replace("@", () => token));
        const whole = (end: number): boolean => end >= start + token.length;
        expect(findings.some((found) => found.start <= start && whole(found.end))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test.each(formats)("%s is no part of a longer word", (_, format) => {
    const scanned = secretScanner(PROVIDERS.filter(({ formats }) => formats.includes(format)));
    fc.assert(
      fc.property(tokenOf(format), (token) => {
        const longer = `9${token}`;
        const own = scanned(longer).filter(
          ({ start, end }) => start === 1 && end === longer.length,
        );
        expect(own).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});

describe("a checksum", () => {
  test("is the one that is known for its input", () => {
    // The check value of CRC-32/ISO-HDLC.
    expect(crc32("123456789")).toBe(0xcbf43926);
    expect(base62(crc32("123456789"))).toHaveLength(6);
  });

  test.each([github, npm])("$id: one that fits outweighs a word inside", (rule) => {
    const prefix = rule.id === "secret.npm" ? "npm_" : "ghp_";
    const body = `placeholder${"a1B2c3D4e5F6g7H8i9J"}`;
    const token = prefix + body + base62(crc32(body));
    expect(scan(token).map((found) => found.rule)).toEqual([rule.id]);
    expect(scan(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`)).toEqual([]);
  });
});
