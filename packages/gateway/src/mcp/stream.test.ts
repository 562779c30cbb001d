import { once } from "node:events";
import { connect } from "node:net";
import { duplexPair } from "node:stream";
import { ok } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callerNamed, type Harness, startHarness } from "../../testdata/harness.ts";
import {
  beginStream,
  callTool,
  INITIALIZED,
  initialize,
  message,
  openStream,
} from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, startUpstream } from "../../testdata/upstream.ts";
import { connectStream } from "./index.ts";

let upstream: ScriptedUpstream;
let harness: Harness;
const agents = new Set<string>();

beforeEach(async () => {
  upstream = await startUpstream();
  agents.clear();
  agents.add("coder");
  harness = await startHarness({
    rule: (_operation, target) => (target === "danger" ? "block" : "permit"),
    agents,
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    limits: { messageBytes: 100_000, sessionsPerCredential: 2 },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const rejects = (): readonly string[] =>
  harness.ops.records.flatMap((record) => (record.kind === "reject" ? [record.code] : []));

describe("the way in", () => {
  const target = { token: "coder", upstream: "db", timeoutMs: 5_000 };

  it.each([
    ["no known token", { token: "mallory" }, { code: "credential.unknown", status: 401 }],
    ["another upstream", { upstream: "other" }, { code: "upstream.unknown", status: 404 }],
    [
      "a path instead of a name",
      { upstream: "../db" },
      { code: "bridge.unreachable", status: null },
    ],
  ])("is closed for %s", async (_what, parts, error) => {
    const opened = await connectStream({ ...target, url: harness.url, ...parts });
    expect(opened).toEqual({ ok: false, error });
  });

  it("says when nobody is there", async () => {
    const opened = await connectStream({ ...target, url: "http://127.0.0.1:9" });
    expect(opened).toEqual({ ok: false, error: { code: "bridge.unreachable", status: null } });
  });

  it.each([
    ["without a token", "", /^HTTP\/1.1 401 .*www-authenticate: Bearer/s],
    [
      "with another protocol",
      "authorization: Bearer coder\r\nupgrade: websocket\r\n",
      /^HTTP\/1.1 400 /,
    ],
    [
      "from a foreign page",
      "authorization: Bearer coder\r\norigin: http://evil.example\r\n",
      /^HTTP\/1.1 403 /,
    ],
  ])("refuses an upgrade %s", async (_what, lines, answer) => {
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    const protocol = lines.includes("upgrade:") ? "" : "upgrade: bylaw-stdio\r\n";
    socket.write(
      `GET /mcp/db HTTP/1.1\r\nhost: ${hostname}\r\nconnection: upgrade\r\n${protocol}${lines}\r\n`,
    );
    const [reply] = (await once(socket, "data")) as [Buffer];
    expect(reply.toString()).toMatch(answer);
    expect(upstream.received).toEqual([]);
    socket.destroy();
  });

  it("has room for so many of one credential", async () => {
    const streams = [await beginStream(harness, "db"), await beginStream(harness, "db")];
    const third = await openStream(harness, "db");
    expect((await third.next()).error).toMatchObject({
      code: -32013,
      data: { code: "limit.sessions" },
    });
    for (const { stream } of streams) stream.destroy();
  });
});

describe("lines", () => {
  it("may be cut anywhere, also within a character", async () => {
    const stream = await beginStream(harness, "db");
    const bytes = Buffer.from(`${callTool(1, "safe", { text: "grüße 🎈" })}\r\n`);
    for (const byte of bytes) stream.write(Buffer.from([byte]));
    expect((await stream.next()).result.content).toHaveLength(1);
    expect(upstream.of("tools/call")).toEqual([callTool(1, "safe", { text: "grüße 🎈" })]);
  });

  it("that cannot be read are refused, and the stream goes on", async () => {
    const stream = await beginStream(harness, "db");
    stream.write('{"jsonrpc":\n\n\n');
    expect((await stream.next()).error.code).toBe(-32700);
    stream.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    expect((await stream.next()).error.code).toBe(-32700);
    stream.write(`${callTool(1, "safe")}${callTool(2, "danger")}\n`);
    expect((await stream.next()).error.data.code).toBe("json.trailing");
    stream.write('{"jsonrpc":"2.0","id":3,"id":3,"method":"ping"}\n');
    expect(await stream.next()).toMatchObject({ id: 3, error: { code: -32014 } });
    stream.write(`${message(4, "ping")}\n`);
    expect(await stream.next()).toEqual({ jsonrpc: "2.0", id: 4, result: {} });
    expect(rejects()).toEqual(["json.syntax", "wire.utf8", "json.trailing", "json.duplicate_key"]);
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it("over the limit are refused by name, wherever the id stands", async () => {
    const stream = await beginStream(harness, "db");
    const params = { name: "safe", arguments: { text: "x".repeat(200_000) } };
    stream.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })}\n`);
    expect(await stream.next()).toMatchObject({
      id: 1,
      error: { data: { code: "wire.oversize" } },
    });
    stream.write(`${JSON.stringify({ method: "tools/call", params, jsonrpc: "2.0", id: "e" })}\n`);
    expect(await stream.next()).toMatchObject({ id: "e", error: { code: -32600 } });
    stream.write(`${callTool(3, "safe")}\n`);
    expect((await stream.next()).result.content).toHaveLength(1);
  });

  it("before `initialize` come to nothing", async () => {
    const stream = await openStream(harness, "db");
    stream.write(`${callTool(1, "safe")}\n`);
    expect((await stream.next()).error.data.code).toBe("session.uninitialized");
    stream.write(`${message(2, "server/discover")}\n`);
    expect((await stream.next()).error.data.code).toBe("params.meta");
    expect(upstream.received).toEqual([]);
  });
});

describe("a stream", () => {
  it("whose token is revoked does nothing more", async () => {
    const stream = await beginStream(harness, "db");
    agents.clear();
    stream.write(`${callTool(1, "safe")}\n`);
    expect((await stream.next()).error.data.code).toBe("credential.unknown");
    await stream.ended;
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it("that has said all still gets its answers", async () => {
    const stream = await beginStream(harness, "db");
    stream.stream.end(`${callTool(1, "safe")}\n${callTool(2, "danger")}\n`);
    const ids = [(await stream.next()).id, (await stream.next()).id];
    expect(new Set(ids)).toEqual(new Set([1, 2]));
    await stream.ended;
  });

  it("can be any pair of pipes", async () => {
    const [client, server] = duplexPair();
    const served = harness.gateway.handleStream(server, async () => ok(callerNamed("coder")), "db");
    const answered = once(client, "data");
    client.write(`${initialize()}\n`);
    const [line] = (await answered) as [Buffer];
    expect(JSON.parse(line.toString()).result.serverInfo.name).toBe("scripted");
    client.end(`${INITIALIZED}\n`);
    client.resume();
    await served;
  });
});
