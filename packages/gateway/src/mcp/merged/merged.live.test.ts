import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Harness, startHarness } from "../../../testdata/harness.ts";
import type { Rule } from "../../../testdata/memory-ops.ts";
import { modern, modernCall } from "../../../testdata/modern-client.ts";
import { startModernUpstream } from "../../../testdata/modern-upstream.ts";
import { begin, beginStream, callTool, message, raw } from "../../../testdata/raw-client.ts";
import { connectClient, type Kind } from "../../../testdata/sdk-client.ts";
import { sendJson, startUpstream, tool } from "../../../testdata/upstream.ts";
import type { UpstreamConfig } from "../index.ts";

const testdata = (name: string): string =>
  fileURLToPath(new URL(`../../../testdata/servers/${name}`, import.meta.url));

const rule: Rule = (operation, target) => {
  if (target === "wipe" || target === "danger") return "block";
  if (operation === "resources/read" && target?.startsWith("file:") === true) return "block";
  return "permit";
};

const stdio: UpstreamConfig = {
  kind: "stdio",
  command: process.execPath,
  args: [testdata("stdio-server.mjs")],
  env: {},
  cwd: null,
};

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(
  upstreams: Record<string, UpstreamConfig>,
  options: Partial<Parameters<typeof startHarness>[0]> = {},
): Promise<Harness> {
  const harness = await startHarness({
    rule,
    upstreams: new Map(Object.entries(upstreams)),
    visible:
      async () =>
      ({ name }) =>
        name !== "wipe",
    ...options,
  });
  cleanups.push(() => harness.close());
  return harness;
}

async function scripted(): Promise<Awaited<ReturnType<typeof startUpstream>>> {
  const upstream = await startUpstream();
  cleanups.push(() => upstream.close());
  return upstream;
}

async function modernScripted(): Promise<Awaited<ReturnType<typeof startModernUpstream>>> {
  const upstream = await startModernUpstream();
  cleanups.push(() => upstream.close());
  return upstream;
}

async function httpFixture(): Promise<UpstreamConfig> {
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    [testdata("http-server.mjs")],
    { stdio: "pipe" },
  );
  cleanups.push(() => void child.kill("SIGKILL"));
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return http(`http://127.0.0.1:${port.toString().trim()}/mcp`);
}

function http(url: string): UpstreamConfig {
  return { kind: "http", url, headers: {} };
}

const NOWHERE = http("http://127.0.0.1:9/mcp");

async function connect(harness: Harness, kind: Kind): Promise<Client> {
  const client = await connectClient(harness.url, kind, null);
  cleanups.push(() => client.close());
  return client;
}

const text = (result: object): unknown =>
  (result as { content: { text: string }[] }).content[0]?.text;

