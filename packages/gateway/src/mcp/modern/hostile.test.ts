import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callerNamed, type Harness, startHarness } from "../../../testdata/harness.ts";
import { modern, modernCall } from "../../../testdata/modern-client.ts";
import {
  type ModernUpstream,
  modernMeta,
  startModernUpstream,
} from "../../../testdata/modern-upstream.ts";
import { callTool, message, openStream, type RawReply, raw } from "../../../testdata/raw-client.ts";
import { sendJson } from "../../../testdata/upstream.ts";
import { createRequestStates, HOLD_KEY } from "./request-state.ts";

/** A machine with much else to do. */
const PATIENT = { timeout: 15_000 };

let upstream: ModernUpstream;
let harness: Harness;
let sampling: "permit" | "block" = "permit";

beforeEach(async () => {
  upstream = await startModernUpstream();
  sampling = "permit";
  harness = await startHarness({
    rule: (operation, target) => {
      if (operation === "sampling/createMessage") return sampling;
      return target === "danger" ? "block" : target === "ask" ? "hold" : "permit";
    },
    holdMs: 20,
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    limits: { bodyMs: 200, upstreamMessageBytes: 10_000, inFlight: 4 },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const calls = (): number => upstream.of("tools/call").length;
const answering = (result: object): void => {
  upstream.script = ({ id, method }, response) =>
    method === "tools/call" && sendJson(response, { jsonrpc: "2.0", id, result });
};
const FORMS = { elicitation: {} };

describe("headers that repeat the body", () => {
  const args = { region: "eu", place: { count: 42 } };
  const params = { "mcp-param-region": "eu", "mcp-param-count": "42" };

  it.each([
    ["another method", { "mcp-method": "tools/list" }],
    ["the method in another case", { "mcp-method": "TOOLS/CALL" }],
    ["another tool", { "mcp-name": "danger" }],
    ["another revision", { "mcp-protocol-version": "2025-11-25" }],
    ["a later revision", { "mcp-protocol-version": "2030-01-01" }],
    ["half of an encoding", { "mcp-name": "=?base64?c2FmZQ?=" }],
    ["bytes that no header has", { "mcp-name": "sa\u00fffe" }],
  ])("are refused when they say %s", async (_what, headers) => {
    const reply = await modernCall(harness, "db", "safe", {}, { headers });
    expect([reply.status, reply.json.error.code, reply.json.id]).toEqual([400, -32020, 1]);
    expect(upstream.received).toEqual([]);
    expect(harness.ops.records).toMatchObject([{ kind: "reject" }]);
  });

  it.each(["mcp-protocol-version", "mcp-method", "mcp-name"])(
    "cannot leave out %s",
    async (name) => {
      const all: Record<string, string> = {
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "safe",
      };
      delete all[name];
      const body = message(1, "tools/call", { name: "safe", arguments: {}, _meta: modernMeta() });
      const reply = await raw(harness, "db", body, { headers: all });
      expect([reply.status, reply.json.error.code]).toEqual([400, -32020]);
      expect(upstream.received).toEqual([]);
    },
  );

  it("do not make a call of an older revision one of this", async () => {
    const headers = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "safe",
    };
    const reply = await raw(harness, "db", callTool(1, "danger"), { headers });
    expect([reply.status, reply.json.error.code]).toEqual([400, -32602]);
    expect(upstream.received).toEqual([]);
  });

  it("of arguments go on as what the body says", async () => {
    const encoded = { ...params, "mcp-param-region": "=?base64?ZXU=?=", "mcp-param-other": "x" };
    for (const headers of [params, encoded, { ...params, "mcp-param-count": "42.0" }])
      expect(
        (await modernCall(harness, "db", "regional", args, { headers })).json.result.isError,
      ).toBe(undefined);
    for (const { headers } of upstream.of("tools/call")) expect(headers).toMatchObject(params);
    expect(upstream.of("tools/call")[1]?.headers).toHaveProperty("mcp-param-other", "x");
  });

  it.each([
    ["another argument", { ...params, "mcp-param-region": "us" }],
    ["another number", { ...params, "mcp-param-count": "43" }],
    ["too little", { "mcp-param-region": "eu" }],
  ])("of arguments are refused when they say %s", async (_what, headers) => {
    const reply = await modernCall(harness, "db", "regional", args, { headers });
    expect([reply.status, reply.json.error.code]).toEqual([400, -32020]);
    expect(calls()).toBe(0);
  });

  it("of arguments are refused when the body has none", async () => {
    const reply = await modernCall(harness, "db", "regional", {}, { headers: params });
    expect([reply.status, reply.json.error.code]).toEqual([400, -32020]);
  });
});

describe("what only looks like a request without a session", () => {
  const meta = { _meta: modernMeta() };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call" };

  it.each([
    [
      "a batch",
      `[${message(1, "tools/call", { name: "safe", ...meta })},${callTool(2, "danger")}]`,
    ],
    [
      "a batch in a session's clothes",
      `[${callTool(1, "safe")},${message(2, "tools/call", { name: "danger", ...meta })}]`,
    ],
    ["an answer", '{"jsonrpc":"2.0","id":1,"result":{}}'],
  ])("is refused: %s", async (_what, body) => {
    const reply = await raw(harness, "db", body, { headers });
    expect(reply.status).toBe(400);
    expect(upstream.received).toEqual([]);
    expect(harness.ops.records.map(({ kind }) => kind)).toEqual(["reject"]);
  });

  it.each([
    ["no _meta", {}],
    ["no capabilities", { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }],
    ["a _meta that is a text", { _meta: "x" }],
  ])("is refused: %s", async (_what, params) => {
    const reply = await raw(harness, "db", message(1, "tools/list", params), {
      headers: { ...headers, "mcp-method": "tools/list" },
    });
    expect([reply.status, reply.json.error.code]).toEqual([400, -32602]);
  });

  it("does not begin, end or need a session", async () => {
    const reply = await modernCall(harness, "db", "safe", {}, { session: "made-up" });
    expect(reply.status).toBe(200);
    expect(reply.headers).not.toHaveProperty("mcp-session-id");
  });

  it("is not waited for when it comes a byte at a time", async () => {
    const { hostname, port } = new URL(harness.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /mcp/db HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer coder\r\ncontent-type: application/json\r\nmcp-protocol-version: 2026-07-28\r\ncontent-length: 500\r\n\r\n{`,
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 408 /);
    socket.destroy();
  });

  it("cannot be many at once", async () => {
    await modernCall(harness, "db", "safe");
    upstream.script = ({ method }) => method === "tools/call";
    const stop = new AbortController();
    const open = Array.from({ length: 4 }, () =>
      modernCall(harness, "db", "safe", {}, { signal: stop.signal }).catch(() => null),
    );
    await expect.poll(calls, PATIENT).toBe(5);
    expect((await modernCall(harness, "db", "safe")).json.error.data.code).toBe("limit.in_flight");
    stop.abort();
    await Promise.all(open);
  });

  it("cannot use an id again on a byte stream while it is unanswered", async () => {
    const stream = await openStream(harness, "db");
    upstream.script = ({ method }) => method === "tools/call";
    const line = `${message(1, "tools/call", { name: "safe", arguments: {}, ...meta })}\n`;
    stream.write(line + line);
    expect((await stream.next()).error.data.code).toBe("id.in_flight");
    stream.stream.destroy();
  });
});

describe("an upstream that misuses its answer", () => {
  const question = (method: string, params: object = {}): object => ({
    resultType: "input_required",
    inputRequests: { q: { method, params } },
  });
  const model = question("sampling/createMessage", { messages: [], maxTokens: 1 });

  it("may ask what the client can answer and policy allows", async () => {
    answering(model);
    const reply = await modernCall(harness, "db", "safe", {}, { capabilities: { sampling: {} } });
    expect(reply.json.result).toMatchObject(model);
    const operations = harness.ops.records.flatMap((record) =>
      record.kind === "intent" ? [record.action.operation] : [],
    );
    expect(operations).toEqual(["server/discover", "tools/call", "sampling/createMessage"]);
  });

  it("may not ask what policy forbids: none of its questions gets out", async () => {
    sampling = "block";
    const both = {
      ...model,
      inputRequests: {
        ...(model as { inputRequests: object }).inputRequests,
        r: { method: "roots/list" },
      },
    };
    answering(both);
    const capabilities = { sampling: {}, roots: {} };
    const reply = await modernCall(harness, "db", "safe", {}, { capabilities });
    expect(reply.json.result.isError).toBe(true);
    expect(reply.text).not.toContain("inputRequests");
    expect(harness.ops.records.filter(({ kind }) => kind === "refusal")).toHaveLength(1);
  });

  it.each([
    [
      "a model that the client has not offered",
      question("sampling/createMessage", { messages: [] }),
    ],
    ["a method that is none of a client's", question("tools/call", { name: "danger" })],
    ["nothing at all", { resultType: "input_required" }],
    ["with a state that is no text", { resultType: "input_required", requestState: 7 }],
    ["in a form that nobody knows", { resultType: "surprise" }],
  ])("may not ask for %s", async (_what, result) => {
    answering(result);
    const reply = await modernCall(harness, "db", "safe");
    expect(reply.json.result).toMatchObject({ resultType: "complete", isError: true });
    expect(harness.ops.records.at(-1)).toMatchObject({ kind: "outcome", completion: "error" });
  });

  it("may not ask where no questions are allowed", async () => {
    await modernCall(harness, "db", "safe");
    upstream.script = ({ id }, response) =>
      sendJson(response, { jsonrpc: "2.0", id, result: model });
    const reply = await modern(
      harness,
      "db",
      "prompts/list",
      {},
      { capabilities: { sampling: {} } },
    );
    expect(reply.json.error.data.code).toBe("upstream.input");
  });

  it.each([
    [
      "a request of its own",
      { jsonrpc: "2.0", id: 9, method: "sampling/createMessage", params: {} },
    ],
    ["somebody else's answer", { jsonrpc: "2.0", id: 2, result: {} }],
    ["an unknown notification", { jsonrpc: "2.0", method: "notifications/run" }],
  ])("gets nothing through with %s", async (_what, planted) => {
    await modernCall(harness, "db", "safe");
    upstream.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const own = { jsonrpc: "2.0", id, result: { resultType: "complete", content: [] } };
      response.end(`data: ${JSON.stringify(planted)}\n\ndata: ${JSON.stringify(own)}\n\n`);
      return true;
    };
    const reply = await modernCall(harness, "db", "safe", {}, { id: 1 });
    expect(reply.json.result).toMatchObject({ content: [] });
    expect(reply.text).not.toContain("sampling");
    expect(reply.text).not.toContain("notifications/run");
    expect(harness.ops.records.some(({ kind }) => kind === "reject")).toBe(true);
  });

  it("cannot send an event without an end", async () => {
    await modernCall(harness, "db", "safe");
    upstream.script = ({ method }, response) => {
      if (method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${"x".repeat(20_000)}\n\n`);
      return true;
    };
    const reply = await modernCall(harness, "db", "safe");
    expect(reply.json.result._meta["dev.bylaw/decision"].code).toBe("upstream.oversize");
    await expect.poll(() => upstream.closed, PATIENT).toEqual(["tools/call"]);
  });

  it("shows a client only its own tasks", async () => {
    answering({ resultType: "task", taskId: "t1", status: "working" });
    await modernCall(harness, "db", "safe");
    expect((await modern(harness, "db", "tasks/get", { taskId: "t1" })).status).toBe(200);
    const other = await modern(harness, "db", "tasks/get", { taskId: "t1" }, { token: "intruder" });
    expect(other.json.error).toMatchObject({ code: -32602, data: { code: "task.unknown" } });
    expect(upstream.of("tasks/get")).toHaveLength(1);
  });
});

describe("a call that waits for a person, and comes back", () => {
  const came = (reply: RawReply): { requestState: string; inputRequests: Record<string, never> } =>
    reply.json.result;
  const back = (requestState: string, action = "accept"): object => ({
    requestState,
    inputResponses: { [HOLD_KEY]: { action } },
  });
  const hold = (args: object = {}): Promise<RawReply> =>
    modernCall(harness, "db", "ask", args, { capabilities: FORMS });
  const retry = (params: object, options: object = {}, args: object = {}): Promise<RawReply> =>
    modernCall(harness, "db", "ask", args, { capabilities: FORMS, params, id: 2, ...options });
  const codeOf = (reply: RawReply): string =>
    reply.json.result?._meta["dev.bylaw/decision"].code ?? reply.json.error.data.code;

  it("runs once a person has said yes, and never for what the client answers", async () => {
    const first = came(await hold());
    expect(first).toMatchObject({ resultType: "input_required" });
    expect(JSON.stringify(first.inputRequests)).toContain("bylaw approvals approve apr_1");
    const again = came(await retry(back(first.requestState)));
    expect(again).toMatchObject({ resultType: "input_required" });
    expect(calls()).toBe(0);
    harness.ops.answer(await harness.ops.held(), "approved");
    const done = await retry(back(again.requestState));
    expect(done.json.result.content).toEqual([{ type: "text", text: "did ask" }]);
    const { params } = JSON.parse(upstream.of("tools/call")[0]?.body ?? "");
    expect(Object.keys(params).sort()).toEqual(["_meta", "arguments", "name"]);
  });

  it("is not run twice by coming back twice", async () => {
    const { requestState } = came(await hold());
    harness.ops.answer(await harness.ops.held(), "approved");
    const replies = await Promise.all(Array.from({ length: 4 }, () => retry(back(requestState))));
    expect(replies.filter(({ json }) => json.result.isError !== true)).toHaveLength(1);
    expect(codeOf(await retry(back(requestState)))).toBe("approval.unknown");
    expect(calls()).toBe(1);
  });

  it("is withdrawn when the person at the client turns away", async () => {
    const { requestState } = came(await hold());
    expect(codeOf(await retry(back(requestState, "decline")))).toBe("approval.withdrawn");
    expect(harness.ops.waiting).toEqual([]);
    expect(calls()).toBe(0);
  });

  it("is bound to its client, tool and arguments", async () => {
    const { requestState } = came(await hold({ row: 1 }));
    harness.ops.answer(await harness.ops.held(), "approved");
    const state = back(requestState);
    expect(codeOf(await retry(state, { token: "intruder" }, { row: 1 }))).toBe("state.mismatch");
    expect(codeOf(await retry(state, {}, { row: 2 }))).toBe("state.mismatch");
    const other = { capabilities: FORMS, params: state };
    expect(codeOf(await modernCall(harness, "db", "safe", { row: 1 }, other))).toBe(
      "state.mismatch",
    );
    expect(calls()).toBe(0);
    expect((await retry(state, {}, { row: 1 })).json.result.isError).toBeUndefined();
  });

  it("is refused with a state that was changed", async () => {
    const { requestState } = came(await hold());
    harness.ops.answer(await harness.ops.held(), "approved");
    const [prefix, payload = "", mac = ""] = requestState.split(".");
    const forged = createHmac("sha256", "guess").update(payload).digest("base64url");
    const other = Buffer.from(
      Buffer.from(payload, "base64url").toString().replace("apr_1", "apr_2"),
    );
    for (const changed of [
      `${requestState}x`,
      `${prefix}.${payload}.${forged}`,
      `${prefix}.${other.toString("base64url")}.${mac}`,
      `${prefix}.${payload}`,
      `${prefix}.${payload}.${mac}.${mac}`,
      `${prefix}..`,
    ])
      expect(codeOf(await retry(back(changed)))).toMatch(/^state\.(tampered|malformed)$/);
    expect(calls()).toBe(0);
  });

  it("keeps what the client had answered the upstream", async () => {
    const params = {
      inputResponses: { name: { action: "accept" } },
      requestState: "upstream's own",
    };
    const first = await modernCall(harness, "db", "ask", {}, { capabilities: FORMS, params });
    harness.ops.answer(await harness.ops.held(), "approved");
    await retry(back(came(first).requestState));
    expect(JSON.parse(upstream.of("tools/call")[0]?.body ?? "").params).toMatchObject(params);
  });

  it("says the handle in words to a client that cannot show forms", async () => {
    const reply = await modernCall(
      harness,
      "db",
      "ask",
      {},
      { capabilities: { elicitation: { url: {} } } },
    );
    expect(reply.json.result).toMatchObject({ resultType: "complete", isError: true });
    expect(reply.json.result._meta["dev.bylaw/decision"].approval.id).toBe("apr_1");
  });

  it("is not released by another answer to an upstream's question than the approved one", async () => {
    const answer = (value: string): object => ({ inputResponses: { q: { action: value } } });
    const first = await retry(answer("accept"));
    harness.ops.answer(await harness.ops.held(), "approved");
    expect(came(await retry(answer("decline"))).inputRequests).toHaveProperty([HOLD_KEY]);
    expect(calls()).toBe(0);
    expect(came(first)).toBeDefined();
  });
});

describe("a state", () => {
  const binding = {
    caller: callerNamed("coder"),
    upstream: "db",
    method: "tools/call",
    params: {},
  };
  const held = { approval: "apr_1", expires: 1_000, inner: null, responses: null };

  it("ends, and is read by every gateway that has the key and by no other", () => {
    let now = 0;
    const own = createRequestStates(new Uint8Array(32).fill(1), () => now);
    const twin = createRequestStates(new Uint8Array(32).fill(1), () => now);
    const stranger = createRequestStates(new Uint8Array(32).fill(2), () => now);
    const text = own.seal(held, binding);
    expect(twin.open(text, binding)).toEqual({ ok: true, value: held });
    expect(stranger.open(text, binding)).toMatchObject({ ok: false, error: "state.tampered" });
    now = 1_000;
    expect(own.open(text, binding)).toMatchObject({ ok: false, error: "state.expired" });
  });

  it("of an upstream that looks like Bylaw's is not taken for one", async () => {
    const requestState = "bylaw1.made.up";
    answering({ resultType: "input_required", requestState });
    const first = await modernCall(harness, "db", "safe");
    const shown = first.json.result.requestState as string;
    expect(shown).not.toBe(requestState);
    await modernCall(harness, "db", "safe", {}, { params: { requestState: shown } });
    expect(JSON.parse(upstream.of("tools/call")[1]?.body ?? "").params.requestState).toBe(
      requestState,
    );
  });
});
