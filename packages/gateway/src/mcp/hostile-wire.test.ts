import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import { begin, callTool, initialize, message, raw } from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, startUpstream } from "../../testdata/upstream.ts";
import { upstreamOfPath } from "./index.ts";

let upstream: ScriptedUpstream;
let harness: Harness;

beforeEach(async () => {
  upstream = await startUpstream();
  harness = await startHarness({
    rule: (_operation, target) => (target === "danger" ? "block" : "permit"),
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: { "x-own": "key" } }]]),
    limits: { bodyMs: 200, headerLines: 40 },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const kinds = (): readonly string[] => harness.ops.records.map(({ kind }) => kind);
/** Messages that the upstream got; it may be asked for its stream at any time. */
const posted = (): number => upstream.received.filter(({ method }) => method === "POST").length;
const rejects = (): readonly string[] =>
  harness.ops.records.flatMap((record) => (record.kind === "reject" ? [record.code] : []));

describe("who may speak at all", () => {
  it.each([
    ["nobody", null, 'Bearer realm="bylaw"'],
    ["a stranger", "mallory", 'Bearer realm="bylaw", error="invalid_token"'],
  ])("refuses %s", async (_who, token, challenge) => {
    const reply = await raw(harness, "db", initialize(), { token });
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe(challenge);
    expect(rejects()).toHaveLength(1);
    expect(upstream.received).toEqual([]);
  });

  it.each([
    ["a rebound host", { host: "evil.example" }, "header.host"],
    ["a foreign page", { origin: "https://evil.example" }, "header.origin"],
    ["a local page of another port", { origin: "http://localhost:1" }, "header.origin"],
    ["the null origin", { origin: "null" }, "header.origin"],
  ])("refuses %s, token or not", async (_what, headers, code) => {
    const reply = await raw(harness, "db", initialize(), { headers });
    expect(reply.status).toBe(403);
    expect(reply.json.error.data.code).toBe(code);
    expect(upstream.received).toEqual([]);
  });

  it("lets its own pages in", async () => {
    const reply = await raw(harness, "db", initialize(), { headers: { origin: harness.url } });
    expect(reply.status).toBe(200);
  });

  it("refuses a header that occurs twice", async () => {
    const session = await begin(harness, "db");
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /mcp/db HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer coder\r\nmcp-session-id: ${session}\r\nmcp-session-id: other\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n`,
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  it("refuses a flood of headers", async () => {
    const headers = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x-${at}`, "1"]));
    expect((await raw(harness, "db", initialize(), { headers })).status).toBe(431);
  });

  it("knows no other upstream", async () => {
    expect((await raw(harness, "other", initialize())).status).toBe(404);
    expect((await raw(harness, "constructor", initialize())).status).toBe(404);
  });

  it.each([
    "/mcp/",
    "/mcp/..",
    "/mcp/../db",
    "/mcp/%64b",
    "/mcp/db/",
    "/mcp/db/x",
    "/mcp/db?x=1",
    "/mcp/db;x",
    "//mcp/db",
    "/mcp/db\u0000",
    `/mcp/${"a".repeat(65)}`,
  ])("finds no upstream in %j", (path) => {
    expect(upstreamOfPath(path)).toBeNull();
  });

  it.each([
    ["PUT" as const, 405],
    ["GET" as const, 400],
    ["DELETE" as const, 400],
  ])("has no use for a bare %s", async (method, status) => {
    expect((await raw(harness, "db", "", { method })).status).toBe(status);
  });

  it("takes JSON only", async () => {
    const headers = { "content-type": "text/plain" };
    expect((await raw(harness, "db", initialize(), { headers })).status).toBe(415);
    expect((await raw(harness, "db", initialize(), { accept: "text/html" })).status).toBe(406);
  });
});

