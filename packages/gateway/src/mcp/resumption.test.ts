import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import { begin, callTool, message, type RawReply, raw } from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, startUpstream } from "../../testdata/upstream.ts";

/** A machine with much else to do. */
const PATIENT = { timeout: 15_000 };

let upstream: ScriptedUpstream;
let harness: Harness;

beforeEach(async () => {
  upstream = await startUpstream();
  harness = await startHarness({
    rule: (_operation, target) => (target === "ask" ? "hold" : "permit"),
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    limits: { resumeMs: 10, replayBytes: 2_000, keepAliveMs: 20, comeBackMs: 2_000 },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const lastId = ({ text }: RawReply): string =>
  text
    .match(/^id: (.*)$/gm)
    ?.at(-1)
    ?.slice(4) ?? "";
const resume = (session: string, id: string, token = "coder"): Promise<RawReply> =>
  raw(harness, "db", "", { method: "GET", session, token, headers: { "last-event-id": id } });
/** The upstream lets go of the reply to a call, and answers it when it is asked for the rest. */
const breakOff = (priming: string): void => {
  upstream.script = ({ method }, response) => {
    if (method !== "tools/call") return false;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(priming);
    return true;
  };
};
const rest = (id: number): void => {
  upstream.onGet = (response) => {
    const answer = { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "late" }] } };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`id: e2\ndata: ${JSON.stringify(answer)}\n\n`);
  };
};

describe("a reply that its upstream breaks off", () => {
  it("ends for the client too, who comes back for the rest", async () => {
    const session = await begin(harness, "db", "2025-11-25");
    await raw(harness, "db", callTool(0, "safe"), { session });
    breakOff("id: e1\nretry: 60\ndata: \n\n");
    rest(1);
    const first = await raw(harness, "db", callTool(1, "safe"), { session });
    expect(first.text).toMatch(/^id: \d+-0\nretry: 10\ndata: \n\n$/);
    const second = await resume(session, lastId(first));
    expect(second.json.result.content).toEqual([{ type: "text", text: "late" }]);
    const asked = upstream.received.filter(({ headers }) => headers["last-event-id"] !== undefined);
    expect(asked.map(({ headers }) => headers["last-event-id"])).toEqual(["e1"]);
    expect(harness.ops.records.at(-1)).toMatchObject({ kind: "outcome", completion: "ok" });
    expect((await resume(session, lastId(first))).status).toBe(400);
  });

  it("is answered at once for a client that cannot come back", async () => {
    const session = await begin(harness, "db", "2025-06-18");
    await raw(harness, "db", callTool(0, "safe"), { session });
    breakOff("id: e1\nretry: 60\ndata: \n\n");
    rest(1);
    const reply = await raw(harness, "db", callTool(1, "safe"), { session });
    expect(reply.json.result.content).toEqual([{ type: "text", text: "late" }]);
  });

  it("is over where the upstream has not said from where to go on", async () => {
    const session = await begin(harness, "db", "2025-11-25");
    await raw(harness, "db", callTool(0, "safe"), { session });
    breakOff(": nothing\n\n");
    const reply = await raw(harness, "db", callTool(1, "safe"), { session });
    expect(reply.json.result._meta["dev.bylaw/decision"].code).toBe("upstream.no_answer");
  });
});

describe("a client that loses its connection", () => {
  it("comes back to a call that waits for a person, and to nobody else's", async () => {
    const session = await begin(harness, "db", "2025-11-25");
    const hangUp = new AbortController();
    const call = raw(harness, "db", callTool(1, "ask"), { session, signal: hangUp.signal });
    const held = await harness.ops.held();
    hangUp.abort();
    await expect(call).rejects.toThrow(/abort/i);
    const id = "1-0";
    expect((await resume(session, id, "intruder")).status).toBe(404);
    const other = await begin(harness, "db", "2025-11-25");
    expect((await resume(other, id)).status).toBe(400);
    for (const made of ["1-7", "9-0", "x", "1-0-0", "-1-0"])
      expect((await resume(session, made)).status).toBe(400);
    const back = resume(session, id);
    harness.ops.answer(held, "approved");
    expect((await back).json.result.content).toEqual([{ type: "text", text: "did ask" }]);
  });

  it.each([
    ["in order", 3, ["1", "2", "3"]],
    ["never with a gap", 20, null],
  ])("gets what it missed %s", async (_what, steps, seen) => {
    const session = await begin(harness, "db", "2025-11-25");
    await raw(harness, "db", callTool(0, "safe"), { session });
    let release: () => void = () => undefined;
    upstream.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const step = (progress: number): void => {
        const params = { progressToken: "t", progress, message: "x".repeat(400) };
        const text = JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params });
        response.write(`data: ${text}\n\n`);
      };
      step(1);
      release = () => {
        for (let at = 2; at <= steps; at += 1) step(at);
        response.end(
          `data: ${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } })}\n\n`,
        );
      };
      return true;
    };
    const hangUp = new AbortController();
    const _meta = { progressToken: "t" };
    const call = await fetch(`${harness.url}/mcp/db`, {
      method: "POST",
      body: message(1, "tools/call", { name: "safe", arguments: {}, _meta }),
      headers: {
        authorization: "Bearer coder",
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-session-id": session,
      },
      signal: hangUp.signal,
    });
    expect(call.status).toBe(200);
    hangUp.abort();
    release();
    await expect
      .poll(() => harness.ops.records.at(-1), PATIENT)
      .toMatchObject({ kind: "outcome", completion: "ok" });
    const back = await resume(session, "1-0");
    expect(back.status).toBe(seen === null ? 400 : 200);
    const found = [...back.text.matchAll(/"progress":(\d)/g)].map(([, at]) => at);
    expect(found).toEqual(seen ?? []);
  });
});