describe.each(["http", "bridge"] as const)("one endpoint for all upstreams, over %s", (kind) => {
  it("shows what all of them have and sends each call where it belongs", async () => {
    const harness = await open({ one: stdio, two: await httpFixture() });
    const client = await connect(harness, kind);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain("one__echo");
    expect(names).toContain("two__echo");
    expect(names).not.toContain("one__wipe");

    const echoed = await client.callTool({ name: "two__echo", arguments: { text: "grüße" } });
    expect(text(echoed)).toBe("grüße");
    const wiped = await client.callTool({ name: "one__wipe", arguments: {} });
    expect(wiped._meta?.["dev.bylaw/decision"]).toMatchObject({ policy: "never" });

    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "bylaw:one:note://one",
      "bylaw:two:note://one",
    ]);
    const { contents } = await client.readResource({ uri: "bylaw:two:note://one" });
    expect(contents[0]).toMatchObject({ uri: "bylaw:two:note://one", text: "remember the milk" });
    await expect(client.readResource({ uri: "note://one" })).rejects.toMatchObject({
      code: -32602,
    });
    await expect(
      client.readResource({ uri: "bylaw:one:file:///etc/passwd" }),
    ).rejects.toMatchObject({
      code: -32010,
    });
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain(
      "bylaw:one:file:///{+path}",
    );
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["one__greet", "two__greet"]);
    const prompt = await client.getPrompt({ name: "two__greet", arguments: { name: "you" } });
    expect(prompt.messages).toHaveLength(1);

    // Policies and records know the upstream's own names alone.
    const acted = harness.ops.records.flatMap((record) =>
      record.kind === "intent" || record.kind === "refusal"
        ? [`${record.action?.upstream} ${record.action?.target}`]
        : [],
    );
    expect(acted).toContain("two echo");
    expect(acted).toContain("one wipe");
    expect(acted.join("\n")).not.toMatch(/__|bylaw:/);
  });

  it("carries progress and what each server asks of the client", async () => {
    const harness = await open({ one: stdio, two: await httpFixture() });
    const client = await connect(harness, kind);
    for (const server of ["one", "two"]) {
      const seen: number[] = [];
      await client.callTool({ name: `${server}__steps`, arguments: {} }, undefined, {
        onprogress: ({ progress }) => seen.push(progress),
      });
      expect(seen).toEqual([1, 2, 3]);
    }
    // Both servers number their requests alike.
    const sampled = await Promise.all(
      ["one", "two"].map((server) => client.callTool({ name: `${server}__sample`, arguments: {} })),
    );
    expect(sampled.map(text)).toEqual(["model: hi", "model: hi"]);
  });

  it("goes on when a server dies, and has it back with the next call", async () => {
    const harness = await open({ one: stdio, two: await httpFixture() });
    const client = await connect(harness, kind);
    const changed = vi.fn<() => void>();
    client.setNotificationHandler(ToolListChangedNotificationSchema, changed);
    const died = await client.callTool({ name: "one__die", arguments: {} });
    expect(died.isError).toBe(true);
    const now = await client.callTool({ name: "one__echo", arguments: { text: "x" } });
    expect(now._meta?.["dev.bylaw/decision"]).toMatchObject({ code: "upstream.closed" });
    expect(text(await client.callTool({ name: "two__echo", arguments: { text: "y" } }))).toBe("y");
    harness.ops.advance(1_000);
    expect(text(await client.callTool({ name: "one__echo", arguments: { text: "z" } }))).toBe("z");
    if (kind === "bridge") await vi.waitFor(() => expect(changed).toHaveBeenCalled());
  });
});

describe("a server that is not there", () => {
  it("is left out of the lists, which say so; its tools fail with its code", async () => {
    const harness = await open({ one: stdio, gone: NOWHERE });
    const session = await begin(harness, "*");
    const listed = await raw(harness, "*", message(1, "tools/list"), { session });
    expect(listed.json.result._meta).toEqual({
      "dev.bylaw/missing": { gone: "upstream.unreachable" },
    });
    expect(listed.json.result.tools.length).toBeGreaterThan(0);
    const called = await raw(harness, "*", callTool(2, "gone__echo"), { session });
    expect(called.json.result._meta["dev.bylaw/decision"].code).toBe("upstream.unreachable");
  });

  it("is not tried again at once by anybody, and later by one", async () => {
    const upstream = await scripted();
    upstream.script = ({ method }, response) =>
      method === "initialize" && sendJson(response, "{}", 500);
    const harness = await open({ sick: http(upstream.url) });
    const session = await begin(harness, "*");
    expect(upstream.of("initialize")).toHaveLength(1);
    await raw(harness, "*", callTool(1, "sick__safe"), { session });
    await begin(harness, "*");
    expect(upstream.of("initialize")).toHaveLength(1);
    harness.ops.advance(1_000);
    await raw(harness, "*", callTool(2, "sick__safe"), { session });
    expect(upstream.of("initialize")).toHaveLength(2);
    upstream.script = () => false;
    harness.ops.advance(5_000);
    const called = await raw(harness, "*", callTool(3, "sick__safe"), { session });
    expect(text(called.json.result)).toBe("did safe");
  });

  it("does not keep the others waiting when it says nothing", async () => {
    const silent = await scripted();
    silent.script = () => true;
    const other = await scripted();
    const harness = await open(
      { silent: http(silent.url), other: http(other.url) },
      { limits: { mergeMs: 200 } },
    );
    const session = await begin(harness, "*");
    const listed = await raw(harness, "*", message(1, "tools/list"), { session });
    const names = listed.json.result.tools.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["other__safe", "other__danger", "other__ask"]);
    expect(listed.json.result._meta["dev.bylaw/missing"]).toEqual({ silent: "upstream.timeout" });
  });
});

