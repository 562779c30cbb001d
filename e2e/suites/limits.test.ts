import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { CALLS } from "../harness/calls.ts";
import { type Agent, connect } from "../harness/client.ts";
import { recorded, recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

/** Milliseconds for a thousand calls on a busy machine. */
const RACE_MAX_MS = 300_000;
/** Connections of the one agent: each has a limit of its own on unanswered requests. */
const CLIENTS = 8;

const POLICIES = `
@id("connect")
permit (principal in Group::"testers", action in [Action::"connect", Action::"list"], resource is Server);
@id("use")
permit (principal in Group::"testers", action in [Action::"read", Action::"delete"], resource is Object);

@id("ten-an-hour") @limit("10 items per 1h per agent") @reason("ten records an hour")
forbid (principal, action == Action::"delete", resource is Object);

@id("no-loops") @limit("3 calls per 10m per request") @reason("the same call again and again")
forbid (principal, action == Action::"read", resource is Object);
`;

const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries({
      "recorder/peek": "read",
      "recorder/erase": "delete",
      "hostile/die": "read",
    }).map(([tool, action]) => [
      tool,
      { effects: [{ action, resource: { type: "Object", id: { argument: "key" } }, quantity: 1 }] },
    ]),
  ),
});

describe("limits, over one gateway with a data folder", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;
  let token: string;

  beforeAll(async () => {
    const config = recorderConfiguration("5s");
    const { hostile, ...upstreams } = config["upstreams"] as Record<string, object>;
    const breaker = { failures: 2, within: "1m", pause: "3s" };
    const written = { ...config, upstreams: { ...upstreams, hostile: { ...hostile, breaker } } };
    site = openSite(written, {
      "policies/limits.cedar": POLICIES,
      "catalog.yaml": CATALOG,
    });
    gateway = await up(site);
    token = await addAgent(site, "tester", "testers");
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  const times = (tool: string): number =>
    recorded(site).filter((call) => call.tool === tool).length;
  const codeOf = async (tool: string, key: string): Promise<string | undefined> =>
    (await agent.call(tool, { key })).refusal?.code;

  // shows: C12.1
  it("let exactly ten of all racing calls reach the upstream", {
    timeout: RACE_MAX_MS,
  }, async () => {
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () =>
        connect({ site, gateway, upstream: "recorder", token }, "http"),
      ),
    );
    const called = await Promise.all(
      Array.from({ length: CALLS }, async (_, at) => {
        const client = clients[at % CLIENTS] as Agent;
        return (await client.call("erase", { key: `key-${at}` })).refusal?.code;
      }),
    );
    for (const client of clients) await client.close();
    const refused = called.filter((code) => code !== undefined);
    expect(new Set(refused)).toEqual(new Set(["limit.ten-an-hour"]));
    expect(refused).toHaveLength(CALLS - 10);
    expect(times("erase")).toBe(10);
  });

  it("are as used up after a restart as before", async () => {
    await agent.close();
    await gateway.stop();
    gateway = await up(site);
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
    expect(await codeOf("erase", "after")).toBe("limit.ten-an-hour");
    expect(times("erase")).toBe(10);
  });

  // shows: C12.3
  it("stop a loop of one call, and of two that take turns", async () => {
    const codes: (string | undefined)[] = [];
    for (const key of ["a", "a", "a", "a", "b", "c", "b", "c", "b", "c", "b", "c"])
      codes.push(await codeOf("peek", key));
    const stopped = codes.map((code) => code === "limit.no-loops");
    expect(stopped.map(Number).join("")).toBe("000100000011");
    expect(codes.filter((code) => code === undefined)).toHaveLength(9);
  });

  // shows: C12.3
  it("leave an upstream alone that fails again and again, and then try it", async () => {
    const open = (): Promise<Agent> =>
      connect({ site, gateway, upstream: "hostile", token }, "http");
    for (const key of ["first", "second"]) {
      const client = await open();
      // The server ends in the middle of the call; each connection gets one of its own.
      await client.call("die", { key }).catch(() => undefined);
      await client.close();
    }
    await expect(open()).rejects.toThrow(/failed too often/);
    const client = await eventually("the pause is over", () => open().catch(() => undefined));
    await client.close();
    const paused = await run(site, "audit", "query", "--code", "upstream.paused", "--json");
    expect(paused.stdout).toContain('"code":"upstream.paused"');
  });

  // shows: C2.1, C10.2
  it("decide again from what was recorded, byte for byte", async () => {
    const words = ["audit", "query", "--code", "limit.no-loops", "--limit", "1"];
    const { index } = await ask<{ index: number }>(site, ...words);
    const explained = await run(site, "explain", String(index), "--json");
    expect([explained.code, explained.stderr]).toEqual([0, ""]);
    expect(explained.stdout).toContain("limit.no-loops");
  });
});
