import type { JsonObject } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, startHarness } from "../../testdata/harness.ts";
import { begin, callTool, raw } from "../../testdata/raw-client.ts";
import { type ScriptedUpstream, sendJson, startUpstream, tool } from "../../testdata/upstream.ts";

const SECRET = "hunter2-hunter2";

let upstream: ScriptedUpstream;
let harness: Harness;
/** What the detector cannot look at whole. */
let opaque = false;

beforeEach(async () => {
  upstream = await startUpstream();
  upstream.tools.push(tool("redacted"));
  opaque = false;
  harness = await startHarness({
    rule: (_operation, target) => (target === "redacted" ? "redact" : "permit"),
    upstreams: new Map([["db", { kind: "http", url: upstream.url, headers: {} }]]),
    redactor: {
      knows: (detector) => detector === "secrets",
      redact(value) {
        const text = JSON.stringify(value);
        if (opaque) return null;
        return text.includes(SECRET)
          ? (JSON.parse(text.replaceAll(SECRET, "[redacted]")) as JsonObject)
          : value;
      },
    },
  });
});

afterEach(async () => {
  await harness.close();
  await upstream.close();
});

const answering = (body: object): void => {
  upstream.script = ({ id, method }, response) =>
    method === "tools/call" && sendJson(response, { jsonrpc: "2.0", id, ...body });
};
const text = (said: string): object => ({ result: { content: [{ type: "text", text: said }] } });

const call = async (name: string): Promise<string> => {
  const session = await begin(harness, "db");
  return JSON.stringify((await raw(harness, "db", callTool(1, name), { session })).json);
};

describe("a redact obligation", () => {
  it("takes what it names out of a result", async () => {
    answering(text(`the password is ${SECRET}!`));
    expect(await call("redacted")).toContain("the password is [redacted]!");
  });

  it("takes it out of an error as well", async () => {
    answering({ error: { code: 1, message: `bad password ${SECRET}` } });
    const reply = await call("redacted");
    expect(reply).not.toContain(SECRET);
    expect(reply).toContain("bad password [redacted]");
  });

  it("leaves the result of another call alone", async () => {
    answering(text(SECRET));
    expect(await call("safe")).toContain(SECRET);
  });

  it("passes on an answer without any finding as it came", async () => {
    upstream.script = ({ id, method }, response) =>
      method === "tools/call" &&
      sendJson(response, `{"jsonrpc":"2.0","id":${String(id)},"result":{"n":1.10,"content":[]}}`);
    const session = await begin(harness, "db");
    expect((await raw(harness, "db", callTool(1, "redacted"), { session })).text).toContain("1.10");
  });

  it("passes on nothing that could not be looked at whole", async () => {
    opaque = true;
    answering(text(SECRET));
    const reply = await call("redacted");
    expect(reply).not.toContain(SECRET);
    expect(reply).toContain("obligation.unmet");
  });

  it("holds for notifications while the call is under way", async () => {
    upstream.script = ({ id, method }, response) => {
      if (method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const one of [
        { method: "notifications/message", params: { level: "info", data: `log ${SECRET}` } },
        { id, ...text("done") },
      ])
        response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...one })}\n\n`);
      response.end();
      return true;
    };
    const session = await begin(harness, "db");
    const accept = "application/json, text/event-stream";
    const reply = await raw(harness, "db", callTool(1, "redacted"), { session, accept });
    expect(reply.text).toContain("log [redacted]");
    expect(reply.text).toContain("done");
    expect(reply.text).not.toContain(SECRET);
  });
});
