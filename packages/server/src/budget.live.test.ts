import { fileURLToPath } from "node:url";
import type { LedgerRecord } from "@bylaw/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { McpClient } from "../testdata/mcp-client.ts";
import { createPlace, type Place } from "../testdata/running.ts";

const SERVER = fileURLToPath(new URL("../testdata/paid-server.mjs", import.meta.url));

const CONFIG = `
version: 1
people: { maria: {} }
agents: { coder: { user: maria } }
upstreams:
  paid: { command: ${JSON.stringify([process.execPath, SERVER])} }
packs: []
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
`;
const POLICY = `
@id("all") permit (principal, action, resource);
@id("tokens") @limit("1000 tokens per 1d per agent") @reason("a thousand tokens a day")
forbid (principal is Agent, action == Action::"send", resource is Model);
@id("dollars") @limit("2 usd per 1d per user") @reason("two dollars a day")
forbid (principal, action == Action::"send", resource is Model);
`;
const model = (usage: string, bounds = "tokens: 600, cost: 1000000"): string => `
    effects: [ { action: send, resource: { type: Model, id: m }, quantity: 1, ${bounds} } ]
    ${usage}`;
const CATALOG = `
version: 1
tools:
  paid/complete:${model("usage: { usd: _meta.usd, tokens: [_meta.usage.in, _meta.usage.out] }")}
  app/told:${model("usage: reported")}
  app/untold:${model("")}
  app/cheap:${model("", "tokens: 600, cost: 1")}
  app/open:${model("usage: reported", "cost: 1")}
`;

let place: Place;

beforeEach(async () => {
  place = createPlace({ "bylaw.yaml": CONFIG, "rules.cedar": POLICY, "catalog.yaml": CATALOG });
  const problem = await place.start();
  if (problem !== null) throw new Error(problem.messages.join("\n"));
});
afterEach(() => place.end());

const codeOf = async (tool: string): Promise<unknown> =>
  (await place.ask("app", tool, {})).body["code"];

/** Asks, and reports what it says it used. */
async function done(tool: string, usage: object | undefined, completion = "ok"): Promise<void> {
  const { body } = await place.ask("app", tool, {});
  expect(body).toMatchObject({ allowed: true });
  const reply = await place.report(String(body["action"]), { completion, usage });
  expect(reply.status).toBe(200);
}

const outcomes = async (): Promise<readonly object[]> =>
  (await place.records()).filter(
    (record): record is LedgerRecord & { kind: "outcome" } => record.kind === "outcome",
  );

describe("a budget, for an agent that acts itself", () => {
  it("takes the bound from what is left, and gives back what was not used", async () => {
    await done("told", { usd: 0.07, tokens: 100 });
    await done("told", { usd: 0.07, tokens: 100 });
    await done("told", { usd: 0.07, tokens: 100 });
    // 300 are used; 600 more are within the thousand, and then the bound is not.
    expect(await codeOf("told")).toBe("policy.all");
    expect(await codeOf("cheap")).toBe("limit.tokens");
    expect((await outcomes())[0]).toMatchObject({ used: { usd: 70_000, tokens: 100 } });
  });

  it("holds an action that is under way at its bound", async () => {
    expect(await codeOf("told")).toBe("policy.all");
    expect(await codeOf("told")).toBe("limit.tokens");
  });

  it.each([
    ["that is not told about", undefined],
    ["of which it tells nothing", {}],
  ])("keeps the bound of an action %s", async (_, usage) => {
    await done("told", usage);
    expect(await codeOf("told")).toBe("limit.tokens");
    for (const record of await outcomes()) expect(record).not.toHaveProperty("used");
  });

  it("keeps the bound where nobody has said that the agent's word counts", async () => {
    await done("untold", { usd: 0, tokens: 0 });
    expect(await codeOf("untold")).toBe("limit.tokens");
  });

  it.each([
    { usd: -1 },
    { tokens: -1 },
    { tokens: 0.5 },
    { tokens: "0" },
    { tokens: null },
    { bytes: 1 },
  ])("does not take the report %j, and keeps the bound", async (usage) => {
    const { body } = await place.ask("app", "told", {});
    const reply = await place.report(String(body["action"]), { completion: "ok", usage });
    expect(reply).toMatchObject({ status: 400, body: { error: "request.malformed" } });
    expect(await codeOf("told")).toBe("limit.tokens");
  });

  it("is settled once", async () => {
    const { body } = await place.ask("app", "told", {});
    const id = String(body["action"]);
    const usage = { tokens: 500 };
    await place.report(id, { completion: "ok", usage });
    const again = await place.report(id, { completion: "ok", usage: { tokens: 0 } });
    expect(again.status).toBe(404);
    expect(await codeOf("told")).toBe("limit.tokens");
  });

  it("settles a failure that tells", async () => {
    await done("told", { usd: 0, tokens: 10 }, "error");
    expect(await codeOf("told")).toBe("policy.all");
  });

  it("stops a model of which nobody knows how much it uses", async () => {
    expect(await codeOf("open")).toBe("limit.tokens");
  });

  it("is after a restart what it was, with the bound of what was under way", async () => {
    await done("told", { usd: 0.01, tokens: 300 });
    expect(await codeOf("told")).toBe("policy.all");
    await place.stop();
    expect(await place.start()).toBeNull();
    expect(await codeOf("cheap")).toBe("limit.tokens");
  });
});

describe("a budget, over MCP", () => {
  const call = async (client: McpClient, args: object): Promise<string> =>
    client.call("complete", args);
  const meta = (usd: unknown, ...tokens: readonly unknown[]): object => ({
    meta: { usd, usage: { in: tokens[0], out: tokens[1] } },
  });

  it("is settled to what the server says where the catalog says that it does", async () => {
    const client = await place.connect("paid");
    for (let at = 0; at < 4; at += 1) expect(await call(client, meta(0.25, 60, 40))).toBe("done");
    // Four times a hundred tokens are used, and a dollar: the bound fits both once more.
    expect(await call(client, meta(1, 100, 50))).toBe("done");
    expect(await call(client, meta(0, 0, 0))).toBe("limit.dollars");
    expect((await outcomes()).at(-1)).toMatchObject({ used: { usd: 1_000_000, tokens: 150 } });
  });

  it.each([
    ["nothing", {}],
    ["a part of it", meta(0, 1)],
    ["less than nothing", meta(-1, -1, 0)],
    ["texts", meta("0", "1", "2")],
    ["halves", meta(0, 0.5, 0)],
    ["no end", { meta: { usd: 0, usage: { in: 9e15, out: 9e15 } } }],
    ["it in an error", { error: true, ...meta(0, 0, 0) }],
  ])("keeps the tokens at their bound when it says %s", async (_, args) => {
    const client = await place.connect("paid");
    await call(client, args);
    expect(await call(client, meta(0, 0, 0))).toBe("limit.tokens");
  });

  it("keeps the bound when the server dies", async () => {
    await call(await place.connect("paid"), { die: true });
    expect(await codeOf("told")).toBe("limit.tokens");
  });
});
