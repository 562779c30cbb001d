import { isObject, type JsonObject } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findingsOf } from "./arguments.ts";
import { SCAN_FINDINGS_MAX, SCAN_UNITS_MAX } from "./limits.ts";
import { isDetector, redactJson } from "./redact.ts";
import { PROVIDERS } from "./secrets/index.ts";
import { tokenOf } from "./testdata/samples.ts";

const R = "q7Zk2MvX9bLw4TnPc8Rd";
const token = fc
  .constantFrom(...PROVIDERS.flatMap(({ formats }) => formats))
  .chain(tokenOf)
  .filter((text) => text.length >= 20);

describe("redaction", () => {
  test("takes secrets out of texts, names and nested values, and leaves the rest as it is", () => {
    const kept = { deep: ["text", 1, null, { same: true }] };
    const value = {
      env: `A=1\nAPI_KEY=${R}\nB=2`,
      list: [{ password: "hunter2!x" }, "plain"],
      kept,
      [`Authorization: Bearer ${R}`]: 1,
    };
    expect(redactJson(value, ["secrets"])).toEqual({
      env: "A=1\nAPI_KEY=[redacted: secret.assigned-key]\nB=2",
      list: [{ password: "[redacted: secret.assigned-password]" }, "plain"],
      kept,
      "Authorization: Bearer [redacted: secret.authorization]": 1,
    });
    expect(redactJson(value, ["secrets"])?.["kept"]).toBe(kept);
  });

  test("gives back the very same value where nothing is found", () => {
    const value = { text: "nothing to see", list: [1, { a: "b" }] };
    expect(redactJson(value, ["secrets", "personal"])).toBe(value);
  });

  test("keeps names apart that become the same", () => {
    const redacted = redactJson({ [`API_KEY=${R}`]: 1, [`API_KEY=${R}x9`]: 2 }, ["secret"]);
    expect(Object.values(redacted ?? {})).toEqual([1, 2]);
    expect(JSON.stringify(redacted)).not.toContain(R);
  });

  test.each(["secrets", "secret", "personal", "personal.iban", "email", "github", "hidden"])(
    "knows %s",
    (name) => expect(isDetector(name)).toBe(true),
  );

  test("a name takes what it stands for and no more", () => {
    const value = { text: `jane@mail.company.de API_KEY=${R}` };
    expect(redactJson(value, ["email"])).toEqual({
      text: `[redacted: personal.email] API_KEY=${R}`,
    });
    expect(redactJson(value, ["personal"])).toBe(value);
  });

  test("an unknown name, or a text that is not looked at whole, passes nothing on", () => {
    expect(isDetector("nonesuch")).toBe(false);
    expect(redactJson({ a: "b" }, ["secrets", "nonesuch"])).toBeNull();
    const many = `API_KEY=${R}\n`.repeat(SCAN_FINDINGS_MAX + 1);
    expect(redactJson({ many }, ["secrets"])).toBeNull();
    let deep: JsonObject = {};
    for (let depth = 0; depth < 600; depth += 1) deep = { deep };
    expect(redactJson(deep, ["secrets"])).toBeNull();
  });

  test("nothing of six characters of a token is left, wherever it stands", () => {
    fc.assert(
      fc.property(token, fc.nat(3), fc.string(), (secret, place, around) => {
        const inside = [`${around} ${secret} x`, `"${secret}"`, `a\\n${secret}\\n`, `%3D${secret}`];
        const redacted = redactJson({ text: inside[place] ?? "" }, ["secrets"]);
        const text = isObject(redacted) ? JSON.stringify(redacted["text"]) : "";
        // A prefix is public; what follows it is the secret.
        const tail = secret.slice(-8);
        expect(text).not.toContain(tail);
      }),
      { numRuns: 500 },
    );
  });

  test("a secret beyond the first window is found", () => {
    const text = `${"word ".repeat(SCAN_UNITS_MAX / 5)}\nAPI_KEY=${R}\n`;
    expect(JSON.stringify(redactJson({ text }, ["secrets"]))).not.toContain(R);
  });
});

describe("arguments", () => {
  test.each<[JsonObject, readonly string[]]>([
    [{ path: "a.txt", content: "hello" }, []],
    [{ content: `API_KEY=${R}` }, ["secret.in-payload"]],
    [{ api_key: R }, ["secret.in-payload"]],
    [{ headers: [{ Authorization: `Bearer ${R}` }] }, ["secret.in-payload"]],
    [{ [`API_KEY=${R}`]: 1 }, ["secret.in-payload"]],
    [{ value: `"${R}9sQ1"` }, []],
  ])("%j holds %j", (args, findings) => {
    expect(findingsOf(args)).toEqual(findings);
  });
});
