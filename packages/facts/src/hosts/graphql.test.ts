import { describe, expect, it } from "vitest";
import { readGraphql } from "./graphql.ts";
import { graphqlRequest } from "./graphql-request.ts";

const said = (text: string): readonly string[] | null =>
  readGraphql(text)?.map(({ kind, fields }) => `${kind} ${fields.join(" ")}`) ?? null;

describe("a GraphQL document", () => {
  it.each<readonly [string, readonly string[]]>([
    ["{ users { id } }", ["query users"]],
    ["query Q($n: [Int!]! = [1]) @cached { users(first: $n) { id } }", ["query users"]],
    ["mutation { deleteUser(id: 7) { ok } }", ["mutation deleteUser"]],
    ["mutation M { harmless: deleteUser(id: 7) { ok } }", ["mutation deleteUser"]],
    ["subscription { seen }", ["subscription seen"]],
    ["query A { a } mutation B { b }", ["query a", "mutation b"]],
    [
      "mutation { ...F } fragment F on Mutation { ...G a } fragment G on Mutation { b }",
      ["mutation a b"],
    ],
    ["mutation { ... on Mutation { a } ... @skip(if: false) { b } }", ["mutation a b"]],
    ['# mutation { x }\nquery { a(text: "mutation { b }") }', ["query a"]],
    ['query { a(text: """ } mutation { "b" } """) c }', ["query a c"]],
    ["query { a(o: {in: [1, -2.5e3, $v, ENUM], x: {y: null}}) }", ["query a"]],
    ["query mutation { mutation }", ["query mutation"]],
    ["{ a } fragment F on T { ...F }", ["query a"]],
  ])("%s", (text, expected) => expect(said(text)).toEqual(expected));

  it.each([
    "",
    "   # nothing",
    "users { id }",
    "{ }",
    "{ users { } }",
    "{ users ",
    "mutation",
    "mutation M",
    "{ a } }",
    "type Query { a: Int }",
    "extend schema { query: Q }",
    "{ ...Missing }",
    "fragment F on T { a }",
    "{ a(b: ]) }",
    "{ a(b: [1) }",
    '{ a(b: "open) }',
    '{ a(b: """open) }',
    "{ a(b: 01) }",
    "{ a } garbage",
    "{ a ; b }",
    `${"{ a ".repeat(65)}${"}".repeat(65)}`,
    `{ ${"a ".repeat(20_001)} }`,
  ])("%j is none", (text) => expect(said(text)).toBeNull());
});

describe("a GraphQL request", () => {
  it.each([
    "mutation { a }",
    { query: "mutation { a }", variables: {} },
    '{"query": "mutation { a }"}',
    '[{"query": "mutation { a }"}]',
    '"mutation { a }"',
  ])("%j is a mutation", (body) =>
    expect(graphqlRequest(body)).toEqual([{ kind: "mutation", fields: ["a"] }]),
  );

  it("of several operations has all of them", () => {
    const found = graphqlRequest([{ query: "{ a }" }, { query: "mutation { b }" }]);
    expect(found?.map(({ kind }) => kind)).toEqual(["query", "mutation"]);
  });

  it.each([
    null,
    7,
    [],
    {},
    { query: 7 },
    { extensions: { persistedQuery: { sha256Hash: "a" } } },
    [{ query: "{ a }" }, {}],
    Array.from({ length: 65 }, () => ({ query: "{ a }" })),
  ])("%j is not understood", (body) => expect(graphqlRequest(body)).toBeNull());
});
