import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WORLD } from "../testdata/fixture.ts";
import { readGraphql } from "./graphql.ts";
import { graphqlRequest } from "./graphql-request.ts";
import { operationsAt, readApiDocument } from "./openapi.ts";
import { readUrl, urlEffects } from "./url.ts";

const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 300);
const TIMEOUT_MS = 30_000 + numRuns * 20;

const PIECES = [
  ...'{}()[]:$@!=|&,"#\\ \n',
  "...",
  '"""',
  "query",
  "mutation",
  "subscription",
  "fragment",
  " on ",
  " F ",
  " a ",
  "b",
  "0",
  "-1.5e3",
  "\u0000",
  "\ud800",
  "type T { a: Int }",
] as const;
const nearly = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => all.join(""));
const document = fc.oneof(nearly, fc.string({ maxLength: 60 }), fc.string({ unit: "binary" }));

/** The grammar's own words, so that every text is a document. */
const field: fc.Arbitrary<string> = fc.letrec<{ field: string }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "x: a", 'a(t: "}")', "a @on(if: $v)", "query"),
    fc.array(tie("field"), { minLength: 1, maxLength: 3 }).map((all) => `a { ${all.join(" ")} }`),
    fc.array(tie("field"), { minLength: 1, maxLength: 3 }).map((all) => `... { ${all.join(" ")} }`),
  ),
})).field;

describe("any text", () => {
  it(
    "as GraphQL is read or refused",
    () => {
      fc.assert(
        fc.property(document, (text) => {
          const found = readGraphql(text);
          expect(found === null || found.length > 0).toBe(true);
          expect(found?.every(({ fields }) => fields.length > 0) ?? true).toBe(true);
          graphqlRequest(text);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "with something wrong in it never becomes harmless",
    () => {
      fc.assert(
        fc.property(field, fc.constantFrom("}", "{", ")", '"', "...", "$", "\\"), (body, wrong) => {
          expect(readGraphql(`mutation { ${body} }`)?.[0]?.kind).toBe("mutation");
          expect(
            readGraphql(`{ a } mutation { ${body} }`)?.some(({ kind }) => kind === "mutation"),
          ).toBe(true);
          expect(readGraphql(`mutation { ${body} } ${wrong}`)).toBeNull();
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "as an OpenAPI document is read or refused",
    () => {
      const pieces = fc.constantFrom(
        "openapi: 3.0.0\n",
        "paths:\n",
        "  /a/{b}:\n",
        "    get: {}\n",
        "{",
        "&a",
        "*a",
        "\t",
        "- ",
        "servers: [{url: '%'}]\n",
      );
      const text = fc.oneof(
        fc.array(pieces, { maxLength: 12 }).map((all) => all.join("")),
        fc.string(),
        fc.json(),
      );
      fc.assert(
        fc.property(text, fc.webUrl(), (given, address) => {
          const found = readApiDocument(given);
          if (found.ok) operationsAt(found.value, new URL(address), "GET");
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "as an address has one reading or none",
    () => {
      const text = fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.webUrl().chain((url) => fc.string({ maxLength: 4 }).map((tail) => url + tail)),
      );
      fc.assert(
        fc.property(
          text,
          fc.constantFrom("GET", "POST", "delete", "x", null),
          (address, method) => {
            const effects = urlEffects(address, method, "parsed", WORLD);
            expect(effects === null).toBe(readUrl(address) === null);
            if (effects !== null) expect(effects[0]?.action).toBe("connect");
          },
        ),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );
});