/** Reads a stream of the session until it has said so many messages, then loses the connection. */
async function listen(session: string, messages: number, last?: string): Promise<string> {
  const controller = new AbortController();
  const reply = await fetch(`${harness.url}/mcp/db`, {
    headers: {
      authorization: "Bearer coder",
      accept: "text/event-stream",
      "mcp-session-id": session,
      ...(last === undefined ? {} : { "last-event-id": last }),
    },
    signal: controller.signal,
  });
  expect(reply.status).toBe(200);
  let text = "";
  const decoder = new TextDecoder();
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  while ((text.match(/^data: \{/gm) ?? []).length < messages || !/^id: /m.test(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  controller.abort();
  return text;
}

const lastOf = (text: string): string =>
  text
    .match(/^id: (.*)$/gm)
    ?.at(-1)
    ?.slice(4) ?? "";

describe("the stream for what belongs to no request", () => {
  /** What the upstream says on its own stream, one message for each call of the function. */
  async function speaking(): Promise<(n: number) => void> {
    let say: (n: number) => void = () => undefined;
    upstream.onGet = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      say = (n) => {
        const data = JSON.stringify({
          jsonrpc: "2.0",
          method: "notifications/message",
          params: { level: "info", data: n },
        });
        response.write(`data: ${data}\n\n`);
      };
    };
    return (n) => say(n);
  }

  it("is come back to: what was said meanwhile is there, in order and once", PATIENT, async () => {
    const say = await speaking();
    const session = await begin(harness, "db", "2025-11-25");
    await vi.waitFor(() =>
      expect(upstream.received.some(({ method }) => method === "GET")).toBe(true),
    );
    const waiting = listen(session, 1);
    const sending = setInterval(() => say(1), 20);
    const first = await waiting;
    clearInterval(sending);
    say(2);
    say(3);
    const again = await listen(session, 2, lastOf(first));
    const numbers = [...again.matchAll(/"data":(\d)/g)].map(([, n]) => Number(n));
    expect(numbers.slice(-2)).toEqual([2, 3]);
    expect(new Set([...again.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).size).toBe(
      [...again.matchAll(/^id: /gm)].length,
    );
  });

  it("belongs to its session", PATIENT, async () => {
    await speaking();
    const first = await listen(await begin(harness, "db", "2025-11-25"), 0);
    const session = await begin(harness, "db", "2025-11-25", "intruder");
    expect((await resume(session, lastOf(first), "intruder")).status).toBe(400);
  });

  it("ends for good when nobody comes back in time", PATIENT, async () => {
    await harness.close();
    harness = await startHarness({
      rule: () => "permit",
      upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
      limits: { comeBackMs: 20 },
    });
    await speaking();
    const session = await begin(harness, "db", "2025-11-25");
    const last = lastOf(await listen(session, 0));
    const comeBack = async (): Promise<number> => {
      const controller = new AbortController();
      const { status } = await fetch(`${harness.url}/mcp/db`, {
        headers: {
          authorization: "Bearer coder",
          accept: "text/event-stream",
          "mcp-session-id": session,
          "last-event-id": last,
        },
        signal: controller.signal,
      });
      controller.abort();
      return status;
    };
    await vi.waitFor(async () => expect(await comeBack()).toBe(400), {
      timeout: 10_000,
      interval: 500,
    });
  });
});