describe("lists of several servers", () => {
  it("go on page by page, each server from where it was", async () => {
    const long = await scripted();
    const short = await scripted();
    const page = (names: readonly string[], nextCursor?: string): object => ({
      tools: names.map((name) => tool(name)),
      ...(nextCursor === undefined ? {} : { nextCursor }),
    });
    long.script = ({ id, method, params }, response) => {
      if (method !== "tools/list") return false;
      const result = params["cursor"] === "second" ? page(["c"]) : page(["a", "b"], "second");
      return sendJson(response, { jsonrpc: "2.0", id, result });
    };
    const harness = await open({ long: http(long.url), short: http(short.url) });
    const session = await begin(harness, "*");
    const first = await raw(harness, "*", message(1, "tools/list"), { session });
    const { nextCursor } = first.json.result;
    expect(first.json.result.tools).toHaveLength(5);
    const asked = short.of("tools/list").length;
    const second = await raw(harness, "*", message(2, "tools/list", { cursor: nextCursor }), {
      session,
    });
    expect(second.json.result.tools.map(({ name }: { name: string }) => name)).toEqual(["long__c"]);
    expect(second.json.result.nextCursor).toBeUndefined();
    expect(short.of("tools/list")).toHaveLength(asked);
    for (const cursor of ["", "x", Buffer.from('{"other":"1"}').toString("base64url")]) {
      const bad = await raw(harness, "*", message(3, "tools/list", { cursor }), { session });
      expect(bad.json.error.code).toBe(-32602);
    }
  });

  it("keep names within what models accept, and still find what they mean", async () => {
    const upstream = await scripted();
    const name = "x".repeat(100);
    upstream.tools = [tool(name)];
    const harness = await open({ files: http(upstream.url) });
    const listed = await raw(harness, "*", message(1, "tools/list"), {
      session: await begin(harness, "*"),
    });
    const [{ name: shown }] = listed.json.result.tools;
    expect(shown).toHaveLength(64);
    // A gateway that was restarted reads the list before it says that there is no such tool.
    const restarted = await open({ files: http(upstream.url) });
    const session = await begin(restarted, "*");
    const called = await raw(restarted, "*", callTool(1, shown), { session });
    expect(text(called.json.result)).toBe(`did ${name}`);
  });
});

