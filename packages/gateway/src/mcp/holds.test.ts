import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import {
  begin,
  beginStream,
  callTool,
  initialize,
  message,
  type RawReply,
  raw,
} from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, startUpstream, tool } from "../../testdata/upstream.ts";

let upstream: ScriptedUpstream;
let harness: Harness;
let holdMs = 5_000;

const start = async (): Promise<void> => {
  harness = await startHarness({
    rule: (_operation, target) =>
      target === "ask" ? "hold" : target === "redacted" ? "redact" : "permit",
    holdMs,
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    limits: { keepAliveMs: 20 },
  });
};

beforeEach(async () => {
  upstream = await startUpstream();
  upstream.tools.push(tool("redacted"));
  holdMs = 5_000;
  await start();
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const calls = (): readonly string[] => upstream.of("tools/call");
const decisionOf = (reply: RawReply): Record<string, unknown> =>
  reply.json.result._meta["dev.bylaw/decision"];
const withMeta = (id: number, name: string, _meta: object): string =>
  message(id, "tools/call", { name, arguments: {}, _meta });

describe("a call that waits for a person", () => {
  it("goes on when a person approves, and only then", async () => {
    const session = await begin(harness, "db");
    const call = raw(harness, "db", callTool(1, "ask"), { session });
    const id = await harness.ops.held();
    expect(calls()).toEqual([]);
    harness.ops.answer(id, "approved");
    expect((await call).json.result.content).toEqual([{ type: "text", text: "did ask" }]);
    expect(calls()).toEqual([callTool(1, "ask")]);
  });

  it("is refused when a person says no", async () => {
    const session = await begin(harness, "db");
    const call = raw(harness, "db", callTool(1, "ask"), { session });
    harness.ops.answer(await harness.ops.held(), "rejected");
    expect(decisionOf(await call)).toMatchObject({ outcome: "block", code: "approval.rejected" });
    expect(calls()).toEqual([]);
  });

  it("shows signs of life, the approval id first", async () => {
    const session = await begin(harness, "db");
    const call = raw(harness, "db", withMeta(1, "ask", { progressToken: "t" }), { session });
    const id = await harness.ops.held();
    await new Promise((resolve) => setTimeout(resolve, 60)); // the beat itself is what is tested
    harness.ops.answer(id, "approved");
    const { text, headers } = await call;
    expect(headers["content-type"]).toBe("text/event-stream");
    expect(text.match(/^: waiting$/gm)?.length).toBeGreaterThan(1);
    const steps = [...text.matchAll(/^data: (.*progress.*)$/gm)].map(
      ([, data]) => JSON.parse(String(data)).params,
    );
    expect(steps[0]).toMatchObject({ progressToken: "t", message: expect.stringContaining(id) });
    expect(steps.map(({ progress }) => progress)).toEqual(
      steps.map(({ progress }) => progress).toSorted((a, b) => a - b),
    );
  });

  it("gives a client that reads no event streams plain JSON", async () => {
    const session = await begin(harness, "db");
    const accept = "application/json";
    const call = raw(harness, "db", callTool(1, "ask"), { session, accept });
    harness.ops.answer(await harness.ops.held(), "approved");
    expect((await call).headers["content-type"]).toBe("application/json");
  });

  it("is withdrawn when its client cancels", async () => {
    const session = await begin(harness, "db");
    const call = raw(harness, "db", callTool(1, "ask"), { session });
    await harness.ops.held();
    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 1 },
    };
    expect((await raw(harness, "db", JSON.stringify(cancelled), { session })).status).toBe(202);
    await call;
    expect(harness.ops.waiting).toEqual([]);
    expect(calls()).toEqual([]);
    expect(upstream.of("notifications/cancelled")).toEqual([]);
  });

  it("cannot be cancelled from another session", async () => {
    const session = await begin(harness, "db");
    const other = await begin(harness, "db");
    const call = raw(harness, "db", callTool(1, "ask"), { session });
    const id = await harness.ops.held();
    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 1 },
    };
    const reply = await raw(harness, "db", JSON.stringify(cancelled), { session: other });
    expect(reply.json.error.data.code).toBe("cancel.unmatched");
    harness.ops.answer(id, "approved");
    expect((await call).json.result.isError).toBeUndefined();
  });

  it("is withdrawn when its client hangs up", async () => {
    const session = await begin(harness, "db");
    const hangUp = new AbortController();
    const call = raw(harness, "db", callTool(1, "ask"), { session, signal: hangUp.signal });
    const id = await harness.ops.held();
    hangUp.abort();
    await expect(call).rejects.toThrow(/abort/i);
    await expect.poll(() => harness.ops.waiting).toEqual([]);
    expect(() => harness.ops.answer(id, "approved")).toThrow(/nothing waits/);
    expect(calls()).toEqual([]);
  });

  it("is withdrawn when its byte stream ends", async () => {
    const stream = await beginStream(harness, "db");
    stream.write(`${callTool(1, "ask")}\n`);
    await harness.ops.held();
    stream.stream.end();
    expect((await stream.next()).result._meta["dev.bylaw/decision"].code).toBe(
      "approval.withdrawn",
    );
    expect(harness.ops.waiting).toEqual([]);
    expect(calls()).toEqual([]);
  });

  it("does not go on when its tool has changed meanwhile", async () => {
    const session = await begin(harness, "db");
    const call = raw(harness, "db", callTool(1, "ask"), { session });
    const id = await harness.ops.held();
    upstream.tools = [tool("ask", "now it deletes everything")];
    await raw(harness, "db", message(2, "tools/list"), { session });
    harness.ops.answer(id, "approved");
    expect(decisionOf(await call)).toMatchObject({ code: "tool.changed" });
    expect(calls()).toEqual([]);
  });
});

