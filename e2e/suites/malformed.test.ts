import { connect as dial } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, up } from "../harness/bylaw.ts";
import {
  type Agent,
  beginSession,
  connect,
  type Place,
  post,
  type Reply,
} from "../harness/client.ts";
import { recorded, recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

const MEGABYTE = 1_048_576;

function toolCall(id: number, tool: string, args: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${tool}","arguments":${args}}}`;
}

/** What no upstream may see: every one of them would write the key `smuggled`. */
const MALFORMED: readonly (readonly [string, string | Buffer])[] = [
  ["text that is not JSON", toolCall(1, "write", '{"key":"smuggled"').slice(0, -2)],
  ["nothing", ""],
  ["a number", "1"],
  ["text behind the message", `${toolCall(1, "write", '{"key":"smuggled"}')} {}`],
  ["two values for one key", toolCall(1, "write", '{"key":"smuggled","key":"other"}')],
  [
    "two methods",
    toolCall(1, "write", '{"key":"smuggled"}').replace('"id"', '"method":"ping","id"'),
  ],
  [
    "a key given twice by an escape",
    toolCall(1, "write", '{"key":"smuggled","\\u006bey":"other"}'),
  ],
  [
    "10,000 levels",
    toolCall(1, "write", `{"key":"smuggled","x":${"[".repeat(1e4)}${"]".repeat(1e4)}}`),
  ],
  [
    "10 MB in one argument",
    toolCall(1, "write", `{"key":"smuggled","x":"${"x".repeat(10 * MEGABYTE)}"}`),
  ],
  ["half of a surrogate pair", toolCall(1, "write", '{"key":"smuggled","x":"\\ud800"}')],
  [
    "bytes that are not UTF-8",
    Buffer.from(toolCall(1, "write", '{"key":"smuggled","x":"\u00ff"}'), "latin1"),
  ],
  [
    "a number that two readers read differently",
    toolCall(1, "write", '{"key":"smuggled","x":1e400}'),
  ],
  ["a method of another type", '{"jsonrpc":"2.0","id":1,"method":7,"params":{}}'],
  [
    "an id of another type",
    toolCall(1, "write", '{"key":"smuggled"}').replace('"id":1', '"id":{"a":1}'),
  ],
];

const DRIP_MS = 250;

/** Sends a head a little at a time for as long as it may. Out: the first line of what came back. */
function drip(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = dial(port, host);
    socket.write("POST /mcp/recorder HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    const timer = setInterval(() => socket.write("x: y\r\n"), DRIP_MS);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(text.split("\r\n")[0] ?? "");
    });
  });
}

describe("messages that are not what they seem", () => {
  let site: Site;
  let gateway: Gateway;
  let place: Place;
  let agent: Agent;

  beforeAll(async () => {
    site = recorderSite({ holdLimit: "50ms" });
    gateway = await up(site);
    place = {
      site,
      gateway,
      upstream: "recorder",
      token: await addAgent(site, "tester", "testers"),
    };
    agent = await connect(place, "http");
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  it.each(MALFORMED)("%s: a coded error, and the gateway goes on", async (_name, body) => {
    const reply = await post(place, body, await beginSession(place, "2025-11-25"));
    expect(codeOf(reply)).toMatch(/^(json|wire|message|id|params)\./);
    expect(recorded(site).filter((call) => call.key === "smuggled")).toEqual([]);
    expect((await agent.call("peek", { key: "still there" })).failed).toBe(false);
  });

  it("a batch with one item that is refused: nothing of it is forwarded", async () => {
    const [peek, write, erase] = ["peek", "write", "erase"].map((tool, id) =>
      toolCall(id + 1, tool, `{"key":"batched-${tool}"}`),
    );
    const headers = await beginSession(place, "2025-03-26");
    await post(place, `[${peek},${write},${erase}]`, headers);
    expect(recorded(site).filter((call) => call.key.startsWith("batched"))).toEqual([]);
    await post(place, `[${peek},${write}]`, headers);
    expect(recorded(site).map((call) => call.key)).toContain("batched-write");
  });

  it("a batch where the protocol has none is refused whole", async () => {
    const batch = `[${toolCall(1, "write", '{"key":"smuggled"}')}]`;
    const reply = await post(place, batch, await beginSession(place, "2025-11-25"));
    expect(codeOf(reply)).toBe("batch.version");
    expect(recorded(site).filter((call) => call.key === "smuggled")).toEqual([]);
  });

  it("a hundred heads that never end are closed, and hold nobody up", async () => {
    const { hostname, port } = new URL(gateway.address);
    const dripping = Array.from({ length: 100 }, () => drip(hostname, Number(port)));
    expect((await agent.call("peek", { key: "beside them" })).failed).toBe(false);
    const said = await Promise.all(dripping);
    // Who is still sending when it is closed may be reset before it reads why.
    expect(said).toContain("HTTP/1.1 408 Request Timeout");
    expect(said.filter((line) => line !== "" && !line.includes(" 408 "))).toEqual([]);
    expect((await agent.call("peek", { key: "after them" })).failed).toBe(false);
  });

  it("a method that nobody knows is refused", async () => {
    const reply = await post(
      place,
      '{"jsonrpc":"2.0","id":1,"method":"tools/destroy","params":{}}',
    );
    expect(codeOf(reply)).toMatch(/^[a-z_]+(\.[a-z_]+)*$/);
  });

  it.each(["", "Bearer nobody", "Basic dGVzdGVyOg=="])(
    "%j is no credential",
    async (authorization) => {
      const headers = { Authorization: authorization };
      const reply = await post(place, toolCall(1, "write", '{"key":"smuggled"}'), headers);
      expect(reply.status).toBe(401);
      expect(recorded(site).filter((call) => call.key === "smuggled")).toEqual([]);
    },
  );

  it("a page in a browser cannot reach it", async () => {
    const body = toolCall(1, "write", '{"key":"smuggled"}');
    for (const headers of [{ Origin: "http://evil.example" }, { Host: "evil.example" }]) {
      expect((await post(place, body, headers)).status).toBe(403);
    }
    expect(recorded(site).filter((call) => call.key === "smuggled")).toEqual([]);
  });

  it("leaves a log that verifies", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
  });
});

/** Bylaw's own code, from the JSON-RPC error's `data`. */
function codeOf(reply: Reply): string {
  const { error } = JSON.parse(reply.body) as { error: { data: { code: string } } };
  return error.data.code;
}