describe("the endpoint's own rules", () => {
  it("keeps ids and cancelling to one request, whichever server has it", async () => {
    const harness = await open({ one: stdio, two: await httpFixture() });
    const stream = await beginStream(harness, "*");
    stream.write(`${callTool(7, "one__silent")}\n${callTool(7, "two__echo", { text: "x" })}\n`);
    expect((await stream.next()).error.data.code).toBe("id.in_flight");
    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 7 },
    };
    stream.write(`${JSON.stringify(cancelled)}\n`);
    await vi.waitFor(() => {
      stream.write(`${callTool(8, "two__echo", { text: "x" })}\n`);
      expect(harness.ops.records).toContainEqual(
        expect.objectContaining({ kind: "outcome", code: "client.cancelled" }),
      );
    });
  });

  it("takes no arrays, whatever revision is asked for", async () => {
    const harness = await open({ one: stdio });
    const session = await begin(harness, "*", "2025-03-26");
    const items = `[${callTool(1, "one__echo", { text: "x" })},${callTool(2, "one__wipe")}]`;
    const reply = await raw(harness, "*", items, { session });
    expect(reply.status).toBe(400);
    expect(reply.json.error.data.code).toBe("batch.version");
    expect(harness.ops.records.filter(({ kind }) => kind === "intent")).toHaveLength(1);
  });

  it("gives a session of it to nobody else, and to no other endpoint", async () => {
    const harness = await open({ one: stdio });
    const session = await begin(harness, "*");
    const stolen = await raw(harness, "*", message(1, "tools/list"), {
      session,
      token: "intruder",
    });
    expect(stolen.status).toBe(404);
    expect((await raw(harness, "one", message(1, "tools/list"), { session })).status).toBe(404);
    const own = await begin(harness, "one");
    expect((await raw(harness, "*", message(1, "tools/list"), { session: own })).status).toBe(404);
  });

  it("does not let one server answer, move or cancel what belongs to another", async () => {
    const evil = await scripted();
    const other = await scripted();
    let said = 0;
    evil.onGet = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const params of [
        {
          jsonrpc: "2.0",
          method: "notifications/progress",
          params: { progressToken: "p", progress: 1 },
        },
        { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 5 } },
        { jsonrpc: "2.0", id: 5, result: { content: [{ type: "text", text: "mine" }] } },
        {
          jsonrpc: "2.0",
          method: "notifications/resources/updated",
          params: { uri: "bylaw:other:x" },
        },
      ])
        response.write(`data: ${JSON.stringify(params)}\n\n`);
      said += 1;
    };
    let release: () => void = () => undefined;
    other.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      release = () =>
        sendJson(response, {
          jsonrpc: "2.0",
          id,
          result: { content: [{ type: "text", text: "true" }] },
        });
      return true;
    };
    const harness = await open({ evil: http(evil.url), other: http(other.url) });
    const stream = await beginStream(harness, "*");
    const params = { name: "other__safe", arguments: {}, _meta: { progressToken: "p" } };
    stream.write(`${message(5, "tools/call", params)}\n`);
    await vi.waitFor(() => expect(other.of("tools/call")).toHaveLength(1));
    await vi.waitFor(() => expect(said).toBeGreaterThan(0));
    expect(await stream.next()).toMatchObject({ params: { uri: "bylaw:evil:bylaw:other:x" } });
    release();
    expect(await stream.next()).toMatchObject({ id: 5, result: { content: [{ text: "true" }] } });
  });

  it("shows nothing of a server that policy keeps from the caller", async () => {
    const upstream = await scripted();
    const harness = await open(
      { shut: http(upstream.url) },
      { rule: (operation) => (operation === "initialize" ? "block" : "permit") },
    );
    const session = await begin(harness, "*");
    const listed = await raw(harness, "*", message(1, "tools/list"), { session });
    expect(listed.json.result).toEqual({ tools: [] });
    const called = await raw(harness, "*", callTool(2, "shut__safe"), { session });
    expect(called.json.result._meta["dev.bylaw/decision"].policy).toBe("never");
    expect(upstream.received).toHaveLength(0);
  });
});

