import { type JsonObject, LABELS } from "@bylaw/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { analyze } from "./analyze.ts";
import { APPLIES_TO } from "./applies.ts";
import { type Catalog, EMPTY_CATALOG } from "./catalog/catalog.ts";
import { parseCatalog } from "./catalog/parse.ts";
import { memoryOps } from "./memory-ops.ts";
import { loadPostgresql } from "./sql/postgresql.ts";
import { call, request, WORLD } from "./testdata/fixture.ts";

beforeAll(loadPostgresql);

const ops = memoryOps({ links: { "/ws/out": "/etc" } });

const parsed = parseCatalog(
  "catalog.yaml",
  `version: 1
tools:
  crm/sqlite: { sql: { argument: a, dialect: sqlite, database: crm, tables: { t: { environment: production } } } }
  crm/pg: { sql: { argument: a, dialect: postgresql, database: crm } }
  crm/paths: { paths: [{ argument: a, action: [read, delete] }, { argument: b.c, action: create, optional: true }] }
  crm/url: { url: { argument: a, method: { argument: b } } }
  crm/effects:
    effects:
      - { action: delete, resource: { type: Object, id: { template: "x/{a}" } }, quantity: { count: b } }
      - { action: spend, resource: { type: Tool, id: { argument: b } }, cost: { argument: a } }
`,
);
const CATALOG: Catalog = parsed.ok ? parsed.value : EMPTY_CATALOG;

const word = fc.constantFrom(
  "read",
  "delete",
  "get",
  "run",
  "file",
  "and",
  "sqlite",
  "pg",
  "paths",
  "url",
  "effects",
  "x",
  "",
);
const nasty = fc.constantFrom(
  "/ws/a",
  "../..",
  "%2e%2e%2f",
  "\u0000",
  "delete from t",
  "select 1",
  "https://a.example/?x",
  "~",
  "file:///etc/passwd",
  "/* /* */",
  "C:\\x",
  "__proto__",
  "a".repeat(20_000),
  "(".repeat(9_000),
);
const leaf = fc.oneof(nasty, fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 2 }));
const args = fc.dictionary(
  fc.constantFrom("a", "b", "path", "url", "sql", "source", "destination", "content", "ids"),
  fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.constantFrom("c", "path"), leaf)),
);
const operation = fc.constantFrom(
  "tools/call",
  "tools/call",
  "tools/call",
  "resources/read",
  "prompts/get",
  "completion/complete",
  "subscriptions/listen",
  "tasks/get",
  "toString",
  "x",
);

describe("analysis", () => {
  test("of anything is complete, well formed and the same again", () => {
    expect(parsed.ok).toBe(true);
    const server = fc.constantFrom("crm", "files", "unconfigured", "__proto__");
    const target = fc.option(
      fc.tuple(word, word).map((words) => words.join("_").replace(/_$/, "")),
    );
    fc.assert(
      fc.property(operation, server, target, args, (method, upstream, tool, values) => {
        const asked =
          tool === null
            ? request({ operation: method, upstream, arguments: values as JsonObject })
            : { ...call(upstream, tool, values as JsonObject), operation: method };
        const found = analyze(asked, WORLD, CATALOG, ops);
        expect(analyze(asked, WORLD, CATALOG, ops)).toEqual(found);
        expect(found.effects.length).toBeGreaterThan(0);
        for (const effect of found.effects) {
          expect(APPLIES_TO[effect.action]).toContain(effect.resource.type);
          expect(Number.isSafeInteger(effect.quantity.atMost)).toBe(true);
          expect(effect.quantity.known).toBe(effect.quantity.atMost !== Number.MAX_SAFE_INTEGER);
          expect(effect.labels).toEqual(LABELS.filter((label) => effect.labels.includes(label)));
          const placed = effect.resource.parents.filter(({ type }) => type === "Environment");
          expect(placed).toHaveLength(1);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  test("an SQL tool's call is known only if its text is", () => {
    fc.assert(
      fc.property(fc.constantFrom("sqlite", "pg"), fc.string({ unit: "binary" }), (tool, text) => {
        const { effects } = analyze(call("crm", tool, { a: text }), WORLD, CATALOG, ops);
        // Random text is hardly ever SQL; where it is not understood, the unknown effect says so.
        const unknown = effects.some(
          ({ source, action }) => source === "unknown" && action === "execute",
        );
        expect(unknown || effects.every(({ source }) => source === "parsed")).toBe(true);
      }),
    );
  });

  test.each<[string, string, JsonObject]>([
    ["files", "read_file", { path: "a/".repeat(500_000) }],
    ["files", "read_file", { path: "%25".repeat(330_000) }],
    ["files", "write_file", { path: "/ws/a", content: "x/".repeat(500_000) }],
    ["files", "read_files", { paths: Array.from({ length: 100_000 }, () => "/ws/a") }],
    ["files", "get_thing", { x: "(".repeat(1_000_000) }],
    ["files", "get_thing", { x: "/*".repeat(500_000) }],
    ["files", "get_thing", { x: "--\n".repeat(330_000) }],
    ["crm", "sqlite", { a: "/* ".repeat(330_000) }],
    ["crm", "pg", { a: "select 1;".repeat(110_000) }],
    ["crm", "url", { a: `https://${"a.".repeat(500_000)}` }],
  ])("a megabyte for %s/%s is bounded", (server, tool, values) => {
    const started = performance.now();
    const { effects } = analyze(call(server, tool, values), WORLD, CATALOG, ops);
    expect(effects.length).toBeGreaterThan(0);
    // Generous for a loaded machine; anything quadratic takes minutes.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