describe("past the hold limit", () => {
  beforeEach(async () => {
    await harness.close();
    holdMs = 20;
    await start();
  });

  it("the answer names the approval and how to give it, and the retry runs once", async () => {
    const session = await begin(harness, "db");
    const held = await raw(harness, "db", callTool(1, "ask"), { session });
    const decision = decisionOf(held);
    expect(decision).toMatchObject({ outcome: "require_approval", policy: "ask-first" });
    const { id } = decision["approval"] as { id: string };
    expect(held.json.result.content[0].text).toContain(`bylaw approvals approve ${id}`);
    expect(calls()).toEqual([]);

    harness.ops.answer(id, "approved");
    const presented = withMeta(2, "ask", { "dev.bylaw/approval": id, other: 1 });
    const done = await raw(harness, "db", presented, { session });
    expect(done.json.result.isError).toBeUndefined();
    expect(JSON.parse(calls()[0] ?? "").params._meta).toEqual({ other: 1 });

    const again = await raw(harness, "db", presented.replace('"id":2', '"id":3'), { session });
    expect(decisionOf(again)).toMatchObject({ outcome: "block", code: "approval.unknown" });
    expect(calls()).toHaveLength(1);
  });

  it("the same call without the handle uses the approval up, another one does not", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(1, "ask", { row: 1 }), { session });
    harness.ops.answer(await harness.ops.held(), "approved");
    const other = await raw(harness, "db", callTool(2, "ask", { row: 2 }), { session });
    expect(decisionOf(other)["outcome"]).toBe("require_approval");
    const intruder = await begin(harness, "db", "2025-06-18", "intruder");
    const stolen = await raw(harness, "db", callTool(1, "ask", { row: 1 }), {
      session: intruder,
      token: "intruder",
    });
    expect(decisionOf(stolen)["outcome"]).toBe("require_approval");
    await raw(harness, "db", callTool(3, "ask", { row: 1 }), { session });
    expect(calls()).toHaveLength(1);
  });

  it("twenty calls at once use one approval once", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(1, "ask"), { session });
    harness.ops.answer(await harness.ops.held(), "approved");
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        raw(harness, "db", callTool(at + 2, "ask"), { session }),
      ),
    );
    expect(calls()).toHaveLength(1);
  });

  it("a held item holds its batch, and refuses it", async () => {
    const session = await begin(harness, "db", "2025-03-26");
    const body = `[${callTool(1, "safe")},${callTool(2, "ask")}]`;
    const reply = await raw(harness, "db", body, { session });
    expect(reply.json).toHaveLength(2);
    expect(calls()).toEqual([]);
  });

  describe("whose others of a batch wait for a person", () => {
    const MINUTE = 60_000;
    interface Answered {
      readonly _meta: { readonly "dev.bylaw/decision"?: { readonly code: string } };
    }

    /** What the batch is answered with when a person says yes after so many milliseconds. */
    async function approvedAfter(ms: number): Promise<readonly (string | undefined)[]> {
      const session = await begin(harness, "db", "2025-03-26");
      const body = `[${callTool(1, "safe")},${callTool(2, "ask")}]`;
      const reply = raw(harness, "db", body, { session });
      const id = await harness.ops.held();
      await expect.poll(() => harness.ops.charged.size).toBe(charged + 1);
      harness.ops.advance(ms);
      harness.ops.answer(id, "approved");
      const answers = (await reply).json as readonly {
        readonly id: number;
        readonly result: Answered;
      }[];
      return [1, 2].map((of) => {
        const answer = answers.find((one) => one.id === of);
        return answer?.result._meta["dev.bylaw/decision"]?.code;
      });
    }

    let charged = 0;
    beforeEach(async () => {
      const session = await begin(harness, "db", "2025-03-26");
      await raw(harness, "db", message(0, "tools/list"), { session });
      charged = harness.ops.charged.size + 1; // the next session's introduction
    });

    it("goes on with them", async () => {
      expect(await approvedAfter(MINUTE)).toEqual([undefined, undefined]);
      expect(calls()).toHaveLength(2);
    });

    it.each([
      ["its right has ended meanwhile", true],
      ["nobody can tell whether it has", null],
    ])("is not sent when %s, and given back", async (_, stopped) => {
      harness.ops.stop(stopped);
      expect(await approvedAfter(MINUTE)).toMatchObject(["authority.ended", undefined]);
      expect(calls()).toEqual([callTool(2, "ask")]);
      expect(harness.ops.charged.size).toBe(charged + 1);
    });
  });

  it.each([[7], [{}], ["x".repeat(300)]])(
    "an approval of the form %j is refused",
    async (handle) => {
      const session = await begin(harness, "db");
      const body = withMeta(1, "safe", { "dev.bylaw/approval": handle });
      const reply = await raw(harness, "db", body, { session });
      expect(reply.json.error).toMatchObject({ code: -32602, data: { code: "params.meta" } });
    },
  );

  it("a made-up approval blocks even what is allowed", async () => {
    const session = await begin(harness, "db");
    const body = withMeta(1, "safe", { "dev.bylaw/approval": "apr_made_up" });
    expect(decisionOf(await raw(harness, "db", body, { session }))["code"]).toBe(
      "approval.unknown",
    );
    expect(calls()).toEqual([]);
  });
});

