import type { JsonObject } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyze } from "../analyze.ts";
import { EMPTY_CATALOG } from "../catalog/catalog.ts";
import { memoryOps } from "../memory-ops.ts";
import { DIGEST, request, WORLD } from "../testdata/fixture.ts";
import { readPatch } from "./patch.ts";
import { CLIENT_TOOLS } from "./tools.ts";

const ops = memoryOps({ links: { "/ws/link.md": "/ws/AGENTS.md", "/ws/out": "/etc" } });

function effectsOf(
  client: string,
  tool: string,
  args: JsonObject,
  cwd: string | null = "/ws/sub",
): readonly string[] {
  const asked = request({ gateway: "hook", upstream: client, target: tool, arguments: args, cwd });
  return analyze(asked, WORLD, EMPTY_CATALOG, ops).effects.map(
    ({ action, resource, source, quantity }) =>
      `${action} ${resource.type}::${resource.id} ${source} ${quantity.known ? quantity.atMost : "?"}`,
  );
}

const UNKNOWN = expect.stringMatching(/^execute Tool::.* unknown \?$/) as string;

describe("a task that agents share", () => {
  test.each<[JsonObject, string]>([
    [{ taskId: "3", subject: "x" }, "agent-state"],
    [{ taskId: "3", owner: "helper" }, "agent-task"],
    [{ taskId: "3", owner: null }, "agent-task"],
    [{ taskId: "3", status: "in_progress" }, "agent-task"],
    [{ taskId: "3", status: "completed" }, "agent-state"],
  ])("is claimed or not by %j", (args, kind) => {
    const asked = request({
      gateway: "hook",
      upstream: "claude-code",
      target: "TaskUpdate",
      arguments: args,
      cwd: null,
    });
    const [effect] = analyze(asked, WORLD, EMPTY_CATALOG, ops).effects;
    expect(effect?.resource.attrs).toEqual({ kind });
  });
});

describe("tools of coding agents", () => {
  test.each<[string, string, JsonObject, readonly string[]]>([
    [
      "claude-code",
      "Write",
      { file_path: "/ws/a.txt", content: "x" },
      ["create File::/ws/a.txt parsed 1", "update File::/ws/a.txt parsed 1"],
    ],
    ["claude-code", "Read", { file_path: "b.txt" }, ["read File::/ws/sub/b.txt parsed 1"]],
    ["claude-code", "Read", { file_path: "../../etc/passwd" }, ["read File::/etc/passwd parsed 1"]],
    ["claude-code", "Read", { file_path: "/ws/out/passwd" }, ["read File::/etc/passwd parsed 1"]],
    ["claude-code", "Grep", { pattern: "x" }, ["read File::/ws/sub parsed ?"]],
    ["claude-code", "TodoWrite", { todos: [] }, ["update Object::claude-code/TodoWrite parsed 1"]],
    [
      "claude-code",
      "TaskUpdate",
      { taskId: "3", subject: "x" },
      ["update Object::claude-code/tasks/3 parsed 1"],
    ],
    ["claude-code", "TaskUpdate", { taskId: 3 }, [UNKNOWN]],
    ["claude-code", "Task", { prompt: "go" }, ["spawn Agent::helper/sub parsed 1"]],
    ["claude-code", "WebSearch", { query: "x" }, ["send Channel::web-search parsed 1"]],
    [
      "claude-code",
      "WebFetch",
      { url: "https://x.example/a" },
      ["connect Host::x.example:443 parsed 1", "read Host::x.example:443 parsed 1"],
    ],
    ["cursor", "Delete", { path: "/ws/a" }, ["delete File::/ws/a parsed ?"]],
    [
      "gemini-cli",
      "run_shell_command",
      { command: "cat a", dir_path: "deep" },
      ["execute Tool::program/cat parsed 1", "read File::/ws/sub/deep/a parsed 1"],
    ],
    [
      "codex",
      "Bash",
      { command: ["cat", "a b"] },
      ["execute Tool::program/cat parsed 1", "read File::/ws/sub/a b parsed 1"],
    ],
    [
      "codex",
      "apply_patch",
      {
        command: "*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n*** End Patch",
      },
      [
        "update File::/ws/sub/a parsed 1",
        "delete File::/ws/sub/a parsed 1",
        "create File::/ws/sub/b parsed 1",
        "update File::/ws/sub/b parsed 1",
      ],
    ],
  ])("%s %s %j", (client, tool, args, expected) => {
    expect(effectsOf(client, tool, args)).toEqual(expected);
  });

  test.each<[string, string, JsonObject]>([
    ["claude-code", "Write", {}],
    ["claude-code", "Write", { file_path: 7 }],
    ["claude-code", "Bash", { command: null }],
    ["claude-code", "WebFetch", { url: "javascript:1" }],
    ["claude-code", "SomethingNew", { path: "/ws/a" }],
    ["codex", "apply_patch", { command: "*** Rename File: a" }],
    ["gemini-cli", "run_shell_command", { command: "ls", dir_path: ["a", "b"] }],
  ])("%s %s %j may do anything", (client, tool, args) => {
    expect(effectsOf(client, tool, args)).toContainEqual(UNKNOWN);
  });

  test("a relative path leads nowhere while nobody says where the client works", () => {
    expect(effectsOf("claude-code", "Read", { file_path: "a" }, null)).toEqual([
      "read File::a parsed 1",
    ]);
  });

  test("tools of the same name on an MCP server are not the client's", () => {
    const asked = request({
      upstream: "claude-code",
      target: "TodoWrite",
      arguments: {},
      bytes: { digest: DIGEST, length: 1 },
    });
    const { effects } = analyze(asked, WORLD, EMPTY_CATALOG, ops);
    expect(effects.map(({ source }) => source)).toContain("unknown");
  });

  test("an instruction file is one by any of its names", () => {
    const classes = (path: string): readonly string[] =>
      analyze(
        request({
          gateway: "hook",
          upstream: "claude-code",
          target: "Write",
          arguments: { file_path: path },
          cwd: "/ws",
        }),
        WORLD,
        EMPTY_CATALOG,
        ops,
      ).effects.flatMap(({ resource }) =>
        resource.parents.filter(({ type }) => type === "Class").map(({ id }) => id),
      );
    for (const path of ["AGENTS.md", "./sub/../AGENTS.md", "link.md", "/ws/agents.MD"])
      expect(classes(path)).toContain("instructions");
  });

  test("every tool has an effect whatever its arguments are", () => {
    const tools = Object.entries(CLIENT_TOOLS).flatMap(([client, all]) =>
      Object.keys(all).map((tool) => [client, tool] as const),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...tools),
        fc.dictionary(
          fc.constantFrom("command", "path", "file_path", "url", "cmd", "input", "workdir", "name"),
          fc.oneof(fc.string(), fc.array(fc.string()), fc.jsonValue()),
        ),
        ([client, tool], args) => {
          expect(effectsOf(client, tool, args as JsonObject).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("patches", () => {
  test.each([
    "",
    "*** Begin Patch\n*** End Patch",
    "--- a\n+++ b",
    "*** Begin Patch\n  *** Add File: hidden\n*** Add File: a\n*** End Patch",
    "*** Begin Patch\n*** Copy File: a\n*** Add File: b",
    "*** Add File:\n*** Add File: a",
  ])("%j is not understood", (text) => {
    expect(readPatch(text)).toBeNull();
  });

  test("line ends of every kind begin a line", () => {
    expect(readPatch("*** Add File: a\r\n+x\r*** Delete File: b")).toEqual([
      { path: "a", actions: ["create", "update"] },
      { path: "b", actions: ["delete"] },
    ]);
  });
});
