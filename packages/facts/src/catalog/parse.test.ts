import { describe, expect, test } from "vitest";
import { parseCatalog } from "./parse.ts";

const errorsOf = (text: string): readonly string[] => {
  const parsed = parseCatalog("catalog.yaml", text);
  return parsed.ok ? [] : parsed.error.map(({ code, line, column }) => `${code} ${line}:${column}`);
};

const tool = (body: string): string => `version: 1\ntools:\n  crm/query:\n${body}`;

describe("a catalog file", () => {
  test("an empty one is valid", () => {
    const parsed = parseCatalog("catalog.yaml", "version: 1\ntools: {}\n");
    expect(parsed.ok && parsed.value.tools.size).toBe(0);
  });

  test.each<[string, readonly string[]]>([
    ["", ["catalog.invalid 1:1"]],
    ["version: 2\ntools: {}\n", ["catalog.invalid 1:1"]],
    ["version: 1\ntools: {}\nextra: 1\n", ["catalog.unknown_key 3:1"]],
    ["version: 1\ntools: {}\ntools: {}\n", ["catalog.syntax 3:1"]],
    ["version: 1\ntools: [\n", ["catalog.syntax 3:1"]],
    ["version: 1\ntools: {}\n---\nversion: 1\n", ["catalog.syntax 3:1"]],
    ["version: 1\ntools: {query: {}}\n", ["catalog.invalid 2:9"]],
    [tool("    reviewed_by: maria\n"), ["catalog.invalid 3:3"]],
    [tool("    efects: []\n    effects: []\n"), ["catalog.invalid 3:3", "catalog.unknown_key 4:5"]],
    [
      tool("    paths: [{ argument: p, action: read, recursiv: true }]\n"),
      ["catalog.unknown_key 4:42"],
    ],
    [tool("    paths: [{ argument: p, action: send }]\n"), ["catalog.invalid 4:28"]],
    [tool("    paths: [{ argument: a..b, action: read }]\n"), ["catalog.invalid 4:15"]],
    [
      tool("    definition: sha256:abc\n    url: { argument: u, method: GET }\n"),
      ["catalog.invalid 4:5"],
    ],
    [tool("    sql: { argument: q, dialect: sybase, database: d }\n"), ["catalog.invalid 4:25"]],
    [
      tool(
        "    effects:\n      - action: execute\n        resource: { type: Table, id: t, database: d }\n",
      ),
      ["catalog.invalid 5:9"],
    ],
    [
      tool("    effects:\n      - action: read\n        resource: { type: Table, id: t }\n"),
      ["catalog.invalid 6:9"],
    ],
    [
      tool("    effects:\n      - action: read\n        resource: { type: File, id: t }\n"),
      ["catalog.invalid 6:21"],
    ],
    [
      tool(
        "    effects:\n      - action: read\n        resource: { type: Object, id: { template: 'a{b' } }\n",
      ),
      ["catalog.invalid 6:41"],
    ],
    [
      tool(
        "    effects:\n      - action: read\n        resource: { type: Object, id: { template: '{a}{b}' } }\n",
      ),
      ["catalog.invalid 6:41"],
    ],
    [
      tool(
        "    effects:\n      - action: read\n        resource: { type: Object, id: x }\n        quantity: -1\n",
      ),
      ["catalog.invalid 7:9"],
    ],
    [
      "version: 1\ntools:\n  a/b: &x { url: { argument: u, method: GET } }\n  a/c: *x\n",
      ["catalog.alias 4:8"],
    ],
    [tool("    url: { argument: !!js/function x, method: GET }\n"), ["catalog.syntax 4:22"]],
  ])("%j", (text, expected) => {
    expect(errorsOf(text)).toEqual(expected);
  });

  test("a file over the limit is not read", () => {
    expect(errorsOf(`version: 1\ntools: {}\n#${"x".repeat(5_000_000)}`)).toEqual([
      "catalog.too_large 1:1",
    ]);
  });

  test("defaults are the cautious ones", () => {
    const parsed = parseCatalog(
      "catalog.yaml",
      tool("    effects:\n      - { action: delete, resource: { type: Object, id: x } }\n"),
    );
    expect(parsed.ok && parsed.value.tools.get("crm/query")).toMatchObject({
      definition: null,
      reviewedBy: null,
      output: { origin: "tool", untrusted: true },
      effects: [{ quantity: null, environment: null, reversible: false, audience: "unknown" }],
    });
  });
});