describe("an obligation that cannot be met", () => {
  it("keeps the call from being forwarded and charges nothing for it", async () => {
    const session = await begin(harness, "db");
    const before = harness.ops.charged.size;
    const reply = await raw(harness, "db", callTool(1, "redacted"), { session });
    expect(decisionOf(reply)["code"]).toBe("obligation.unsupported");
    expect(calls()).toEqual([]);
    expect(harness.ops.charged.size).toBe(before);
  });
});

describe("stopping", () => {
  it("lets what is in flight finish, takes nothing new, and keeps what waits for a person", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(0, "safe"), { session });
    let release: () => void = () => undefined;
    const there = new Promise<void>((arrived) => {
      upstream.script = ({ id, method }, response) => {
        if (method !== "tools/call") return false;
        release = () => {
          response.writeHead(200, { "content-type": "application/json" });
          response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
        };
        arrived();
        return true;
      };
    });
    const running = raw(harness, "db", callTool(1, "safe"), { session });
    const waiting = raw(harness, "db", callTool(2, "ask"), { session });
    await Promise.all([there, harness.ops.held()]);
    const drained = harness.gateway.drain(60_000);
    const late = await raw(harness, "db", callTool(3, "safe"), { session });
    expect(late.json.error.data.code).toBe("gateway.draining");
    const fresh = await raw(harness, "db", initialize());
    expect(fresh.json.error.data.code).toBe("gateway.draining");
    release();
    expect((await running).json.result.content).toEqual([]);
    expect(decisionOf(await waiting)["code"]).toBe("gateway.draining");
    await drained;
    expect(harness.ops.waiting).toHaveLength(1);
    const intents = harness.ops.records.filter(({ kind }) => kind === "intent").length;
    expect(harness.ops.records.filter(({ kind }) => kind === "outcome")).toHaveLength(intents);
  });
});

describe("hanging up after the call was forwarded", () => {
  it.each([
    ["as a document", "application/json"],
    ["as an event stream", "application/json, text/event-stream"],
  ])("neither stops it nor hides what came of it (%s)", async (_form, accept) => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(0, "safe"), { session });
    let release: () => void = () => undefined;
    const there = new Promise<void>((arrived) => {
      upstream.script = ({ id, method, params }, response) => {
        if (method !== "tools/call") return false;
        response.writeHead(200, { "content-type": "text/event-stream" });
        const token = (params["_meta"] as { progressToken: string }).progressToken;
        const progress = {
          jsonrpc: "2.0",
          method: "notifications/progress",
          params: { progressToken: token, progress: 1 },
        };
        release = () => {
          response.write(`data: ${JSON.stringify(progress)}\n\n`);
          response.end(
            `data: ${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } })}\n\n`,
          );
        };
        arrived();
        return true;
      };
    });
    const hangUp = new AbortController();
    const body = withMeta(1, "safe", { progressToken: "t" });
    const call = raw(harness, "db", body, { session, accept, signal: hangUp.signal });
    await there;
    hangUp.abort();
    await expect(call).rejects.toThrow(/abort/i);
    release();
    await expect
      .poll(() => harness.ops.records.at(-1))
      .toMatchObject({ kind: "outcome", completion: "ok" });
    const ping = await raw(harness, "db", message(9, "ping"), { session });
    expect(ping.json.result).toEqual({});
  });
});

describe("cancelling what has been forwarded", () => {
  it("is passed on, and proves nothing", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(0, "safe"), { session });
    const there = new Promise<void>((arrived) => {
      upstream.script = ({ method }) => {
        if (method === "tools/call") arrived();
        return method === "tools/call";
      };
    });
    const call = raw(harness, "db", callTool(1, "safe"), { session });
    await there;
    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 1 },
    };
    await raw(harness, "db", JSON.stringify(cancelled), { session });
    await call;
    await expect.poll(() => upstream.of("notifications/cancelled")).toHaveLength(1);
    expect(harness.ops.records.at(-1)).toMatchObject({
      kind: "outcome",
      completion: "unknown",
      code: "client.cancelled",
    });
  });
});
