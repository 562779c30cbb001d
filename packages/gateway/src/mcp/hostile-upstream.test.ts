import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { RECEIPT_KEY } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import {
  begin,
  beginStream,
  callTool,
  initialize,
  message,
  openStream,
  type RawStream,
  raw,
} from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, sendJson, startUpstream, tool } from "../../testdata/upstream.ts";
import type { UpstreamConfig } from "./index.ts";
import type { Review } from "./review.ts";

const evil = fileURLToPath(new URL("../../testdata/servers/evil.mjs", import.meta.url));
const program = (command: string, ...args: readonly string[]): UpstreamConfig => ({
  kind: "stdio",
  command,
  args,
  env: {},
  cwd: null,
});

let upstream: ScriptedUpstream;
let harness: Harness;

beforeEach(async () => {
  upstream = await startUpstream();
  harness = await startHarness({
    rule: (_operation, target) => (target === "hidden" ? "block" : "permit"),
    upstreams: new Map<string, UpstreamConfig>([
      ["web", { kind: "http", url: upstream.url, headers: {} }],
      ["evil", program(process.execPath, evil)],
      ["absent", program("/nowhere/at/all")],
      ["brief", program(process.execPath, "-e", "process.exit(0)")],
      ["mute", program(process.execPath, "-e", "setInterval(() => 0, 1000)")],
      ["closed", { kind: "http", url: "http://127.0.0.1:9/mcp", headers: {} }],
    ]),
    visible:
      async () =>
      ({ name }) =>
        name !== "hidden",
    limits: {
      answerIdleMs: 300,
      startMs: 1_000,
      closeMs: 200,
      upstreamMessageBytes: 200_000,
      garbage: 20,
    },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const outcomes = (): readonly unknown[] =>
  harness.ops.records.flatMap((record) =>
    record.kind === "outcome" ? [{ completion: record.completion, code: record.code }] : [],
  );
const rejects = (): readonly string[] =>
  harness.ops.records.flatMap((record) => (record.kind === "reject" ? [record.code] : []));
const codeOf = (answer: {
  error?: { data: { code: string } };
  result?: { _meta?: unknown };
}): unknown =>
  answer.error?.data.code ??
  (answer.result?._meta as Record<string, { code: string }> | undefined)?.["dev.bylaw/decision"]
    ?.code;

describe("an upstream that cannot be started", () => {
  it.each([
    ["absent", "upstream.start"],
    ["brief", "upstream.closed"],
    ["mute", "upstream.timeout"],
    ["closed", "upstream.unreachable"],
  ])("%s: answers %s", async (name, code) => {
    const reply = await raw(harness, name, initialize());
    expect(reply.json.error).toMatchObject({ code: -32015, data: { code } });
    expect(reply.headers["mcp-session-id"]).toBeUndefined();
    const sent = code === "upstream.closed" || code === "upstream.timeout";
    expect(outcomes()).toEqual([{ completion: sent ? "unknown" : "error", code }]);
    expect((await raw(harness, "web", initialize())).status).toBe(200);
  });

  it("gives back what was reserved when nothing was sent", async () => {
    await raw(harness, "absent", initialize());
    expect(harness.ops.charged.size).toBe(0);
  });
});

describe("a program that misbehaves", () => {
  let stream: RawStream;
  let id = 0;
  const call = async (name: string): Promise<Awaited<ReturnType<RawStream["next"]>>> => {
    id += 1;
    stream.write(`${callTool(id, name)}\n`);
    return stream.next();
  };
  const text = (answer: { result: { content: { text: string }[] } }): string | undefined =>
    answer.result.content[0]?.text;

  beforeEach(async () => {
    id = 0;
    stream = await beginStream(harness, "evil");
  });
  afterEach(() => {
    stream.stream.destroy();
  });

  it("answers a wrong id: nobody gets it", async () => {
    expect(text(await call("wrong-id"))).toBe("mine");
    expect(rejects()).toEqual(["upstream.wrong_id"]);
  });

  it("answers twice: the second is nobody's", async () => {
    expect(text(await call("double"))).toBe("one");
    expect(text(await call("fine"))).toBe("fine");
    expect(rejects()).toEqual(["upstream.wrong_id"]);
  });

  it("writes noise: it is recorded and passed by", async () => {
    expect(text(await call("garbage"))).toBe("after garbage");
    expect(rejects()).toEqual(["upstream.garbage", "upstream.garbage"]);
  });

  it("writes nothing but noise: it is given up", async () => {
    const answer = await call("flood");
    expect(codeOf(answer)).toBe("upstream.garbage");
    expect(outcomes().at(-1)).toEqual({ completion: "unknown", code: "upstream.garbage" });
    await stream.ended;
  });

  it("answers more than the limit", async () => {
    expect(codeOf(await call("huge"))).toBe("upstream.oversize");
    expect(text(await call("fine"))).toBe("fine");
  });

  it("never answers", async () => {
    expect(codeOf(await call("silent"))).toBe("upstream.timeout");
    expect(outcomes().at(-1)).toEqual({ completion: "unknown", code: "upstream.timeout" });
    const seen = JSON.parse(text(await call("received")) ?? "") as { method: string }[];
    expect(seen.map(({ method }) => method)).toContain("notifications/cancelled");
    stream.write(`${callTool(1, "fine")}\n`);
    expect(codeOf(await stream.next())).toBe("id.in_flight"); // a late answer would be taken for this one's
  });

  it("dies: the call is answered, the outcome unknown, the gateway up", async () => {
    expect(codeOf(await call("die"))).toBe("upstream.closed");
    expect(outcomes().at(-1)).toEqual({ completion: "unknown", code: "upstream.closed" });
    await stream.ended;
    const again = await beginStream(harness, "evil");
    again.write(`${callTool(1, "fine")}\n`);
    expect(text(await again.next())).toBe("fine");
    again.stream.destroy();
  });

  it("answers in a list", async () => {
    expect((await call("list")).result.content).toEqual([]);
  });

  it("writes a byte at a time, in the middle of characters", async () => {
    expect(text(await call("split"))).toBe("🎈é");
  });

  it("sends a message that is a call and an answer: it is neither", async () => {
    expect(codeOf(await call("both"))).toBe("upstream.garbage");
    expect(rejects()).toEqual(["upstream.garbage"]);
  });

  it.each([
    ["forged-request", "params.member", -32602],
    ["strange-request", "method.unknown", -32601],
  ])("makes a %s: it is told so", async (name, code, number) => {
    expect(text(await call(name))).toBe("asked");
    const seen = JSON.parse(text(await call("received")) ?? "") as { error?: { code: number } }[];
    expect(seen.flatMap(({ error }) => error?.code ?? [])).toEqual([number]);
    expect(rejects()).toEqual([code]);
  });

  it.each([
    ["strange-notification", "method.unknown"],
    ["orphan", "cancel.unmatched"],
  ])("sends a %s: the client never sees it", async (name, code) => {
    expect(text(await call(name))).toBe("told");
    expect(rejects()).toEqual([code]);
  });

  it("adds a tool: it can be called once it is listed", async () => {
    expect(codeOf(await call("new"))).toBe("tool.unknown");
    const told = call("change");
    expect(await told).toMatchObject({ method: "notifications/tools/list_changed" });
    expect(text(await stream.next())).toBe("changed");
    const listed = harness.ops.records.length;
    stream.write(`${callTool(90, "new")}\n`); // listed now; this program then says nothing
    expect(codeOf(await stream.next())).toBe("upstream.timeout");
    expect(harness.ops.records.length).toBeGreaterThan(listed);
  });

  it("answers with numbers that a double cannot carry: they pass as they are", async () => {
    const bytes = once(stream.stream, "data");
    stream.write(`${callTool(50, "big-number")}\n`);
    expect(String((await bytes)[0])).toContain("1700000000000000001");
  });

  it("answers with an error: the record does not call it a success", async () => {
    expect((await call("error")).error).toEqual({ code: -32602, message: "bad parameters" });
    expect(outcomes().at(-1)).toEqual({ completion: "error", code: "upstream.error" });
  });
});

describe("an address that misbehaves", () => {
  const answering = (
    how: (response: Parameters<ScriptedUpstream["script"]>[1], id: string | number) => void,
  ): void => {
    upstream.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      how(response, id);
      return true;
    };
  };
  const called = async (): Promise<unknown> => {
    const session = await begin(harness, "web");
    return codeOf((await raw(harness, "web", callTool(1, "safe"), { session })).json);
  };
  const json = { "content-type": "application/json" };
  const events = { "content-type": "text/event-stream" };

  it.each<
    [string, (response: import("node:http").ServerResponse, id: string | number) => void, string]
  >([
    [
      "a wrong id",
      (response) => void sendJson(response, { jsonrpc: "2.0", id: 99, result: {} }),
      "upstream.no_answer",
    ],
    [
      "the id as a text",
      (response) => void sendJson(response, { jsonrpc: "2.0", id: "1", result: {} }),
      "upstream.no_answer",
    ],
    ["no JSON", (response) => void sendJson(response, "<html>"), "upstream.garbage"],
    [
      "a page",
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("x"),
      "upstream.garbage",
    ],
    [
      "zipped bytes",
      (response) => void response.writeHead(200, { ...json, "content-encoding": "gzip" }).end("x"),
      "upstream.garbage",
    ],
    [
      "duplicate keys",
      (response) => void sendJson(response, '{"jsonrpc":"2.0","id":1,"id":1,"result":{}}'),
      "upstream.garbage",
    ],
    [
      "too much",
      (response) =>
        void sendJson(response, { jsonrpc: "2.0", id: 1, result: { text: "x".repeat(300_000) } }),
      "upstream.oversize",
    ],
    [
      "an endless event",
      (response) => void response.writeHead(200, events).write(`data: ${"x".repeat(300_000)}\n\n`),
      "upstream.oversize",
    ],
    ["500", (response) => void response.writeHead(500).end(), "upstream.status"],
    ["401", (response) => void response.writeHead(401).end(), "upstream.unauthorized"],
    [
      "a redirect",
      (response) => void response.writeHead(307, { location: "http://evil.example" }).end(),
      "upstream.status",
    ],
    ["202", (response) => void response.writeHead(202).end(), "upstream.no_answer"],
    ["silence", () => undefined, "upstream.timeout"],
    ["a cut connection", (response) => void response.destroy(), "upstream.closed"],
    [
      "half a stream",
      (response) => {
        response.writeHead(200, events).write(": hello\n\n");
        setImmediate(() => response.destroy());
      },
      "upstream.closed",
    ],
    [
      "an empty stream",
      (response) => void response.writeHead(200, events).end(),
      "upstream.no_answer",
    ],
    ["404", (response) => void response.writeHead(404).end(), "upstream.session"],
  ])("answers with %s", async (_what, how, code) => {
    answering(how);
    expect(await called()).toBe(code);
    expect(outcomes().at(-1)).toEqual({ completion: "unknown", code });
    expect((await raw(harness, "web", initialize())).status).toBe(200);
  });

  it("has forgotten the session: so has Bylaw, and the client begins again", async () => {
    answering((response) => void response.writeHead(404).end());
    const session = await begin(harness, "web");
    await raw(harness, "web", callTool(1, "safe"), { session });
    expect((await raw(harness, "web", callTool(2, "safe"), { session })).status).toBe(404);
  });

  it("speaks a version that nobody knows", async () => {
    upstream.version = "2031-01-01";
    const reply = await raw(harness, "web", initialize());
    expect(codeOf(reply.json)).toBe("upstream.version");
    expect(reply.headers["mcp-session-id"]).toBeUndefined();
  });

  it("lists pages that never end", async () => {
    upstream.script = ({ id, method, params }, response) =>
      method === "tools/list" &&
      sendJson(response, {
        jsonrpc: "2.0",
        id,
        result: {
          tools: [tool(`t${String(params["cursor"])}`)],
          nextCursor: `${String(params["cursor"])}x`,
        },
      });
    expect(await called()).toBe("upstream.tools");
  });
});

describe("a listing", () => {
  // shows: C7.1
  it("keeps order, cursor and unknown members when something is hidden", async () => {
    upstream.script = ({ id, method, params }, response) =>
      method === "tools/list" &&
      sendJson(response, {
        jsonrpc: "2.0",
        id,
        result:
          params["cursor"] === "2"
            ? { tools: [tool("d")] }
            : {
                tools: [tool("b"), tool("hidden"), { ...tool("a"), extra: 1 }],
                nextCursor: "2",
                note: "x",
              },
      });
    const session = await begin(harness, "web");
    const first = await raw(harness, "web", message(1, "tools/list"), { session });
    expect(first.json.result).toEqual({
      _meta: { [RECEIPT_KEY]: expect.objectContaining({ origin: "memory" }) },
      tools: [tool("b"), { ...tool("a"), extra: 1 }],
      nextCursor: "2",
      note: "x",
    });
    const next = await raw(harness, "web", message(2, "tools/list", { cursor: "2" }), { session });
    expect(next.json.result.tools).toEqual([tool("d")]);
    const called = await raw(harness, "web", callTool(3, "d"), { session });
    expect(called.json.result.content).toEqual([{ type: "text", text: "did d" }]);
  });

  it("passes byte for byte but for the receipt when nothing is hidden", async () => {
    const session = await begin(harness, "web");
    const written =
      '{"jsonrpc":"2.0" , "id":1,"result":{ "tools":[ {"inputSchema":{},"name":"a"} ]}}';
    upstream.script = ({ method }, response) =>
      method === "tools/list" && sendJson(response, written);
    const { text } = await raw(harness, "web", message(1, "tools/list"), { session });
    expect(text.replace(/"_meta":\{"dev\.bylaw\/receipt":\{[^}]*\}\},/, "")).toBe(written);
    expect(text).not.toBe(written);
  });

  it("that changes changes what is decided", async () => {
    const session = await begin(harness, "web");
    await raw(harness, "web", callTool(1, "safe"), { session });
    upstream.tools = [tool("safe", "now it deletes everything")];
    await raw(harness, "web", message(2, "tools/list"), { session });
    await raw(harness, "web", callTool(3, "safe"), { session });
    const digests = harness.ops.records.flatMap((record) =>
      record.kind === "intent" && record.action.operation === "tools/call"
        ? [record.action.digest]
        : [],
    );
    expect(new Set(digests).size).toBe(2);
  });
});

describe("the program's surroundings", () => {
  it("get a clean environment and end with the session", async () => {
    const fixture = fileURLToPath(
      new URL("../../testdata/servers/environment.mjs", import.meta.url),
    );
    const own = await startHarness({
      rule: () => "permit",
      limits: { closeMs: 100 },
      upstreams: new Map<string, UpstreamConfig>([
        [
          "env",
          {
            kind: "stdio",
            command: process.execPath,
            args: [fixture],
            env: { OWN: "1" },
            cwd: null,
          },
        ],
      ]),
    });
    const stream = await openStream(own, "env");
    stream.write(`${initialize()}\n`);
    const { result } = await stream.next();
    const { names, pid } = JSON.parse(result.instructions) as { names: string[]; pid: number };
    expect(names.filter((name) => !["HOME", "LANG", "PATH", "OWN"].includes(name))).toEqual([]);
    expect(names).toContain("OWN");
    stream.stream.destroy();
    await own.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

describe("an upstream that changes its tools without a word", () => {
  /** Accepts what every upstream says of itself the first time. */
  function firstOnly(): Review {
    const first = new Map<string, string>();
    const judged = ({ name, digest }: { name: string; digest: string }): string | null =>
      first.get(name) === digest ? null : "definition.changed";
    return {
      identity: async () => null,
      instructions: async () => null,
      async tools(_upstream, shown) {
        for (const { definition } of shown)
          if (!first.has(definition.name)) first.set(definition.name, definition.digest);
        return judged;
      },
      tool: async (_upstream, definition) => judged(definition),
    };
  }

  async function start(review: Review): Promise<Harness> {
    return startHarness({
      rule: () => "permit",
      upstreams: new Map([["web", { kind: "http" as const, url: upstream.url, headers: {} }]]),
      review,
      limits: { toolsFreshMs: -1 }, // every list is too old for the next call
    });
  }

  it("is asked again before a call, and what has changed is not called", async () => {
    const silent = await start(firstOnly());
    try {
      const stream = await beginStream(silent, "web");
      stream.write(`${callTool(1, "safe")}\n`);
      expect((await stream.next()).result.content[0]?.text).toBe("did safe");
      upstream.tools = [tool("safe", "something else")];
      stream.write(`${callTool(2, "safe")}\n`);
      expect(codeOf(await stream.next())).toBe("definition.changed");
      expect(upstream.of("tools/call")).toHaveLength(1);
      stream.stream.destroy();
    } finally {
      await silent.close();
    }
  });

  it("has its clients look again when a person has judged it", async () => {
    const stream = await beginStream(harness, "web");
    const other = await beginStream(harness, "evil");
    stream.write(`${callTool(1, "safe")}\n`);
    await stream.next();
    harness.gateway.toolsChanged("web");
    expect(await stream.next()).toMatchObject({ method: "notifications/tools/list_changed" });
    stream.write(`${callTool(2, "safe")}\n`);
    await stream.next();
    expect(upstream.of("tools/list")).toHaveLength(2);
    other.write(`${callTool(1, "fine")}\n`);
    expect(await other.next()).toMatchObject({ id: 1 });
    for (const { stream: one } of [stream, other]) one.destroy();
  });

  it("gets nothing through when nobody can judge", async () => {
    const gone = async (): Promise<never> => {
      throw new Error("the store is gone");
    };
    const silent = await start({ ...firstOnly(), tools: gone, tool: gone });
    try {
      const stream = await beginStream(silent, "web");
      stream.write(`${callTool(1, "safe")}\n`);
      expect(codeOf(await stream.next())).toBe("definition.unavailable");
      stream.write(`${message(2, "tools/list")}\n`);
      expect(codeOf(await stream.next())).toBe("definition.unavailable");
      expect(upstream.of("tools/call")).toHaveLength(0);
      stream.stream.destroy();
    } finally {
      await silent.close();
    }
  });
});
