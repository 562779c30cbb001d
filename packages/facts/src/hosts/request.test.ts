import { describe, expect, it } from "vitest";
import { catalogEffects } from "../catalog/apply.ts";
import { parseCatalog } from "../catalog/parse.ts";
import { toolEntity } from "../entities.ts";
import { memoryOps } from "../memory-ops.ts";
import { call, line, WORLD } from "../testdata/fixture.ts";

const API = `openapi: 3.0.0
servers: [{ url: https://api.example/v1 }]
paths: { /records: { get: {}, delete: {} }, "/records/{id}": { get: {}, put: {} } }
`;

function effectsOf(entry: string, args: Parameters<typeof call>[2]): readonly string[] {
  const text = `version: 1\ntools: { crm/request: { url: ${entry} } }`;
  const parsed = parseCatalog("catalog.yaml", text, new Map([["api.yaml", API]]));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const found = parsed.value.tools.get("crm/request");
  if (found === undefined) throw new Error("no entry");
  const context = { world: WORLD, cwd: "/ws", ops: memoryOps() };
  const tool = toolEntity(WORLD, "crm", "request", false);
  return catalogEffects(found, call("crm", "request", args), tool, context).effects.map(line);
}

const DESCRIBED =
  "{ argument: url, method: { argument: method }, openapi: api.yaml, labels: [personal] }";
const GRAPH = "{ address: https://api.example/graphql, method: POST, body: query, graphql: true }";
const UPLOAD = "{ argument: url, method: GET, body: body, upload: files }";

describe("a request to an API that a document describes", () => {
  it("is also what it does to the endpoint", () => {
    expect(
      effectsOf(DESCRIBED, { url: "https://api.example/v1/records", method: "DELETE" }),
    ).toEqual([
      "connect Host::api.example:443 1 catalog unknown",
      "delete Host::api.example:443 ? catalog unknown",
      "delete Object::api.example/v1/records ? catalog production",
    ]);
    expect(
      effectsOf(DESCRIBED, { url: "https://api.example/v1/records/7", method: "put" }),
    ).toContain("update Object::api.example/v1/records/{id} ? catalog production");
  });

  it.each(["https://api.example/v1/users", "https://else.example/v1/records", "http://a b"])(
    "is unknown at %s, which it does not have",
    (url) => {
      expect(effectsOf(DESCRIBED, { url, method: "GET" })).toContainEqual(
        expect.stringMatching(/^execute Tool::crm\/request \? unknown/),
      );
    },
  );

  it("is unknown by a method that nobody knows", () => {
    expect(
      effectsOf(DESCRIBED, { url: "https://api.example/v1/records", method: "PURGE" }),
    ).toContainEqual(expect.stringMatching(/^execute Tool::crm\/request \? unknown/));
  });
});

describe("a GraphQL request", () => {
  it("reads with a query", () => {
    const effects = effectsOf(GRAPH, { query: "{ users { id } }" });
    expect(effects).toContain("read Object::api.example/graphql#Query.users ? catalog production");
    expect(effects.some((effect) => /^(update|delete|create|execute) /.test(effect))).toBe(false);
  });

  it.each([
    ["deleteUser", ["update", "delete"]],
    ["createUser", ["update", "create"]],
    ["frobnicate", ["update", "delete"]],
    ["listUsers", ["update", "delete"]],
  ])("writes with the mutation %s", (name, actions) => {
    const effects = effectsOf(GRAPH, { query: { query: `mutation { x: ${name} { id } }` } });
    expect(effects).toContain("update Host::api.example:443 ? catalog unknown");
    for (const action of actions)
      expect(effects).toContain(
        `${action} Object::api.example/graphql#Mutation.${name} ? catalog production`,
      );
  });

  it.each([{ query: "mutation {" }, { query: { id: "stored" } }, {}])(
    "that is not understood may do anything: %j",
    (args) => {
      const effects = effectsOf(GRAPH, args);
      expect(effects).toContainEqual(
        expect.stringMatching(/^execute Tool::crm\/request \? unknown/),
      );
      expect(effects).toContain("delete Host::api.example:443 ? unknown unknown");
    },
  );

  it("is seen in a body that nobody called GraphQL, and only adds", () => {
    const url = "https://api.example/graphql";
    const plain = effectsOf(UPLOAD, { url, body: "{}" });
    const seen = effectsOf(UPLOAD, { url, body: { query: "mutation { deleteUser }" } });
    expect(seen).toEqual(expect.arrayContaining([...plain]));
    expect(seen).toContain(
      "delete Object::api.example/graphql#Mutation.deleteUser ? catalog production",
    );
  });
});

describe("what goes out with a request", () => {
  it("is sent, whatever the method", () => {
    const url = "https://api.example/a";
    expect(effectsOf(UPLOAD, { url })).not.toContainEqual(expect.stringMatching(/^send /));
    expect(effectsOf(UPLOAD, { url, body: "x" })).toContainEqual(
      expect.stringMatching(/^send Host/),
    );
  });

  it("is read from the files that are uploaded", () => {
    const args = { url: "https://api.example/a", files: ["/home/u/.ssh/id_rsa", 7] };
    const effects = effectsOf(UPLOAD, args);
    expect(effects).toContainEqual(expect.stringMatching(/^read File::\/home\/u\/\.ssh\/id_rsa/));
    expect(effects).toContainEqual(expect.stringMatching(/^execute Tool::crm\/request \? unknown/));
    expect(effects).toContainEqual(expect.stringMatching(/^send Host/));
  });
});

describe("a catalog", () => {
  it.each([
    ["{ method: GET }", "catalog.invalid"],
    ["{ argument: a, address: https://a.example, method: GET }", "catalog.invalid"],
    ["{ address: not an address, method: GET }", "catalog.invalid"],
    ["{ argument: a, method: GET, openapi: missing.yaml }", "catalog.openapi"],
  ])("with %s is refused", (entry, code) => {
    const text = `version: 1\ntools: { crm/request: { url: ${entry} } }`;
    const parsed = parseCatalog("catalog.yaml", text);
    expect(parsed.ok ? [] : parsed.error.map((error) => error.code)).toEqual([code]);
  });
});