describe("bytes with two readings, or none", () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const call = (args: string): string =>
    `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"safe","arguments":${args}}}`;

  it.each([
    ["half a document", '{"jsonrpc":"2.0",', -32700, "json.syntax"],
    ["two documents", `${callTool(1, "safe")}${callTool(2, "danger")}`, -32700, "json.trailing"],
    ["two lines", `${callTool(1, "safe")}\n${callTool(2, "danger")}`, -32700, "json.trailing"],
    ["no utf-8", Buffer.from([0x7b, 0xff, 0x7d]), -32700, "wire.utf8"],
    ["a byte order mark", `\ufeff${callTool(1, "safe")}`, -32700, "json.syntax"],
    ["10,000 levels", call(deep), -32013, "json.depth"],
    ["a duplicate key", call('{"a":1,"a":2}'), -32014, "json.duplicate_key"],
    ["a duplicate key in disguise", call('{"a":1,"\\u0061":2}'), -32014, "json.duplicate_key"],
    ["a prototype", call('{"__proto__":{}}'), -32014, "json.forbidden_key"],
    ["half a character", call('"\\ud800"'), -32014, "json.surrogate"],
    ["a number too large", call('{"n":9007199254740993}'), -32014, "json.number"],
    ["a number too far", call('{"n":1e400}'), -32014, "json.number"],
    [
      "a member of another case",
      '{"jsonrpc":"2.0","id":7,"method":"ping","Method":"tools/call"}',
      -32600,
      "message.member",
    ],
    [
      "a call that is an answer",
      '{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}',
      -32600,
      "message.shape",
    ],
    ["an id of null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, "message.id"],
    ["an id that is a list", '{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600, "message.id"],
    ["a fractional id", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, "message.id"],
    ["a method that is a number", '{"jsonrpc":"2.0","id":7,"method":1}', -32600, "message.method"],
    ["another version", '{"jsonrpc":"1.0","id":7,"method":"ping"}', -32600, "message.version"],
    [
      "positional parameters",
      '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}',
      -32602,
      "message.params",
    ],
    ["a bare value", "7", -32600, "message.shape"],
  ])("refuses %s", async (_what, body, number, code) => {
    const session = await begin(harness, "db");
    const before = posted();
    const reply = await raw(harness, "db", body, { session });
    expect(reply.status).toBe(400);
    expect(reply.json.error.code).toBe(number);
    expect(rejects()).toEqual([code]);
    expect(posted()).toBe(before);
    expect((await raw(harness, "db", message(8, "ping"), { session })).json.result).toEqual({});
  });

  it("refuses a 10 MB argument and stays up", async () => {
    const session = await begin(harness, "db");
    const big = callTool(1, "safe", { text: "x".repeat(10 * 1_048_576) });
    const reply = await raw(harness, "db", big, { session });
    expect(reply.status).toBe(413);
    expect(reply.json.error).toMatchObject({ code: -32600, data: { code: "wire.oversize" } });
    expect((await raw(harness, "db", callTool(2, "safe"), { session })).status).toBe(200);
    expect(upstream.of("tools/call")).toHaveLength(1);
  });

  it("gives a body that trickles in no more than its time", async () => {
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /mcp/db HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer coder\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 408 /);
    await once(socket, "close");
  });
});

