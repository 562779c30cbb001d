import type { ActionRequest } from "@bylaw/core";
import { describe, expect, test } from "vitest";
import { analyze } from "../analyze.ts";
import { EMPTY_CATALOG } from "../catalog/catalog.ts";
import { memoryOps } from "../memory-ops.ts";
import { line, request, WORLD } from "../testdata/fixture.ts";

const ops = memoryOps();
const effectsOf = (more: Partial<ActionRequest>): readonly string[] =>
  analyze(request(more), WORLD, EMPTY_CATALOG, ops).effects.map(line);

const FILE = "read File::/ws/a 1 parsed current development";

// shows: C7.5
describe("methods of the protocol", () => {
  test.each<[Partial<ActionRequest>, readonly string[]]>([
    [{ operation: "initialize" }, ["connect Server::files 1 parsed development"]],
    [{ operation: "server/discover" }, ["connect Server::files 1 parsed development"]],
    [{ operation: "ping" }, ["connect Server::files 1 parsed development"]],
    [{ operation: "tools/list" }, ["list Server::files ? parsed development"]],
    [{ operation: "prompts/list" }, ["list Server::files ? parsed development"]],
    [{ operation: "resources/list" }, ["list Server::files ? parsed development"]],
    [{ operation: "resources/templates/list" }, ["list Server::files ? parsed development"]],
    [{ operation: "logging/setLevel" }, ["read Server::files 1 parsed development"]],
    [{ operation: "resources/read", target: "file:///ws/a" }, [FILE]],
    [{ operation: "resources/read", arguments: { uri: "file:///ws/a" } }, [FILE]],
    [
      {
        operation: "resources/read",
        target: "file:///ws/a",
        arguments: { uri: "file:///etc/passwd" },
      },
      [FILE, "read File::/etc/passwd 1 parsed unknown"],
    ],
    [{ operation: "resources/subscribe", target: "file:///ws/a" }, [FILE]],
    [{ operation: "resources/unsubscribe", target: "file:///ws/a" }, [FILE]],
    [
      { operation: "resources/read", target: "https://a.example/" },
      ["connect Host::a.example:443 1 parsed unknown", "read Host::a.example:443 1 parsed unknown"],
    ],
    [
      { operation: "resources/read", target: "demo://x/1" },
      ["read Object::files/resource/demo://x/1 1 parsed development"],
    ],
    [
      {
        operation: "subscriptions/listen",
        arguments: { notifications: { resourceSubscriptions: ["file:///ws/a"] } },
      },
      ["list Server::files ? parsed development", FILE],
    ],
    [
      { operation: "prompts/get", target: "greet" },
      ["read Object::files/prompt/greet 1 parsed development"],
    ],
    [
      {
        operation: "completion/complete",
        arguments: { ref: { type: "ref/prompt", name: "greet" } },
      },
      ["read Object::files/prompt/greet 1 parsed development"],
    ],
    [
      { operation: "completion/complete", arguments: { ref: { uri: "file:///{path}" } } },
      ["read Object::files/resource-template/file:///{path} 1 parsed development"],
    ],
    [
      { operation: "tasks/cancel", arguments: { taskId: "7" } },
      ["update Object::files/task/7 1 parsed development"],
    ],
    [{ operation: "sampling/createMessage" }, ["send Model::files/sampling ? parsed development"]],
    [{ operation: "elicitation/create" }, ["send Channel::files/elicitation ? parsed development"]],
    [{ operation: "roots/list" }, ["list Object::files/workspace-roots ? parsed development"]],
  ])("%j", (more, expected) => {
    expect(effectsOf(more)).toEqual(expected);
  });

  test.each<Partial<ActionRequest>>([
    { operation: "tools/invoke" },
    { operation: "constructor" },
    { operation: "__proto__" },
    { operation: "tools/list", gateway: "authzen" },
    { operation: "tools/call", target: null },
    { operation: "resources/read" },
    { operation: "resources/read", arguments: { uri: 1 } },
    { operation: "resources/read", target: "https://user@a.example/" },
    { operation: "prompts/get" },
    { operation: "subscriptions/listen", arguments: { resourceSubscriptions: [1] } },
  ])("%j is unknown", (more) => {
    const name = `method:${more.operation}`;
    expect(effectsOf(more)).toEqual([`execute Tool::files/${name} ? unknown development`]);
  });

  test("a method is no tool of the same name", () => {
    const method = analyze(request({ operation: "run" }), WORLD, EMPTY_CATALOG, ops);
    const tool = analyze(
      request({ operation: "tools/call", target: "run" }),
      WORLD,
      EMPTY_CATALOG,
      ops,
    );
    expect(method.tool.id).not.toBe(tool.tool.id);
  });

  test("a server that nobody configured is in the unknown environment", () => {
    expect(effectsOf({ operation: "tools/list", upstream: "x" })).toEqual([
      "list Server::x ? parsed unknown",
    ]);
    expect(effectsOf({ operation: "tools/list", upstream: "constructor" })).toEqual([
      "list Server::constructor ? parsed unknown",
    ]);
  });
});