describe("names that mean to be taken for others", () => {
  const VARIANTS = [
    "evil__danger",
    "evil__Danger",
    "EVIL__danger",
    "evil__danger.",
    "evil__danger ",
    " evil__danger",
    "evil____danger",
    "evil___danger",
    "evil__evil__danger",
    "evil_danger",
    "evil/danger",
    "danger",
    "evil__\u001b[2Kdanger",
    "evil__dan\u200bger",
    "evil__d\u0430nger",
    "evil__danger\u0000",
    "\uff45vil__danger",
  ];

  it("reach their server as what was decided, or not at all", async () => {
    const evil = await scripted();
    evil.tools = [
      "danger",
      "Danger",
      "\u001b[2Kdanger",
      "dan\u200bger",
      "d\u0430nger",
      "_danger",
    ].map((name) => tool(name));
    const harness = await open({ evil: http(evil.url) });
    const session = await begin(harness, "*");
    for (const [index, name] of VARIANTS.entries())
      await raw(harness, "*", callTool(index + 10, name), { session });
    const called = evil
      .of("tools/call")
      .map((body) => (JSON.parse(body) as { params: { name: string } }).params.name);
    const granted = harness.ops.records.flatMap((record) =>
      record.kind === "intent" && record.action.operation === "tools/call"
        ? [record.action.target]
        : [],
    );
    expect(called).toEqual(granted);
    expect(called).not.toContain("danger");
    expect(called).toContain("d\u0430nger");
    expect(harness.ops.records).toContainEqual(
      expect.objectContaining({
        kind: "refusal",
        action: expect.objectContaining({ upstream: "evil", target: "danger" }),
      }),
    );
  });

  it("cannot be listed twice under one name", async () => {
    const evil = await scripted();
    evil.tools = [tool("same"), tool("same"), tool("other")];
    const harness = await open({ evil: http(evil.url) });
    const session = await begin(harness, "*");
    const listed = await raw(harness, "*", message(1, "tools/list"), { session });
    expect(listed.json.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      "evil__other",
    ]);
    const called = await raw(harness, "*", callTool(2, "evil__same"), { session });
    expect(called.json.result._meta["dev.bylaw/decision"].code).toBe("tool.ambiguous");
  });
});

describe("what is no request to the endpoint", () => {
  it.each([
    ["PUT", "/mcp", 405],
    ["GET", "/mcp", 400],
    ["DELETE", "/mcp", 400],
    ["POST", "/mcp/", 404],
    ["POST", "/mcp?x=1", 404],
    ["POST", "/mcp/*", 404],
    ["POST", "/MCP", 404],
    ["POST", "//mcp", 404],
  ])("%s %s is refused and reaches nobody", async (method, path, status) => {
    const upstream = await scripted();
    const harness = await open({ one: http(upstream.url) });
    const reply = await fetch(`${harness.url}${path}`, {
      method,
      headers: { authorization: "Bearer coder", "content-type": "application/json" },
      ...(method === "POST" || method === "PUT" ? { body: callTool(1, "one__safe") } : {}),
    });
    expect(reply.status).toBe(status);
    expect(upstream.received).toEqual([]);
  });

  it("is anything from a page that has rebound its name, or from nobody known", async () => {
    const upstream = await scripted();
    const harness = await open({ one: http(upstream.url) });
    const evil = await raw(harness, "*", callTool(1, "one__safe"), {
      headers: { origin: "http://evil.example" },
    });
    expect(evil.status).toBe(403);
    const unknown = await raw(harness, "*", callTool(1, "one__safe"), { token: null });
    expect(unknown.status).toBe(401);
    expect(upstream.received).toEqual([]);
  });
});

describe("a connection that waits for a person", () => {
  it("keeps nobody waiting, and is given up with the client that wanted it", async () => {
    const held = await scripted();
    const harness = await open(
      { held: http(held.url) },
      {
        rule: (operation) => (operation === "initialize" ? "hold" : "permit"),
        limits: { mergeMs: 200 },
      },
    );
    const stream = await beginStream(harness, "*");
    stream.write(`${message(1, "tools/list")}\n`);
    expect((await stream.next()).result.tools).toEqual([]);
    expect(harness.ops.waiting).toHaveLength(1);
    stream.stream.destroy();
    await vi.waitFor(() => expect(harness.ops.waiting).toEqual([]));
    expect(held.received).toEqual([]);
  });
});

