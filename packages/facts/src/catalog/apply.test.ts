import type { JsonObject } from "@bylaw/core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Analysis, analyze } from "../analyze.ts";
import { memoryOps } from "../memory-ops.ts";
import { loadPostgresql } from "../sql/postgresql.ts";
import { call, DIGEST, line, request, WORLD } from "../testdata/fixture.ts";
import type { Catalog } from "./catalog.ts";
import { parseCatalog } from "./parse.ts";

beforeAll(loadPostgresql);

const ops = memoryOps();

function catalog(entry: string): Catalog {
  const body = entry.replace(/^/gm, "    ");
  const parsed = parseCatalog("catalog.yaml", `version: 1\ntools:\n  crm/t:\n${body}\n`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const analysis = (entry: string, args: JsonObject): Analysis =>
  analyze(call("crm", "t", args), WORLD, catalog(entry), ops);
const effectsOf = (entry: string, args: JsonObject): readonly string[] =>
  analysis(entry, args).effects.map(line);

const UNKNOWN = "execute Tool::crm/t ? unknown production";
const DELETE =
  "effects: [{ action: delete, resource: { type: Table, database: crm, id: customers }, environment: staging";

describe("amounts", () => {
  test.each<[string, JsonObject, string]>([
    ["3", {}, "3"],
    ["{ count: ids }", { ids: [1, 2] }, "2"],
    ["{ count: ids }", { ids: [] }, "0"],
    ["{ count: ids }", { ids: "1,2" }, "?"],
    ["{ count: ids }", {}, "?"],
    ["{ count: batches.ids }", { batches: [{ ids: [1] }, { ids: [2, 3] }] }, "3"],
    ["{ count: batches.ids }", { batches: [{ ids: [1] }, {}] }, "?"],
    ["{ argument: limit }", { limit: 7 }, "7"],
    ["{ argument: limit }", { limit: -1 }, "?"],
    ["{ argument: limit }", { limit: 1.5 }, "?"],
    ["{ argument: limit }", { limit: "7" }, "?"],
    ["{ argument: limit }", { limit: [7, 8] }, "?"],
    ["{ argument: limit }", {}, "?"],
  ])("%s of %j", (quantity, args, expected) => {
    expect(effectsOf(`${DELETE}, quantity: ${quantity} }]`, args)).toEqual([
      `delete Table::crm/customers ${expected} catalog staging`,
    ]);
  });

  test("no quantity is an unknown one", () => {
    expect(effectsOf(`${DELETE} }]`, {})[0]).toContain(" ? catalog");
  });
});

describe("resources", () => {
  const issue = (id: string): string =>
    `effects: [{ action: update, resource: { type: Object, kind: issue, id: ${id} }, quantity: 1 }]`;

  test.each<[string, JsonObject, readonly string[]]>([
    ["fixed", {}, ["update Object::fixed 1 catalog production"]],
    ["{ argument: key }", { key: "A-1" }, ["update Object::A-1 1 catalog production"]],
    ["{ argument: key }", { key: 7 }, ["update Object::7 1 catalog production"]],
    [
      "{ argument: keys }",
      { keys: ["a", "b", "a"] },
      ["update Object::a 1 catalog production", "update Object::b 1 catalog production"],
    ],
    [
      "{ template: 'crm/{project}/{key}' }",
      { project: "p", key: 1 },
      ["update Object::crm/p/1 1 catalog production"],
    ],
    ["{ argument: key }", {}, [UNKNOWN]],
    ["{ argument: key }", { key: "" }, [UNKNOWN]],
    ["{ argument: key }", { key: {} }, [UNKNOWN]],
    ["{ argument: key }", { key: [] }, [UNKNOWN]],
    ["{ argument: key }", { key: ["a", null] }, [UNKNOWN]],
    ["{ argument: key }", { key: "x".repeat(2_000) }, [UNKNOWN]],
    ["{ argument: key }", { key: Array.from({ length: 65 }, (_, at) => at) }, [UNKNOWN]],
    ["{ template: '{a}-{b}' }", { a: "x" }, [UNKNOWN]],
    ["{ template: '{a}-{b}' }", { a: "x-y", b: "z" }, [UNKNOWN]],
    ["{ template: 'repos/{a}' }", { a: "x/y" }, ["update Object::repos/x/y 1 catalog production"]],
  ])("%s of %j", (id, args, expected) => {
    expect(effectsOf(issue(id), args)).toEqual(expected);
  });

  test("a channel keeps what a person said about it", () => {
    const { effects } = analysis(
      "effects: [{ action: send, resource: { type: Channel, id: team, external: false, clears: [internal] } }]",
      {},
    );
    expect(effects[0]?.resource.attrs).toEqual({
      external: false,
      // Whoever is cleared for a label is cleared for what it implies.
      clears: [
        { __entity: { type: "Label", id: "public" } },
        { __entity: { type: "Label", id: "internal" } },
      ],
    });
  });

  test("labels are closed, and the server's count", () => {
    const { effects } = analysis(
      "effects: [{ action: read, resource: { type: Object, id: x }, labels: [secret] }]",
      {},
    );
    expect(effects[0]?.labels).toEqual(["public", "internal", "confidential", "secret"]);
  });
});

describe("environments", () => {
  const claimed = (atLeast: string, args: JsonObject): string | undefined =>
    effectsOf(
      `effects: [{ action: delete, resource: { type: Object, id: x }, environment: { argument: env, at_least: ${atLeast} } }]`,
      args,
    )[0]
      ?.split(" ")
      .at(-1);

  test.each<[string, JsonObject, string]>([
    ["staging", { env: "dev" }, "staging"],
    ["staging", { env: "PROD" }, "production"],
    ["staging", { env: "green" }, "unknown"],
    ["staging", {}, "unknown"],
    ["staging", { env: ["dev"], x: 1 }, "staging"],
    ["staging", { env: ["dev", "prod"] }, "unknown"],
    ["development", { env: "test" }, "test"],
    ["production", { env: "dev" }, "production"],
    ["unknown", { env: "production" }, "unknown"],
  ])("at least %s, %j", (atLeast, args, expected) => {
    expect(claimed(atLeast, args)).toBe(expected);
  });
});

describe("SQL arguments", () => {
  const entry = (dialect: string): string =>
    `sql: { argument: sql, dialect: ${dialect}, database: crm, tables: { customers: { environment: production, labels: [personal], unique: [ID] }, scratch: { environment: test } } }`;
  const ANYTHING = [
    UNKNOWN,
    ...["customers ? unknown production", "scratch ? unknown test"].flatMap((table) =>
      ["read", "update", "delete"].map((action) => `${action} Table::crm/${table}`),
    ),
    ...["read", "update", "delete"].map((action) => `${action} Database::crm ? unknown unknown`),
  ];

  test("tables have the places that the catalog maps, the others are unknown", () => {
    expect(
      effectsOf(entry("sqlite"), {
        sql: "delete from Customers where id = 1; delete from scratch; delete from other",
      }),
    ).toEqual([
      "delete Table::crm/customers 1 parsed production",
      "delete Table::crm/scratch ? parsed test",
      "delete Table::crm/other ? parsed unknown",
    ]);
  });

  test.each(["sqlite", "postgresql", "mysql"])(
    "the line that two engines read differently may do anything in %s",
    (dialect) => {
      const sql = "DELETE FROM customers WHERE id=1 /* /* */ OR 1=1 -- */";
      expect(effectsOf(entry(dialect), { sql })).toEqual(ANYTHING);
    },
  );

  test.each<JsonObject>([{}, { sql: 1 }, { sql: [] }, { sql: "" }, { query: "select 1" }])(
    "%j is a missing statement",
    (args) => {
      expect(effectsOf(entry("sqlite"), args)).toEqual(ANYTHING);
    },
  );

  test("labels of the table are those of the data", () => {
    const { effects } = analysis(entry("postgresql"), { sql: "select * from customers" });
    expect(effects[0]?.labels).toEqual(["public", "internal", "personal"]);
  });
});

describe("paths and addresses", () => {
  test.each<[string, JsonObject, readonly string[]]>([
    [
      "paths: [{ argument: p, action: read }]",
      { p: "/ws/a" },
      ["read File::/ws/a 1 catalog current development"],
    ],
    [
      "paths: [{ argument: ps, action: delete, recursive: false }]",
      { ps: ["/ws/a", "/etc/b"] },
      ["delete File::/ws/a 1 catalog current development", "delete File::/etc/b 1 catalog unknown"],
    ],
    [
      "paths: [{ argument: p, action: delete }]",
      { p: "/x" },
      ["delete File::/x ? catalog unknown"],
    ],
    ["paths: [{ argument: p, action: read }]", {}, [UNKNOWN]],
    ["paths: [{ argument: p, action: read }]", { p: 1 }, [UNKNOWN]],
    ["paths: [{ argument: p, action: read, optional: true }]", {}, [UNKNOWN]],
    [
      "paths: [{ argument: p, action: read }, { argument: q, action: create, optional: true }]",
      { p: "/ws/a" },
      ["read File::/ws/a 1 catalog current development"],
    ],
    [
      "url: { argument: u, method: { argument: m } }",
      { u: "https://a.example/", m: "POST" },
      [
        "connect Host::a.example:443 1 catalog unknown",
        "send Host::a.example:443 1 catalog unknown",
      ],
    ],
    ["url: { argument: u, method: GET }", { u: "nonsense" }, [UNKNOWN]],
    ["url: { argument: u, method: GET }", {}, [UNKNOWN]],
  ])("%s of %j", (entry, args, expected) => {
    expect(effectsOf(entry, args)).toEqual(expected);
  });
});

describe("the tool definition", () => {
  const bound = `definition: ${DIGEST}\nreviewed_by: maria\noutput: trusted\n${DELETE}, quantity: 1 }]`;
  const free = bound.replace(/^definition.*\n/, "");

  test("an entry bound to the definition in force is reviewed", () => {
    const found = analysis(bound, {});
    expect(found.tool.attrs).toEqual({ reviewed: true });
    expect(found.output).toEqual({ origin: "tool", untrusted: false });
    expect(found.effects.map(line)).toEqual(["delete Table::crm/customers 1 catalog staging"]);
  });

  test("an entry bound to none is used and not reviewed", () => {
    const found = analysis(free, {});
    expect(found.tool.attrs).toEqual({ reviewed: false });
    expect(found.effects.map(line)).toEqual(["delete Table::crm/customers 1 catalog staging"]);
  });

  test.each([`sha256:${"b".repeat(64)}`, null])(
    "a definition that differs (%s) is not",
    (digest) => {
      const changed = request({
        upstream: "crm",
        target: "t",
        arguments: { path: "/ws/.env" },
        definition: digest === null ? null : { ...call("crm", "t", {}).definition!, digest },
      });
      const found = analyze(changed, WORLD, catalog(bound), ops);
      expect(found.effects.map(line)).toEqual([
        `${UNKNOWN} tool.changed`,
        "update File::/ws/.env 1 inferred current development credentials",
      ]);
      expect(found.tool.attrs).toEqual({ reviewed: false });
      expect(found.output.untrusted).toBe(true);
    },
  );

  test("names are compared by code points", () => {
    for (const name of ["T", "t ", "\u0442"])
      expect(analyze(call("crm", name, {}), WORLD, catalog(bound), ops).effects[0]?.source).toBe(
        "unknown",
      );
  });
});
