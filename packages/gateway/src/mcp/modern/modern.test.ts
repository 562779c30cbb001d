import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../../testdata/harness.ts";
import type { Rule } from "../../../testdata/memory-ops.ts";
import { modern, modernCall } from "../../../testdata/modern-client.ts";
import {
  type ModernUpstream,
  modernMeta,
  startModernUpstream,
} from "../../../testdata/modern-upstream.ts";
import { message, openStream, raw } from "../../../testdata/raw-client.ts";
import {
  type ScriptedUpstream,
  sendJson,
  startUpstream,
  tool,
} from "../../../testdata/upstream.ts";

/** A machine with much else to do. */
const PATIENT = { timeout: 15_000 };

let upstream: ModernUpstream;
let legacy: ScriptedUpstream;
let harness: Harness;
let rule: Rule;
/** A program takes its time to start on a busy machine. */
let probeMs = 10_000;

beforeEach(() => start());

async function start(): Promise<void> {
  upstream = await startModernUpstream();
  legacy = await startUpstream();
  rule = (_operation, target) => (target === "danger" ? "block" : "permit");
  const program = fileURLToPath(
    new URL("../../../testdata/servers/modern-stdio.mjs", import.meta.url),
  );
  const silent = "process.stdin.resume()";
  const stdio = { kind: "stdio", command: process.execPath, env: {}, cwd: null } as const;
  harness = await startHarness({
    rule: (operation, target) => rule(operation, target),
    upstreams: new Map([
      ["db", { kind: "http", url: upstream.url, headers: { "X-Own": "key" } }],
      ["old", { kind: "http", url: legacy.url, headers: {} }],
      ["pipe", { ...stdio, args: [program] }],
      ["mute", { ...stdio, args: ["-e", silent] }],
    ]),
    visible:
      async () =>
      ({ name }) =>
        name !== "danger",
    limits: { probeMs },
  });
}

afterEach(async () => {
  await harness.close();
  await upstream.close();
  await legacy.close();
});

const kinds = (): readonly string[] => harness.ops.records.map(({ kind }) => kind);

describe("a request without a session", () => {
  it("is decided, forwarded as it was written and answered with a receipt", async () => {
    const reply = await modernCall(
      harness,
      "db",
      "safe",
      { row: 1 },
      { headers: { cookie: "c=1" } },
    );
    expect(reply.status).toBe(200);
    expect(reply.json.result).toMatchObject({
      resultType: "complete",
      content: [{ text: "did safe" }],
    });
    const [call] = upstream.of("tools/call");
    const params = { name: "safe", arguments: { row: 1 }, _meta: modernMeta() };
    expect(call?.body).toBe(message(1, "tools/call", params));
    expect(call?.headers).toMatchObject({
      "x-own": "key",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "safe",
    });
    for (const name of ["authorization", "cookie", "mcp-session-id"])
      expect(call?.headers).not.toHaveProperty(name);
    expect(reply.headers).not.toHaveProperty("mcp-session-id");
    // Connecting was an action of its own, before anything was sent.
    expect(kinds()).toEqual(["intent", "outcome", "intent", "outcome"]);
  });

  it("reaches nothing when policy forbids to connect", async () => {
    rule = (operation) => (operation === "server/discover" ? "block" : "permit");
    const reply = await modernCall(harness, "db", "safe");
    expect(reply.json.result).toMatchObject({
      resultType: "complete",
      isError: true,
      _meta: { "dev.bylaw/decision": { outcome: "block", policy: "never" } },
    });
    expect(upstream.received).toEqual([]);
    expect(kinds()).toEqual(["refusal"]);
  });

  it("is refused like one with a session", async () => {
    const reply = await modernCall(harness, "db", "danger");
    expect(reply.json.result).toMatchObject({ resultType: "complete", isError: true });
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it("may take the place of `initialize` and ask what is served", async () => {
    upstream.script = ({ id, method }, response) => {
      if (method !== "server/discover") return false;
      const supportedVersions = ["2099-01-01", "2026-07-28"];
      const result = { resultType: "complete", supportedVersions, capabilities: {}, ttlMs: 9e9 };
      return sendJson(response, { jsonrpc: "2.0", id, result });
    };
    const { json } = await modern(harness, "db", "server/discover");
    expect(json.result).toMatchObject({
      supportedVersions: ["2026-07-28"],
      cacheScope: "private",
      ttlMs: 60_000,
    });
  });

  it.each([["initialize"], ["ping"], ["logging/setLevel"], ["tools/execute"]])(
    "has no %s",
    async (method) => {
      const reply = await modern(harness, "db", method);
      expect(reply.status).toBe(404);
      expect(reply.json.error).toMatchObject({ code: -32601 });
      expect(reply.json.id).toBe(1);
    },
  );

  it("gets an error of the protocol for a tool that is not there", async () => {
    const reply = await modernCall(harness, "db", "nothing");
    expect(reply.status).toBe(400);
    expect(reply.json.error).toMatchObject({ code: -32602, data: { code: "tool.unknown" } });
  });

  it("gets the upstream's own errors with their status", async () => {
    await modernCall(harness, "db", "safe");
    upstream.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      const error = { code: -32021, message: "no", data: { requiredCapabilities: {} } };
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, error }));
      return true;
    };
    const reply = await modernCall(harness, "db", "safe");
    expect(reply.status).toBe(400);
    expect(reply.json.error.code).toBe(-32021);
  });

  it("passes notifications on, each to its own request", async () => {
    upstream.script = ({ id, method, params }, response) => {
      if (method !== "tools/call") return false;
      const { progressToken } = params["_meta"] as { progressToken: string };
      response.writeHead(200, { "content-type": "text/event-stream" });
      const progress = { progressToken, progress: 1 };
      for (const one of [
        { jsonrpc: "2.0", method: "notifications/progress", params: progress },
        { jsonrpc: "2.0", id, result: { resultType: "complete", content: [] } },
      ])
        response.write(`data: ${JSON.stringify(one)}\n\n`);
      response.end();
      return true;
    };
    const replies = await Promise.all(
      ["a", "b"].map((progressToken) =>
        modernCall(harness, "db", "safe", {}, { meta: { progressToken } }),
      ),
    );
    for (const [at, { text, headers }] of replies.entries()) {
      expect(headers["content-type"]).toBe("text/event-stream");
      expect(text).toContain(`"progressToken":"${"ab"[at]}"`);
      expect(text).not.toContain(`"progressToken":"${"ba"[at]}"`);
    }
  });

  it("is taken back by closing its response, and the upstream is told", async () => {
    const there = new Promise<void>((arrived) => {
      upstream.script = ({ method }) => {
        if (method === "tools/call") arrived();
        return method === "tools/call";
      };
    });
    const hangUp = new AbortController();
    const call = modernCall(harness, "db", "safe", {}, { signal: hangUp.signal });
    await there;
    hangUp.abort();
    await expect(call).rejects.toThrow(/abort/i);
    await expect.poll(() => upstream.closed, PATIENT).toEqual(["tools/call"]);
    await expect
      .poll(() => harness.ops.records.at(-1), PATIENT)
      .toMatchObject({ kind: "outcome", completion: "unknown", code: "client.closed" });
  });
});

