import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import {
  begin,
  beginStream,
  callTool,
  initialize,
  type RawStream,
  raw,
} from "../../testdata/raw-client.ts";
import { type SseUpstream, startSseUpstream } from "../../testdata/sse-upstream.ts";
import { startUpstream } from "../../testdata/upstream.ts";
import type { UpstreamConfig } from "./link.ts";

let upstream: SseUpstream;
let harness: Harness | null = null;

beforeEach(async () => {
  upstream = await startSseUpstream();
});
afterEach(async () => {
  await harness?.close();
  harness = null;
  await upstream.close();
});

async function open(
  transport: "auto" | "streamable" | "sse",
  url = upstream.url,
  limits = {},
): Promise<Harness> {
  const old: UpstreamConfig = { kind: "http", url, headers: {}, transport };
  harness = await startHarness({
    rule: (_, target) => (target === "danger" ? "block" : "permit"),
    upstreams: new Map([["old", old]]),
    limits,
  });
  return harness;
}

describe.each(["auto", "sse"] as const)("a server of 2024-11-05, transport `%s`", (transport) => {
  it("is found, called and governed like any other", async () => {
    const running = await open(transport);
    const session = await begin(running, "old");
    const called = await raw(running, "old", callTool(1, "safe"), { session });
    expect(called.json.result.content[0].text).toBe("did safe");
    const refused = await raw(running, "old", callTool(2, "danger"), { session });
    expect(refused.json.result.isError).toBe(true);
    expect(upstream.received.join("\n")).not.toContain("danger");
    expect(upstream.received.filter((body) => body.includes("initialize"))).toHaveLength(2);
  });

  it("asks its client, and hears the answer", async () => {
    const running = await open(transport);
    const stream: RawStream = await beginStream(running, "old");
    stream.write(`${callTool(1, "safe")}\n`);
    expect((await stream.next()).result.content[0].text).toBe("did safe");
    upstream.say({
      jsonrpc: "2.0",
      id: 9,
      method: "sampling/createMessage",
      params: { messages: [] },
    });
    const asked = await stream.next();
    expect(asked).toMatchObject({ id: 9, method: "sampling/createMessage" });
    stream.write(`${JSON.stringify({ jsonrpc: "2.0", id: 9, result: { model: "m" } })}\n`);
    await vi.waitFor(() => expect(upstream.received.at(-1)).toContain('"model":"m"'));
  });

  it("ends its clients' sessions when its stream ends", async () => {
    const running = await open(transport);
    const session = await begin(running, "old");
    upstream.script = ({ method }) => {
      if (method === "tools/call") upstream.stream?.destroy();
      return method === "tools/call";
    };
    const called = await raw(running, "old", callTool(1, "safe"), { session });
    expect(called.json.result._meta["dev.bylaw/decision"]).toMatchObject({
      code: "upstream.closed",
      outcome: "unknown",
    });
  });

  it.each([
    "http://198.51.100.7/messages",
    "//198.51.100.7/messages",
    "http://127.0.0.1:9/messages",
  ])("may not have messages sent to somebody else: %s", async (endpoint) => {
    upstream.endpoint = endpoint;
    const running = await open(transport);
    const reply = await raw(running, "old", initialize());
    expect(reply.json.error.data.code).toMatch(/^upstream\.(endpoint|status)$/);
    expect(upstream.received).toEqual([]);
  });

  it.each([
    ["larger than the limit", "x".repeat(5_000)],
    ["without an end", null],
  ])("cannot send an event %s", async (_, text) => {
    const running = await open(transport, upstream.url, {
      upstreamMessageBytes: 2_000,
      answerIdleMs: 500,
    });
    const session = await begin(running, "old");
    upstream.script = ({ id, method }) => {
      if (method !== "tools/call") return false;
      if (text === null) upstream.stream?.write(`event: message\ndata: ${"y".repeat(5_000)}`);
      else upstream.say({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
      return true;
    };
    const called = await raw(running, "old", callTool(1, "safe"), { session });
    expect(called.json.result._meta["dev.bylaw/decision"].code).toMatch(
      /^upstream\.(oversize|closed|timeout)$/,
    );
    expect(called.text.length).toBeLessThan(2_000);
  });

  it("is given up when its stream says nothing", async () => {
    const silent = await startUpstream();
    silent.script = () => true;
    silent.onGet = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    };
    const running = await open("sse", silent.url, { startMs: 100 });
    const reply = await raw(running, "old", initialize());
    expect(reply.json.error.data.code).toBe("upstream.timeout");
    await silent.close();
  });
});

describe("a server of the newer transport", () => {
  it("is not asked for the older one when it fails in its own way", async () => {
    const newer = await startUpstream();
    newer.script = (_, response) => Boolean(response.writeHead(500).end());
    const running = await open("auto", newer.url);
    const reply = await raw(running, "old", initialize());
    expect(reply.json.error.data.code).toBe("upstream.status");
    expect(newer.received.map(({ method }) => method)).toEqual(["POST"]);
    await newer.close();
  });

  it("stays the only one where that is configured", async () => {
    const running = await open("streamable");
    const reply = await raw(running, "old", initialize());
    expect(reply.json.error.data.code).toBe("upstream.status");
    expect(upstream.stream).toBeNull();
  });
});
