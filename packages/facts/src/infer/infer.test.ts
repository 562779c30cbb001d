import type { JsonObject } from "@bylaw/core";
import { beforeAll, describe, expect, test } from "vitest";
import { analyze } from "../analyze.ts";
import { EMPTY_CATALOG } from "../catalog/catalog.ts";
import { memoryOps } from "../memory-ops.ts";
import { loadPostgresql } from "../sql/postgresql.ts";
import { call, line, request, WORLD } from "../testdata/fixture.ts";

const ops = memoryOps({ links: { "/ws/out": "/etc" } });
const effectsOf = (
  tool: string,
  args: JsonObject,
  more: Parameters<typeof call>[3] = {},
  server = "files",
): readonly string[] =>
  analyze(call(server, tool, args, more), WORLD, EMPTY_CATALOG, ops).effects.map(line);

const IN = "inferred current development";

describe("a file server without a catalog", () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ["read_file", { path: "/ws/a" }, [`read File::/ws/a 1 ${IN}`]],
    ["read_text_file", { path: "a", head: 3 }, [`read File::/ws/a 1 ${IN}`]],
    ["read_media_file", { path: "a" }, [`read File::/ws/a 1 ${IN}`]],
    [
      "read_multiple_files",
      { paths: ["/ws/a", "/ws/out/b"] },
      [`read File::/ws/a 1 ${IN}`, "read File::/etc/b 1 inferred unknown"],
    ],
    [
      "write_file",
      { path: "/ws/a", content: "/etc/passwd" },
      [`create File::/ws/a 1 ${IN}`, `update File::/ws/a 1 ${IN}`],
    ],
    [
      "edit_file",
      { path: "/ws/a", edits: [{ oldText: "/x", newText: "// y" }], dryRun: false },
      [`update File::/ws/a 1 ${IN}`],
    ],
    ["create_directory", { path: "/ws/d" }, [`create File::/ws/d 1 ${IN}`]],
    [
      "list_directory",
      { path: "/ws" },
      [`list File::/ws ? ${IN}`, `list File::/ws/.bylaw ? ${IN} bylaw`],
    ],
    ["list_directory_with_sizes", { path: "/ws/d", sortBy: "name" }, [`list File::/ws/d ? ${IN}`]],
    ["directory_tree", { path: "/ws/d" }, [`list File::/ws/d ? ${IN}`]],
    [
      "move_file",
      { source: "/ws/a", destination: "/ws/out/b" },
      [
        `delete File::/ws/a ? ${IN}`,
        "create File::/etc/b 1 inferred unknown",
        "update File::/etc/b 1 inferred unknown",
      ],
    ],
    [
      "search_files",
      { path: "/ws/d", pattern: "*.ts", excludePatterns: ["node_modules"] },
      [`list File::/ws/d ? ${IN}`],
    ],
    ["get_file_info", { path: "/ws/a" }, [`read File::/ws/a 1 ${IN}`]],
    [
      "list_allowed_directories",
      {},
      ["list Object::files/allowed-directories ? inferred development"],
    ],
    ["deleteFile", { filePath: "/ws/a" }, [`delete File::/ws/a ? ${IN}`]],
    [
      "copy-file",
      { src: "/ws/a", dst: "/ws/b" },
      [`read File::/ws/a 1 ${IN}`, `create File::/ws/b 1 ${IN}`, `update File::/ws/b 1 ${IN}`],
    ],
  ])("%s", (tool, args, expected) => {
    expect(effectsOf(tool, args)).toEqual(expected);
  });

  test("a move keeps the content, so its source can be restored", () => {
    const { effects } = analyze(
      call("files", "rename", { from: "/ws/a", to: "/ws/b" }),
      WORLD,
      EMPTY_CATALOG,
      ops,
    );
    expect(effects.map(({ action, reversible }) => [action, reversible])).toEqual([
      ["delete", true],
      ["create", false],
      ["update", false],
    ]);
  });

  test("a name without a verb that is known leaves the effects unknown, files included", () => {
    expect(effectsOf("frobnicate", { where: "/ws/.bylaw/key" })).toEqual([
      "execute Tool::files/frobnicate ? unknown development",
      `update File::/ws/.bylaw/key 1 ${IN} bylaw`,
    ]);
  });
});