describe("lists and what may be kept of them", () => {
  it("show no tool that its caller may not know of, in order, for this caller alone", async () => {
    const { json } = await modern(harness, "db", "tools/list");
    expect(json.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      "safe",
      "ask",
      "regional",
    ]);
    expect(json.result).toMatchObject({ cacheScope: "private", ttlMs: 60_000 });
  });

  it("keep shorter times, and say for whom also where the upstream does not", async () => {
    const { json } = await modern(harness, "db", "resources/read", { uri: "note://one" });
    expect(json.result).toMatchObject({ cacheScope: "private", ttlMs: 5 });
  });

  it("leave out tools that break the rules for headers", async () => {
    const broken = ["", "a b", "é", 7].map((header, at) => ({
      ...tool(`broken${at}`),
      inputSchema: {
        type: "object",
        properties: { x: { type: "string", "x-mcp-header": header } },
      },
    }));
    const twice = {
      a: { type: "string", "x-mcp-header": "X" },
      b: { type: "string", "x-mcp-header": "x" },
    };
    const number = { a: { type: "number", "x-mcp-header": "N" } };
    upstream.tools = [
      tool("fine"),
      ...broken,
      { ...tool("twice"), inputSchema: { type: "object", properties: twice } },
      { ...tool("number"), inputSchema: { type: "object", properties: number } },
    ];
    const { json } = await modern(harness, "db", "tools/list");
    expect(json.result.tools.map(({ name }: { name: string }) => name)).toEqual(["fine"]);
    expect((await modernCall(harness, "db", "twice")).json.result.isError).toBe(true);
    expect(upstream.of("tools/call")).toEqual([]);
  });
});

