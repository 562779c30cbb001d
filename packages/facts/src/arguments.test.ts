import type { JsonObject } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argumentFacts } from "./arguments.ts";
import { memoryOps } from "./memory-ops.ts";

const ops = memoryOps();
const facts = (args: JsonObject, ...paths: readonly string[]) => {
  const { digest: _, ...rest } = argumentFacts(args, new Set(paths), ops);
  return structuredClone(rest);
};

describe("argument facts", () => {
  test("leaves by type and path", () => {
    const args = {
      filter: { env: "prod", limit: 5 },
      ids: ["b", "a", "b"],
      rows: [{ id: 1 }, { id: 2 }],
      flag: true,
      none: null,
    };
    expect(facts(args, "*")).toEqual({
      text: { "filter.env": "prod" },
      number: { "filter.limit": 5 },
      list: {
        "filter.env": ["prod"],
        "filter.limit": ["5"],
        flag: ["true"],
        ids: ["a", "b"],
        none: ["null"],
        "rows.id": ["1", "2"],
      },
      complete: true,
    });
    expect(facts(args, "filter.env", "rows.id", "missing.path")).toEqual({
      text: { "filter.env": "prod" },
      number: {},
      list: { "filter.env": ["prod"], "rows.id": ["1", "2"] },
      complete: true,
    });
  });

  test("only what a policy reads counts as left out", () => {
    const args = { read: 1, unread: "x".repeat(100_000) };
    expect(facts(args, "read").complete).toBe(true);
    expect(facts(args, "unread")).toEqual({ text: {}, number: {}, list: {}, complete: false });
    expect(facts(args, "*").complete).toBe(false);
  });

  test("a number that is no safe integer is no number", () => {
    expect(facts({ n: 1.5 }, "n")).toEqual({
      text: {},
      number: {},
      list: { n: ["1.5"] },
      complete: false,
    });
  });

  test("two places that spell one path are neither text nor number", () => {
    for (const paths of [["a.b"], ["*"]])
      expect(facts({ "a.b": "dev", a: { b: "prod" } }, ...paths)).toEqual({
        text: {},
        number: {},
        list: { "a.b": ["dev", "prod"] },
        complete: false,
      });
    expect(facts({ "a.b": "dev" }, "a.b")).toMatchObject({
      text: { "a.b": "dev" },
      complete: true,
    });
  });

  test("an element of an array never stands alone", () => {
    expect(facts({ ids: ["a"] }, "ids")).toEqual({
      text: {},
      number: {},
      list: { ids: ["a"] },
      complete: true,
    });
  });

  test("bounded, and honest about it", () => {
    const long = { ids: Array.from({ length: 200_000 }, (_, at) => at) };
    for (const paths of [["ids"], ["*"]]) {
      const found = facts(long, ...paths);
      expect(found.complete).toBe(false);
      expect(found.list["ids"]?.length).toBeLessThanOrEqual(1_000);
    }
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, at]));
    expect(facts(wide, "*").complete).toBe(false);
  });

  test("names of an object's own machinery are ordinary keys", () => {
    expect(facts({ constructor: "x" }, "constructor", "toString", "hasOwnProperty")).toEqual({
      text: { constructor: "x" },
      number: {},
      list: { constructor: ["x"] },
      complete: true,
    });
  });

  test("the digest is of the value, not of its spelling", () => {
    const digest = (args: JsonObject): string => argumentFacts(args, new Set(), ops).digest;
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest({ a: 1 })).not.toBe(digest({ a: "1" }));
    expect(digest({ a: 1 })).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
  });

  test("every leaf is there or missed", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const found = argumentFacts(value as JsonObject, new Set(["*"]), ops);
        for (const texts of [found.text, found.number])
          for (const key of Object.keys(texts)) expect(Object.hasOwn(found.list, key)).toBe(true);
        expect(typeof found.complete).toBe("boolean");
      }),
    );
  });
});