describe("names", () => {
  const crm = (tool: string, more: Parameters<typeof call>[3] = {}): readonly string[] =>
    effectsOf(tool, {}, more, "crm").map((text) => text.split(" ").slice(0, 2).join(" "));
  const UNKNOWN = (tool: string): readonly string[] => [`execute Tool::crm/${tool}`];

  test.each<[string, readonly string[]]>([
    ["get_customer", ["read Object::crm/customer"]],
    ["customers.list", ["list Object::crm/customers"]],
    ["getPost", ["read Object::crm/post"]],
    ["list_orders", ["list Object::crm/orders"]],
    ["delete_records", ["delete Object::crm/records"]],
    ["records.delete", ["delete Object::crm/records"]],
    ["createIssue", ["create Object::crm/issue"]],
    ["upsert_row", ["create Object::crm/row", "update Object::crm/row"]],
    ["get_or_create_user", ["read Object::crm/user", "create Object::crm/user"]],
    ["search_and_replace", ["list Object::crm/thing", "update Object::crm/thing"]],
    ["send_email", ["send Channel::crm/email"]],
    ["publish_post", ["publish Object::crm/post"]],
    ["grant_access", ["grant Object::crm/access"]],
    ["pay_invoice", ["spend Object::crm/invoice"]],
    ["HTTPGetThing", ["read Object::crm/http-thing"]],
  ])("%s", (tool, expected) => {
    expect(crm(tool)).toEqual(expected);
  });

  test.each([
    "",
    "run_tests",
    "execute_sql",
    "load_batch",
    "load_dump",
    "get_delete",
    "read_then_run",
    "thing",
    "customer",
    "☃",
  ])("%j is unclear", (tool) => {
    expect(crm(tool)).toEqual(UNKNOWN(tool));
  });

  test("annotations only strengthen", () => {
    const kinds = (tool: string, annotations: JsonObject): readonly string[] =>
      crm(tool, { annotations });
    expect(kinds("delete_file", { readOnlyHint: true })).toEqual(["delete Object::crm/file"]);
    expect(kinds("thing", { readOnlyHint: true, destructiveHint: false })).toEqual(
      UNKNOWN("thing"),
    );
    expect(kinds("get_file", { readOnlyHint: true })).toEqual(["read Object::crm/file"]);
    expect(kinds("get_file", { readOnlyHint: false })).toEqual(UNKNOWN("get_file"));
    expect(kinds("get_file", { destructiveHint: true })).toEqual(UNKNOWN("get_file"));
  });

  test("a description that says more than the name makes it unclear", () => {
    expect(crm("get_file", { description: "Returns it. Deletes the original." })).toEqual(
      UNKNOWN("get_file"),
    );
    expect(crm("get_file", { description: "Get a file; use create_file to create one" })).toEqual([
      "read Object::crm/file",
    ]);
  });

  test("a tool whose definition nobody has seen is unclear", () => {
    const unseen = request({ upstream: "crm", target: "get_file", arguments: {} });
    const { effects } = analyze(unseen, WORLD, EMPTY_CATALOG, ops);
    expect(effects.map(line)).toEqual(["execute Tool::crm/get_file ? unknown production"]);
  });
});

describe("arguments", () => {
  beforeAll(loadPostgresql);

  test.each([
    ["delete from t", "delete Table::unknown/t ? inferred unknown"],
    ["SELECT 1 FROM x", "read Table::unknown/x ? inferred unknown"],
    [
      "/* x */ drop table t",
      "delete Table::unknown/t ? inferred unknown",
      "update Database::unknown ? inferred unknown",
    ],
    ["with a as (select 1) select 2", "read Database::unknown 1 inferred unknown"],
  ])("%j in any argument is a statement of nobody knows which dialect", (text, ...said) => {
    expect(effectsOf("get_rows", { filter: text })).toEqual([
      "execute Tool::files/get_rows ? unknown development",
      ...said,
    ]);
  });

  test.each(["Update the docs", "select a colour", "with kind regards", "call me"])(
    "%j is prose",
    (text) => {
      expect(effectsOf("get_rows", { topic: text })[0]).toMatch(/^read Object/);
    },
  );

  test("a command is run", () => {
    expect(effectsOf("get_output", { command: "ls" })[0]).toMatch(/^execute Tool.* unknown/);
  });

  test("an address is a host", () => {
    expect(effectsOf("fetch", { url: "https://a.example/x" })).toEqual([
      "connect Host::a.example:443 1 inferred unknown",
      "read Host::a.example:443 1 inferred unknown",
    ]);
    expect(effectsOf("fetch", { url: "https://a@b.example/" })).toEqual([
      "execute Tool::files/fetch ? unknown development",
    ]);
  });

  test("an observing tool that is given a destination writes there", () => {
    expect(effectsOf("get_chart", { output_path: "/ws/.env" })).toEqual([
      `create File::/ws/.env 1 ${IN} credentials`,
      `update File::/ws/.env 1 ${IN} credentials`,
    ]);
  });

  test("paths are found where they stand as keys, and in text that only observing takes", () => {
    expect(effectsOf("write_files", { files: { "b.txt": "x", "/etc/a": "y" } })).toEqual([
      `create File::/ws/b.txt 1 ${IN}`,
      `update File::/ws/b.txt 1 ${IN}`,
      "create File::/etc/a 1 inferred unknown",
      "update File::/etc/a 1 inferred unknown",
    ]);
    expect(effectsOf("get_lines", { data: "/etc/passwd" })).toEqual([
      "read File::/etc/passwd 1 inferred unknown",
    ]);
  });

  test("no file of a server elsewhere is in a workspace", () => {
    expect(effectsOf("read_file", { path: "/ws/a" }, {}, "remote")).toEqual([
      "read File::/ws/a 1 inferred unknown",
    ]);
  });

  test("more than anyone looks at is unknown", () => {
    const many = { paths: Array.from({ length: 65 }, (_, at) => `/ws/${at}`) };
    expect(effectsOf("read_files", many)[0]).toMatch(/^execute Tool.* unknown/);
    const lots = { names: Array.from({ length: 1_001 }, (_, at) => `n${at}`) };
    expect(effectsOf("read_files", lots)[0]).toMatch(/^execute Tool.* unknown/);
    let deep: JsonObject = { path: "/etc/passwd" };
    for (let depth = 0; depth < 80; depth += 1) deep = { deep };
    expect(effectsOf("read_files", deep)[0]).toMatch(/^execute Tool.* unknown/);
  });
});