describe("an upstream of an older revision", () => {
  it("makes clients fall back to `initialize`", async () => {
    const probe = await modern(harness, "old", "server/discover");
    expect([probe.status, probe.json.error.code]).toEqual([400, -32601]);
    const call = await modernCall(harness, "old", "safe");
    expect([call.status, call.json.error.code]).toEqual([400, -32022]);
    expect(call.json.error.data).toMatchObject({ requested: "2026-07-28" });
    expect(call.json.error.data.supported).toContain("2025-11-25");
    expect(legacy.of("tools/call")).toEqual([]);
  });

  it("that says nothing is not waited for", async () => {
    await Promise.all([harness.close(), upstream.close(), legacy.close()]);
    probeMs = 100;
    await start();
    probeMs = 10_000;
    const probe = await modern(harness, "mute", "server/discover");
    expect([probe.status, probe.json.error.code]).toEqual([400, -32601]);
  });

  it("is told by either side alone: a revision that nobody serves is named", async () => {
    const reply = await raw(
      harness,
      "db",
      message(1, "tools/list", { _meta: modernMeta({}, "2030-01-01") }),
      {
        headers: { "mcp-protocol-version": "2030-01-01", "mcp-method": "tools/list" },
      },
    );
    expect([reply.status, reply.json.error.code]).toEqual([400, -32022]);
  });
});

describe("one program for many requests", () => {
  it("tells equal ids and tokens apart", async () => {
    const replies = await Promise.all(
      ["one", "two", "three"].map((text) =>
        modernCall(harness, "pipe", "echo", { text }, { id: 7, meta: { progressToken: 7 } }),
      ),
    );
    expect(replies.map(({ json }) => [json.id, json.result.content[0].text])).toEqual([
      [7, "one"],
      [7, "two"],
      [7, "three"],
    ]);
  });

  it("gives progress back under the client's own token", async () => {
    const { text } = await modernCall(
      harness,
      "pipe",
      "steps",
      {},
      { meta: { progressToken: "mine" } },
    );
    expect(text).toContain('"progressToken":"mine"');
    expect(text).toContain("stepped number");
  });

  it("is told when a client turns away", async () => {
    await modernCall(harness, "pipe", "echo", { text: "x" });
    const hangUp = new AbortController();
    const call = modernCall(harness, "pipe", "wait", {}, { signal: hangUp.signal, id: 99 });
    await expect
      .poll(async () => (await lines()).filter(({ params }) => params["name"] === "wait"), PATIENT)
      .toHaveLength(1);
    hangUp.abort();
    await expect(call).rejects.toThrow(/abort/i);
    await expect
      .poll(
        async () => (await lines()).some(({ method }) => method === "notifications/cancelled"),
        PATIENT,
      )
      .toBe(true);
    const [waiting] = (await lines()).filter(({ params }) => params["name"] === "wait");
    const [cancelled] = (await lines()).filter(
      ({ method }) => method === "notifications/cancelled",
    );
    expect(cancelled?.params["requestId"]).toBe(waiting?.id);
  });

  interface Line {
    readonly id: number;
    readonly method: string;
    readonly params: Record<string, unknown>;
  }
  async function lines(): Promise<readonly Line[]> {
    const { json } = await modernCall(harness, "pipe", "lines");
    return JSON.parse(json.result.content[0].text) as readonly Line[];
  }
});

describe("requests without sessions on a byte stream", () => {
  const call = (id: number, name: string, args: object = {}): string =>
    `${message(id, "tools/call", { name, arguments: args, _meta: modernMeta() })}\n`;

  it.each(["db", "pipe"])("need no headers (%s)", async (name) => {
    const stream = await openStream(harness, name);
    stream.write(call(1, name === "db" ? "safe" : "echo", { text: "hi" }));
    expect(await stream.next()).toMatchObject({ id: 1, result: { resultType: "complete" } });
    stream.stream.destroy();
  });

  it("listen until they are cancelled", async () => {
    const stream = await openStream(harness, "pipe");
    const notifications = { toolsListChanged: true };
    stream.write(
      `${message("l", "subscriptions/listen", { notifications, _meta: modernMeta() })}\n`,
    );
    const own = { params: { _meta: { "io.modelcontextprotocol/subscriptionId": "l" } } };
    expect(await stream.next()).toMatchObject({
      ...own,
      method: "notifications/subscriptions/acknowledged",
    });
    expect(await stream.next()).toMatchObject({
      ...own,
      method: "notifications/tools/list_changed",
    });
    const params = { requestId: "l" };
    stream.write(
      `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params })}\n`,
    );
    await expect
      .poll(() => harness.ops.records.at(-1), PATIENT)
      .toMatchObject({ kind: "outcome", completion: "unknown", code: "client.cancelled" });
    stream.stream.destroy();
  });

  it("share the stream with a session of the other era", async () => {
    const stream = await openStream(harness, "old");
    stream.write(call(1, "safe"));
    expect((await stream.next()).error.code).toBe(-32022);
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    stream.write(`${message(2, "initialize", params)}\n`);
    expect((await stream.next()).result.protocolVersion).toBe("2025-11-25");
    stream.stream.destroy();
  });
});