describe("without sessions", () => {
  it("hands each request to its server and puts lists together", async () => {
    const one = await modernScripted();
    const two = await modernScripted();
    const harness = await open({ one: http(one.url), two: http(two.url) });
    const discovered = await modern(harness, "*", "server/discover");
    expect(discovered.json.result).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      cacheScope: "private",
    });
    const listed = await modern(harness, "*", "tools/list");
    const names = listed.json.result.tools.map(({ name }: { name: string }) => name);
    expect(names).toContain("one__safe");
    expect(names).toContain("two__regional");
    expect(listed.json.result).toMatchObject({ cacheScope: "private", ttlMs: 60_000 });
    const called = await modernCall(harness, "*", "two__safe");
    expect(text(called.json.result)).toBe("did safe");
    expect(two.of("tools/call")[0]?.headers["mcp-name"]).toBe("safe");
    expect(one.of("tools/call")).toHaveLength(0);
    const blocked = await modernCall(harness, "*", "one__danger");
    expect(blocked.json.result._meta["dev.bylaw/decision"].policy).toBe("never");
    const read = await modern(harness, "*", "resources/read", { uri: "bylaw:one:note:x" });
    expect(read.json.result.contents[0].uri).toBe("bylaw:one:note:x");
    expect((await modernCall(harness, "*", "three__safe")).status).toBe(400);
  });

  it("checks headers against what the client wrote, arguments in headers included", async () => {
    const one = await modernScripted();
    const harness = await open({ one: http(one.url) });
    const params = { region: "eu" };
    const good = await modernCall(harness, "*", "one__regional", params, {
      headers: { "mcp-param-region": "eu" },
    });
    expect(text(good.json.result)).toBe("did regional");
    const argument = await modernCall(harness, "*", "one__regional", params, {
      headers: { "mcp-param-region": "us" },
    });
    expect(argument.json.error.code).toBe(-32020);
    const name = await modernCall(harness, "*", "one__regional", params, {
      headers: { "mcp-name": "regional" },
    });
    expect(name.json.error.code).toBe(-32020);
  });

  it("leaves the era to servers with sessions where there is one of them", async () => {
    const one = await modernScripted();
    const old = await scripted();
    old.script = ({ method }, response) =>
      method === "server/discover" && sendJson(response, "{}", 400);
    const harness = await open({ one: http(one.url), old: http(old.url) });
    const discovered = await modern(harness, "*", "server/discover");
    expect(discovered.status).toBe(400);
    expect(discovered.json.error.code).toBe(-32601);
    const session = await begin(harness, "*");
    const called = await raw(harness, "*", callTool(1, "old__safe"), { session });
    expect(text(called.json.result)).toBe("did safe");
  });

  it("subscribes at each server and acknowledges once, under the client's own id", async () => {
    const one = await modernScripted();
    const two = await modernScripted();
    const asked: unknown[] = [];
    for (const upstream of [one, two])
      upstream.script = ({ id, method, params }, response) => {
        if (method !== "subscriptions/listen") return false;
        asked.push(params["notifications"]);
        const _meta = { "io.modelcontextprotocol/subscriptionId": id };
        const { notifications } = params;
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const [name, said] of [
          ["subscriptions/acknowledged", { _meta, notifications }],
          ["tools/list_changed", { _meta }],
        ] as const)
          response.write(
            `data: ${JSON.stringify({ jsonrpc: "2.0", method: `notifications/${name}`, params: said })}\n\n`,
          );
        setImmediate(() => response.end());
        return true;
      };
    const harness = await open({ one: http(one.url), two: http(two.url) });
    const notifications = { toolsListChanged: true, resourceSubscriptions: ["bylaw:two:note:x"] };
    const reply = await modern(
      harness,
      "*",
      "subscriptions/listen",
      { notifications },
      { id: "l" },
    );
    const messages = [...reply.text.matchAll(/^data: (.+)$/gm)].map(([, data]) =>
      JSON.parse(String(data)),
    );
    const acknowledged = messages.filter(({ method }) => method.endsWith("acknowledged"));
    expect(acknowledged).toHaveLength(1);
    expect(acknowledged[0].params.notifications).toEqual(notifications);
    for (const { params } of messages)
      expect(params._meta["io.modelcontextprotocol/subscriptionId"]).toBe("l");
    expect(asked).toContainEqual({ toolsListChanged: true, resourceSubscriptions: ["note:x"] });
    expect(asked).toContainEqual({ toolsListChanged: true });
  });
});