describe("what names one thing and means another", () => {
  it.each([
    ["a second name", { name: "safe", Name: "danger", arguments: {} }, "params.member"],
    ["arguments of another case", { name: "safe", Arguments: {} }, "params.member"],
    ["no name", { arguments: {} }, "params.target"],
    ["a name that is a list", { name: ["safe"] }, "params.target"],
    ["arguments that are a text", { name: "safe", arguments: "danger" }, "params.arguments"],
  ])("refuses a call with %s", async (_what, params, code) => {
    const session = await begin(harness, "db");
    const reply = await raw(harness, "db", message(1, "tools/call", params), { session });
    expect(reply.json.error).toMatchObject({ code: -32602, data: { code } });
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it.each(["SAFE", "safe.", "safe ", "db__safe", "sаfe", "safe\u200b"])(
    "takes %j for no other tool",
    async (name) => {
      const session = await begin(harness, "db");
      const reply = await raw(harness, "db", callTool(1, name), { session });
      expect(reply.json.result.isError).toBe(true);
      expect(reply.json.result._meta["dev.bylaw/decision"].code).toBe("tool.unknown");
      expect(upstream.of("tools/call")).toEqual([]);
    },
  );

  it("decides the body and refuses headers that say something else", async () => {
    const session = await begin(harness, "db");
    const lied = { "mcp-method": "tools/call", "mcp-name": "safe" };
    const reply = await raw(harness, "db", callTool(1, "danger"), { session, headers: lied });
    expect(reply.status).toBe(400);
    expect(reply.json.error.data.code).toBe("header.mismatch");
    const version = { "mcp-protocol-version": "2025-11-25" };
    expect(
      (await raw(harness, "db", callTool(2, "safe"), { session, headers: version })).status,
    ).toBe(400);
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it("refuses a tool that the upstream lists twice", async () => {
    upstream.tools.push({ name: "safe", description: "another", inputSchema: {} });
    const session = await begin(harness, "db");
    const listed = await raw(harness, "db", message(1, "tools/list"), { session });
    expect(listed.json.result.tools.map((one: { name: string }) => one.name)).toEqual([
      "danger",
      "ask",
    ]);
    const reply = await raw(harness, "db", callTool(2, "safe"), { session });
    expect(reply.json.result._meta["dev.bylaw/decision"].code).toBe("tool.ambiguous");
  });

  it.each([
    "tools/execute",
    "resources/write",
    "sampling/createMessage",
    "rpc.discover",
    "TOOLS/CALL",
  ])("refuses the unknown method %s", async (method) => {
    const session = await begin(harness, "db");
    const before = posted();
    const reply = await raw(harness, "db", message(1, method), { session });
    expect(reply.json.error.code).toBe(-32601);
    expect(rejects()).toEqual(["method.unknown"]);
    expect(posted()).toBe(before);
  });

  it("drops unknown notifications with a record", async () => {
    const session = await begin(harness, "db");
    const before = posted();
    const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/run", params: {} });
    expect((await raw(harness, "db", body, { session })).status).toBe(400);
    expect(rejects()).toEqual(["method.unknown"]);
    expect(posted()).toBe(before);
  });
});

describe("sessions", () => {
  it("never takes an id that the client brought", async () => {
    const planted = await raw(harness, "db", initialize(), { session: "planted-by-somebody" });
    expect(planted.status).toBe(404);
    const session = await begin(harness, "db");
    const again = await raw(harness, "db", initialize("2025-06-18", 5), { session });
    expect(again.json.error.data.code).toBe("session.begun");
  });

  it("belongs to the credential that began it", async () => {
    const session = await begin(harness, "db");
    const stolen = { session, token: "intruder" };
    expect((await raw(harness, "db", callTool(1, "safe"), stolen)).status).toBe(404);
    expect((await raw(harness, "db", "", { ...stolen, method: "GET" })).status).toBe(404);
    expect((await raw(harness, "db", "", { ...stolen, method: "DELETE" })).status).toBe(404);
    expect((await raw(harness, "db", callTool(1, "safe"), { session })).status).toBe(200);
    expect(upstream.of("tools/call")).toHaveLength(1);
  });

  it("ends when the client says so", async () => {
    const session = await begin(harness, "db");
    expect((await raw(harness, "db", "", { session, method: "DELETE" })).status).toBe(204);
    expect((await raw(harness, "db", callTool(1, "safe"), { session })).status).toBe(404);
  });

  it("does nothing without one", async () => {
    const reply = await raw(harness, "db", callTool(1, "safe"));
    expect(reply.status).toBe(400);
    expect(reply.json.error.data.code).toBe("session.missing");
    expect(upstream.received).toEqual([]);
  });

  it("keeps the ids of two sessions apart", async () => {
    const [one, two] = [
      await begin(harness, "db"),
      await begin(harness, "db", "2025-06-18", "intruder"),
    ];
    const [first, second] = await Promise.all([
      raw(harness, "db", callTool(1, "safe"), { session: one }),
      raw(harness, "db", callTool(1, "danger"), { session: two, token: "intruder" }),
    ]);
    expect(first.json.result.isError).toBeUndefined();
    expect(second.json.result.isError).toBe(true);
  });

  it("refuses an id that is still in flight, and a text that looks like it is another id", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(0, "safe"), { session }); // the tools are known from here on
    const answers: (() => void)[] = [];
    let arrived: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    upstream.script = ({ id }, response) => {
      answers.push(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } }));
      });
      if (answers.length === 2) arrived();
      return true;
    };
    const one = raw(harness, "db", callTool(1, "safe"), { session });
    const text = raw(harness, "db", callTool("1", "safe"), { session });
    await there;
    const twice = await raw(harness, "db", callTool(1, "safe"), { session });
    expect(twice.json.error.data.code).toBe("id.in_flight");
    for (const answer of answers) answer();
    expect((await one).json.id).toBe(1);
    expect((await text).json.id).toBe("1");
  });

  it("takes no answer that nobody asked for", async () => {
    const session = await begin(harness, "db");
    const before = posted();
    const forged = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { role: "assistant" } });
    expect((await raw(harness, "db", forged, { session })).status).toBe(400);
    expect(rejects()).toEqual(["response.unmatched"]);
    expect(posted()).toBe(before);
  });
});

