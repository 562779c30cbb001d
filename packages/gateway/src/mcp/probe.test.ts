import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ScriptedUpstream, sendJson, startUpstream, tool } from "../../testdata/upstream.ts";
import { listTools } from "./probe.ts";

const server = (name: string): string =>
  fileURLToPath(new URL(`../../testdata/servers/${name}`, import.meta.url));
const LIMITS = { startMs: 2_000, closeMs: 200 };

describe("looking at an upstream over HTTP", () => {
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    upstream = await startUpstream();
  });
  afterEach(() => upstream.close());

  const look = () =>
    listTools({ kind: "http", url: upstream.url, headers: { "x-key": "k" } }, {}, LIMITS);

  it("reads every page and calls nothing", async () => {
    upstream.script = ({ id, method, params }, response) => {
      if (method !== "tools/list") return false;
      const first = params["cursor"] === undefined;
      const result = first
        ? { tools: [tool("a")], nextCursor: "2" }
        : { tools: [tool("b"), "no tool"] };
      return sendJson(response, { jsonrpc: "2.0", id, result });
    };
    const tools = await look();
    expect(tools.ok && tools.value.map(({ definition }) => definition.name)).toEqual(["a", "b"]);
    expect(upstream.of("tools/call")).toEqual([]);
    expect(upstream.received[0]?.headers["x-key"]).toBe("k");
  });

  it("gives up on a list without end, and on what is no list", async () => {
    upstream.script = ({ id, method }, response) =>
      method === "tools/list" &&
      sendJson(response, { jsonrpc: "2.0", id, result: { tools: [], nextCursor: "again" } });
    expect(await look()).toEqual({ ok: false, error: "upstream.tools" });
    upstream.script = ({ id, method }, response) =>
      method === "tools/list" && sendJson(response, { jsonrpc: "2.0", id, result: {} });
    expect(await look()).toEqual({ ok: false, error: "upstream.garbage" });
    upstream.version = "1999-01-01";
    expect(await look()).toEqual({ ok: false, error: "upstream.version" });
  });
});

describe("looking at a program", () => {
  const program = (...args: readonly string[]) =>
    ({ kind: "stdio", command: process.execPath, args, env: {}, cwd: null }) as const;

  it("starts it, reads its tools and ends it", async () => {
    const tools = await listTools(program(server("evil.mjs")), process.env, LIMITS);
    expect(tools.ok && tools.value.length).toBeGreaterThan(10);
  });

  it.each([
    ["is not there", { ...program(), command: "/nowhere/at/all" }, "upstream.start"],
    ["ends at once", program("-e", "process.exit(0)"), "upstream.closed"],
    ["says nothing", program("-e", "setInterval(() => 0, 1000)"), "upstream.timeout"],
  ])("says so when it %s", async (_, config, code) => {
    expect(await listTools(config, process.env, LIMITS)).toEqual({ ok: false, error: code });
  });
});
