import type { JsonObject } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyze } from "../analyze.ts";
import { memoryOps } from "../memory-ops.ts";
import { call, line, WORLD } from "../testdata/fixture.ts";
import { draftCatalog } from "./draft.ts";
import { parseCatalog } from "./parse.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

interface Parts {
  readonly description?: string;
  readonly annotations?: JsonObject;
  readonly properties?: JsonObject;
  readonly required?: readonly string[];
}

const TEXT = { type: "string" };
const TEXTS = { type: "array", items: TEXT };

function definition(name: string, parts: Parts = {}) {
  const { description = "", annotations = {}, properties = {}, required = [] } = parts;
  const inputSchema: JsonObject = { type: "object", properties, required };
  return { digest: DIGEST, name, description, inputSchema, annotations };
}

function entryOf(name: string, parts: Parts = {}) {
  const { text, drafts } = draftCatalog("crm", [definition(name, parts)]);
  const parsed = parseCatalog("draft.yaml", text);
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.error)}\n${text}`);
  return { entry: parsed.value.tools.get(`crm/${name}`), draft: drafts[0], text };
}

describe("a drafted entry", () => {
  it("of a tool that only looks, and says so, needs nothing more", () => {
    const parts = {
      properties: { path: TEXT },
      required: ["path"],
      annotations: { readOnlyHint: true },
    };
    const { entry, draft } = entryOf("read_file", parts);
    expect(draft).toMatchObject({ confidence: "high", open: [] });
    expect(entry?.paths).toEqual([
      { argument: "path", actions: ["read"], recursive: false, optional: false },
    ]);
    expect(entry).toMatchObject({ definition: DIGEST, reviewedBy: null });
  });

  it("of a move takes from one place and writes at the other", () => {
    const properties = { source: TEXT, destination_path: TEXT, source_path: TEXT };
    const { entry } = entryOf("move_file", { properties });
    expect(entry?.paths.map(({ argument, actions }) => [argument, actions])).toEqual([
      ["destination_path", ["create", "update"]],
      ["source_path", ["delete"]],
    ]);
  });

  it("counts what a list names, and says what is left open", () => {
    const { entry, draft } = entryOf("delete_customers", { properties: { ids: TEXTS } });
    expect(entry?.effects[0]).toMatchObject({ action: "delete", quantity: { count: "ids" } });
    expect(draft?.confidence).toBe("medium");
    const unknown = entryOf("delete_customers", { properties: { older_than: TEXT } });
    expect(unknown.draft?.confidence).toBe("low");
    expect(unknown.text).toContain("# open: how many things one call deletes at most");
  });

  it("of an address and of a command names the argument", () => {
    expect(entryOf("fetch_page", { properties: { url: TEXT } }).entry?.url).toMatchObject({
      argument: "url",
      method: { literal: "GET" },
    });
    const { entry, draft } = entryOf("create_report", { properties: { command: TEXT } });
    expect(entry?.shell).toMatchObject({ argument: "command", dialect: "bash" });
    expect(draft?.open).toContain("which shell runs `command`");
  });

  it.each<[string, Parts, string]>([
    ["frobnicate", {}, "its name does not say"],
    ["get_thing", { description: "Gets it. Deletes the original." }, "changes something"],
    ["get_thing", { annotations: { destructiveHint: true } }, "changes something"],
    ["get_rows", { properties: { sql: TEXT } }, "may hold SQL"],
  ])("of %s stays open", (name, parts, why) => {
    const { entry, draft, text } = entryOf(name, parts);
    expect(entry).toBeUndefined();
    expect(draft?.confidence).toBe("none");
    expect(draft?.open.join()).toContain(why);
    expect(text).toContain(`# "crm/${name}":`);
  });

  it("that the server's annotations speak against is of low confidence", () => {
    const { draft } = entryOf("update_issue", { annotations: { readOnlyHint: true } });
    expect(draft?.confidence).toBe("low");
  });

  it("has the effects that it says when a call is made", () => {
    const properties = { path: TEXT, content: TEXT };
    const { text } = draftCatalog("files", [
      definition("write_file", { properties, required: ["path"] }),
    ]);
    const parsed = parseCatalog("draft.yaml", text);
    if (!parsed.ok) throw new Error(text);
    const request = call("files", "write_file", { path: "/ws/a", content: "x" });
    const bound = { ...request, definition: { ...definition("write_file"), digest: DIGEST } };
    const { effects } = analyze(bound, WORLD, parsed.value, memoryOps());
    expect(effects.map(line)).toEqual([
      "create File::/ws/a 1 catalog current development",
      "update File::/ws/a 1 catalog current development",
    ]);
  });

  it("is a valid catalog whatever the server calls its tools and arguments", () => {
    const verb = fc.constantFrom(
      "get",
      "delete",
      "send",
      "move",
      "create",
      "pay",
      "grant",
      "list",
      "",
    );
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom("path", "url", "ids", "on", "#x", ": y"),
    );
    const tool = fc.record({
      name: fc.tuple(verb, word).map((parts) => parts.join("_")),
      properties: fc.dictionary(word, fc.constantFrom(TEXT, TEXTS)),
      description: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(tool, { maxLength: 5 }), (tools) => {
        const unique = [...new Map(tools.map((one) => [one.name, one])).values()];
        const { text, drafts } = draftCatalog(
          "crm",
          unique.map((one) => definition(one.name, one)),
        );
        const parsed = parseCatalog("draft.yaml", text);
        expect(parsed.ok ? [] : parsed.error).toEqual([]);
        const told = drafts.filter(({ entry }) => entry !== null).map(({ name }) => `crm/${name}`);
        expect([...(parsed.ok ? parsed.value.tools.keys() : [])].sort()).toEqual(told.sort());
        expect(text).not.toMatch(/[^\n\x20-\x7e]/);
      }),
    );
  });
});