describe("batches", () => {
  const batch = (...items: readonly string[]): string => `[${items.join(",")}]`;

  // shows: C7.5
  it("forwards nothing of a batch with a forbidden call, and records both", async () => {
    const session = await begin(harness, "db", "2025-03-26");
    const body = batch(callTool(1, "safe"), callTool(2, "danger"));
    const reply = await raw(harness, "db", body, { session });
    expect(upstream.of("tools/call")).toEqual([]);
    expect(reply.json).toHaveLength(2);
    const codes = new Map(
      reply.json.map((one: { id: number; result: { _meta: Record<string, { code: string }> } }) => [
        one.id,
        one.result._meta["dev.bylaw/decision"]?.code,
      ]),
    );
    expect(codes.get(1)).toBe("batch.refused");
    expect(codes.get(2)).toBe("policy.never");
    expect(kinds().filter((kind) => kind === "refusal")).toHaveLength(1);
    const outcomes = harness.ops.records.filter((record) => record.kind === "outcome");
    expect(outcomes.at(-1)).toMatchObject({ completion: "error", code: "batch.refused" });
    expect(harness.ops.charged.size).toBe(1); // `initialize` alone
  });

  it("forwards an allowed batch item by item, byte for byte", async () => {
    const session = await begin(harness, "db", "2025-03-26");
    const spaced =
      '{ "jsonrpc": "2.0", "id": "b", "method":"tools/call", "params": {"name":"safe","arguments":{"t":"[},{\\"]"}} }';
    const reply = await raw(harness, "db", ` [ ${callTool(1, "safe")} , ${spaced} ]`, { session });
    expect(reply.json.map(({ id }: { id: unknown }) => id).sort()).toEqual([1, "b"]);
    expect([...upstream.of("tools/call")].sort()).toEqual([callTool(1, "safe"), spaced].sort());
  });

  it.each([
    ["a version without batches", "2025-06-18", batch(callTool(1, "safe")), "batch.version"],
    ["nothing in it", "2025-03-26", "[]", "batch.empty"],
    ["one broken item", "2025-03-26", batch(callTool(1, "safe"), "{}"), "message.version"],
    [
      "a batch in it",
      "2025-03-26",
      batch(callTool(1, "safe"), batch(callTool(2, "safe"))),
      "message.shape",
    ],
    ["initialize in it", "2025-03-26", batch(initialize("2025-03-26", 9)), "batch.member"],
    [
      "too many items",
      "2025-03-26",
      batch(...Array.from({ length: 51 }, (_, id) => callTool(id, "safe"))),
      "batch.items",
    ],
  ])("refuses a batch with %s", async (_what, version, body, code) => {
    const session = await begin(harness, "db", version);
    const reply = await raw(harness, "db", body, { session });
    expect(reply.status).toBe(400);
    expect(rejects()).toEqual([code]);
    expect(upstream.of("tools/call")).toEqual([]);
  });

  it.each([
    ["the same id twice", batch(callTool(1, "safe"), callTool(1, "safe"))],
    ["an unknown method", batch(callTool(1, "safe"), message(2, "tools/execute"))],
    [
      "an unknown notification",
      batch(callTool(1, "safe"), '{"jsonrpc":"2.0","method":"notifications/run"}'),
    ],
  ])("forwards nothing of a batch with %s", async (_what, body) => {
    const session = await begin(harness, "db", "2025-03-26");
    await raw(harness, "db", body, { session });
    expect(upstream.of("tools/call")).toEqual([]);
  });
});

describe("what goes upstream", () => {
  // shows: C7.4
  it("is the original bytes, with Bylaw's credentials and never the client's", async () => {
    const session = await begin(harness, "db");
    const body =
      '{ "id" : 1,\n"jsonrpc":"2.0", "params" : {"arguments":{"z":1.50,"a":"\\u00e4ä"},"name":"safe"}, "method":"tools/call"}';
    await raw(harness, "db", body, {
      session,
      headers: { cookie: "c=1", "x-forwarded-for": "1.2.3.4" },
    });
    const last = upstream.received.at(-1);
    expect(last?.body).toBe(body);
    expect(last?.headers).toMatchObject({
      "x-own": "key",
      "mcp-session-id": "upstream-session",
      "mcp-protocol-version": "2025-06-18",
    });
    for (const name of ["authorization", "cookie", "x-forwarded-for", "origin"])
      expect(last?.headers).not.toHaveProperty(name);
    expect(last?.headers["mcp-session-id"]).not.toBe(session);
  });

  it("is nothing when it cannot be recorded", async () => {
    const session = await begin(harness, "db");
    await raw(harness, "db", callTool(1, "safe"), { session });
    harness.ops.failRecords(true);
    const reply = await raw(harness, "db", callTool(2, "safe"), { session });
    expect(reply.json.result._meta["dev.bylaw/decision"]).toMatchObject({
      code: "ledger.unavailable",
      record: null,
    });
    expect(upstream.of("tools/call")).toHaveLength(1);
  });
});
