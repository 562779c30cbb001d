import type { JsonObject } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import { begin, callTool, raw } from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, sendJson, startUpstream, tool } from "../../testdata/upstream.ts";

let upstream: ScriptedUpstream;
let harness: Harness;

beforeEach(async () => {
  upstream = await startUpstream();
  upstream.tools.push(tool("look"), tool("quiet"));
  harness = await startHarness({
    rule: (_operation, target) => (target === "quiet" ? "redact" : "permit"),
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    redactor: {
      knows: () => true,
      redact: (value) => JSON.parse(JSON.stringify(value).replaceAll("hush", "-")) as JsonObject,
    },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

/** What the pipeline has been told once the client has its answer. */
async function shownOf(body: object, name = "look"): Promise<unknown> {
  upstream.script = ({ id, method }, response) =>
    method === "tools/call" && sendJson(response, { jsonrpc: "2.0", id, ...body });
  const session = await begin(harness, "db");
  const before = harness.ops.shown.length;
  await raw(harness, "db", callTool(1, name), { session });
  return harness.ops.shown.slice(before).map(({ texts }) => texts);
}

describe("what the agent reads is told before it has it", () => {
  it.each<[string, object, readonly string[]]>([
    ["text", { content: [{ type: "text", text: '[{"a": 1}]' }] }, ['[{"a": 1}]']],
    [
      "several blocks, one by one",
      {
        content: [
          { type: "text", text: "one" },
          { type: "resource", resource: { uri: "f:x", text: "two" } },
          { type: "image", data: "AAAA", mimeType: "image/png" },
        ],
      },
      ["one", "two", '{"type":"image","mimeType":"image/png"}'],
    ],
    [
      "structured content that is no copy of the text",
      { content: [{ type: "text", text: "see below" }], structuredContent: { to: "x@y.example" } },
      ["see below", '{"to":"x@y.example"}'],
    ],
    [
      "structured content once",
      { content: [{ type: "text", text: '{"n":1}' }], structuredContent: { n: 1 } },
      ['{"n":1}'],
    ],
    ["a result of another form", { value: "z" }, ['{"value":"z"}']],
  ])("%s", async (_, result, texts) => {
    expect(await shownOf({ result })).toEqual([texts]);
  });

  it("an error too", async () => {
    const error = { code: 7, message: "write to x@y.example" };
    expect(await shownOf({ error })).toEqual([[JSON.stringify(error)]]);
  });

  it("without what a policy takes out", async () => {
    const result = { content: [{ type: "text", text: "say hush" }] };
    expect(await shownOf({ result }, "quiet")).toEqual([["say -"]]);
  });
});
