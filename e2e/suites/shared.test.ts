import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from "../../packages/store/testing/postgres.ts";
import { ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { CALLS } from "../harness/calls.ts";
import { type Agent, connect, type Place } from "../harness/client.ts";
import { recorded, recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const SETUP_MAX_MS = 120_000;
/** Milliseconds for a thousand calls on a busy machine. */
const RACE_MAX_MS = 300_000;
/** Milliseconds after the answer to a revocation in which the other gateway has to know of it. */
const STOPPED_MS = 1_000;
/** Identical calls that race for one approval. */
const REPLAYS = 50;
/** Connections of one agent to each gateway: each has a limit of its own on unanswered requests. */
const CLIENTS = 4;

const POLICIES = `
@id("connect")
permit (
  principal in Group::"agents",
  action in [Action::"connect", Action::"list"],
  resource is Server
);

@id("erase") permit (principal in Group::"erasers", action == Action::"delete", resource is Object);
@id("erase-asks") @decision("require_approval") @approvers("Group::\\"owners\\"") @ttl("15m")
@reason("what is erased is gone")
forbid (principal in Group::"erasers", action == Action::"delete", resource is Object);

@id("ten-writes") @grant @owner("User::\\"olga\\"") @expires("2100-01-01T00:00:00Z") @uses("10")
permit (principal in Group::"granted", action == Action::"update", resource is Object)
when { context.now < datetime("2100-01-01T00:00:00Z") };

@id("kept-writes") @grant @owner("User::\\"olga\\"")
permit (principal in Group::"kept", action == Action::"update", resource is Object);

@id("plain-writes")
permit (principal in Group::"plain", action == Action::"update", resource is Object);

@id("sweep") permit (principal in Group::"limited", action == Action::"delete", resource is Object);
@id("ten-deletes") @reason("ten records an hour")
forbid (principal in Group::"limited", action == Action::"delete", resource is Object)
when { context.counts.deletes_1h + context.quantity.atMost > 10 };

@id("counted-erase") permit (principal in Group::"counted", action == Action::"delete", resource is Object);
@id("ten-an-hour") @limit("10 items per 1h per agent") @reason("ten records an hour")
forbid (principal in Group::"counted", action == Action::"delete", resource is Object);
`;

const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries({ write: "update", erase: "delete" }).map(([tool, action]) => [
      `recorder/${tool}`,
      {
        effects: [
          {
            action,
            resource: { type: "Object", id: { argument: "key" }, kind: "record" },
            quantity: 1,
          },
        ],
      },
    ]),
  ),
});

/** In: the site whose folder its upstreams run in, as those of replicas do; null: its own. */
function siteOn(url: string, first: Site | null): Site {
  const config = { ...recorderConfiguration("20s"), store: { postgres: "file:database" } };
  const site = openSite(config, {
    "policies/shared.cedar": POLICIES,
    "catalog.yaml": CATALOG,
    database: `${url}\n`,
  });
  const { recorder } = recorderConfiguration("20s")["upstreams"] as Record<string, object>;
  const cwd = (first ?? site).folder;
  site.configure({ ...config, upstreams: { recorder: { ...recorder, cwd } } });
  return site;
}

const programs = postgresPrograms();
const expected = programs !== null || process.env["CI"] === "true";

describe.skipIf(!expected)("two gateway processes, which needs PostgreSQL", () => {
  let server: PostgresServer;
  let sites: readonly [Site, Site];
  let gateways: readonly [Gateway, Gateway];
  const open: Agent[] = [];

  beforeAll(async () => {
    server = await startPostgres(programs);
    const url = await server.database();
    const one = siteOn(url, null);
    sites = [one, siteOn(url, one)];
    const first = await up(sites[0]);
    mkdirSync(sites[1].data, { mode: 0o700 });
    copyFileSync(join(sites[0].data, "digest.key"), join(sites[1].data, "digest.key"));
    gateways = [first, await up(sites[1])];
  }, SETUP_MAX_MS);

  afterAll(async () => {
    for (const agent of open) await agent.close();
    for (const gateway of gateways ?? []) await gateway.stop();
    for (const site of sites ?? []) site.remove();
    await server?.remove();
  }, SETUP_MAX_MS);

  async function registered(name: string, group: string): Promise<string> {
    const words = ["agent", "add", name, "--user", "sam", "--group", "agents", "--group", group];
    return (await ask<{ token: string }>(sites[0], ...words)).token;
  }

  /** Connects one agent to both gateways with the one token it has. */
  async function connected(name: string, group: string): Promise<readonly [Agent, Agent]> {
    return await doors(await registered(name, group));
  }

  async function doors(token: string): Promise<readonly [Agent, Agent]> {
    const agents = await Promise.all(
      sites.map((site, at) => {
        const gateway = gateways[at] as Gateway;
        return connect({ site, gateway, upstream: "recorder", token } satisfies Place, "http");
      }),
    );
    open.push(...agents);
    return agents as unknown as readonly [Agent, Agent];
  }

  const times = (tool: string, key: string): number =>
    sites.flatMap((site) => recorded(site)).filter((call) => call.tool === tool && call.key === key)
      .length;

  async function race(
    agents: readonly [Agent, Agent],
    tool: string,
    calls: number,
  ): Promise<readonly string[]> {
    const called = await Promise.all(
      Array.from({ length: calls }, (_, at) =>
        (agents[at % 2] as Agent).call(tool, { key: "raced" }),
      ),
    );
    return called.filter(({ failed }) => failed).map(({ refusal }) => refusal?.code ?? "none");
  }

  it("releases a hold of one when a person answers through the other", async () => {
    const [agent] = await connected("tester", "erasers");
    const held = agent.call("erase", { key: "asked" });
    const id = await eventually("the other gateway shows the request", async () => {
      const [first] = await ask<readonly { id: string }[]>(sites[1], "approvals", "list");
      return first?.id;
    });
    expect(times("erase", "asked")).toBe(0);
    expect((await run(sites[1], "approvals", "approve", id, "--as", "olga")).code).toBe(0);
    expect(await held).toMatchObject({ failed: false });
    expect(times("erase", "asked")).toBe(1);
  });

  it(`lets one of ${REPLAYS} replays through that race for one yes, at whichever gateway`, async () => {
    const agents = await connected("replayer", "erasers");
    const calls = Array.from({ length: REPLAYS }, (_, at) =>
      (agents[at % 2] as Agent).call("erase", { key: "replayed" }),
    );
    const waiting = (not: string | null): Promise<string> =>
      eventually("one request waits", async () => {
        const rows = await ask<readonly { id: string }[]>(sites[0], "approvals", "list");
        return rows.length === 1 && rows[0]?.id !== not ? rows[0]?.id : null;
      });
    const id = await waiting(null);
    await ask(sites[1], "approvals", "approve", id, "--as", "olga");
    const second = await waiting(id);
    expect(times("erase", "replayed")).toBe(1);
    await ask(sites[0], "approvals", "reject", second, "--as", "olga");
    const answers = await Promise.all(calls);
    expect(answers.filter(({ failed }) => !failed)).toHaveLength(1);
    expect(times("erase", "replayed")).toBe(1);
  });

  it("lets exactly ten of all calls through that race for ten uses", {
    timeout: RACE_MAX_MS,
  }, async () => {
    const token = await registered("granted", "granted");
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => doors(token)));
    const raced = clients.map((agents) => race(agents, "write", CALLS / CLIENTS));
    const refused = (await Promise.all(raced)).flat();
    const codes = ["grant.spent", "reserve.raced"];
    expect(refused.filter((code) => !codes.includes(code))).toEqual([]);
    expect(refused).toHaveLength(CALLS - 10);
    expect(times("write", "raced")).toBe(10);
  });

  it("lets exactly ten through under a limit of ten an hour", async () => {
    const refused = await race(await connected("limited", "limited"), "erase", 40);
    expect(new Set(refused)).toEqual(new Set(["policy.ten-deletes"]));
    expect(refused).toHaveLength(30);
    expect(times("erase", "raced")).toBe(10);
  });

  it("lets exactly ten of all calls through under `@limit`", {
    timeout: RACE_MAX_MS,
  }, async () => {
    const before = times("erase", "raced");
    const token = await registered("counted", "counted");
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => doors(token)));
    const raced = clients.map((agents) => race(agents, "erase", CALLS / CLIENTS));
    const refused = (await Promise.all(raced)).flat();
    expect(new Set(refused)).toEqual(new Set(["limit.ten-an-hour"]));
    expect(refused).toHaveLength(CALLS - 10);
    expect(times("erase", "raced") - before).toBe(10);
  });

  // shows: C12.2
  it("halts at the next action of the other, held ones included, until it is resumed", async () => {
    const agents = await connected("halted", "erasers");
    const held = agents[0].call("erase", { key: "held" });
    const id = await eventually("the request is held", async () => {
      const [first] = await ask<readonly { id: string }[]>(sites[0], "approvals", "list");
      return first?.id;
    });
    const halt = ["--agent", "halted", "--reason", "it erases things", "--as", "olga"];
    expect((await run(sites[1], "halt", ...halt)).code).toBe(0);
    const answers = await Promise.all(agents.map((agent) => agent.call("erase", { key: "late" })));
    for (const answer of answers) expect(answer.refusal).toMatchObject({ code: "halted" });
    expect((await run(sites[1], "approvals", "approve", id, "--as", "olga")).code).toBe(0);
    expect((await held).refusal).toMatchObject({ code: "halted" });
    expect(times("erase", "held") + times("erase", "late")).toBe(0);
    for (const site of sites)
      expect(await ask(site, "halt", "list")).toMatchObject([{ subject: "halted", by: "olga" }]);
    expect((await run(sites[0], "resume", ...halt)).code).toBe(0);
    const asked = agents[1].call("erase", { key: "resumed" });
    const again = await eventually("the next request is held", async () => {
      const [first] = await ask<readonly { id: string }[]>(sites[0], "approvals", "list");
      return first?.id;
    });
    expect((await run(sites[0], "approvals", "approve", again, "--as", "olga")).code).toBe(0);
    expect(await asked).toMatchObject({ failed: false });
    expect(times("erase", "resumed")).toBe(1);
  });

  // shows: C3.3
  it("stops an agent at its next action when the other suspends it", async () => {
    const [agent] = await connected("suspect", "granted");
    expect((await run(sites[1], "agent", "suspend", "suspect")).code).toBe(0);
    await expect(agent.call("write", { key: "late" })).rejects.toThrow();
    expect(times("write", "late")).toBe(0);
  });

  describe("what ends at one ends at the other in less than a second", () => {
    /** Passport and delegation of each sub-agent, each started by the one before, from `boss` on. */
    async function chain(
      ...names: readonly string[]
    ): Promise<readonly { readonly passport: string; readonly delegation: string }[]> {
      const links: { passport: string; delegation: string }[] = [];
      let token = await registered(names[0] as string, "plain");
      for (const [at, to] of names.slice(1).entries()) {
        await registered(to, "plain");
        const reply = await fetch(`${gateways[0].address}/v1/delegations`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify({ to, depth: names.length - 2 - at }),
        });
        expect(reply.status).toBe(201);
        const link = (await reply.json()) as (typeof links)[number];
        links.push(link);
        token = link.passport;
      }
      return links;
    }

    /**
     * Calls at the first gateway without a pause, and runs the command at the second one. Out: how many
     * milliseconds after its answer the last call began that went through (negative: before), and the
     * first one that did not.
     */
    async function measured(
      agent: Agent,
      ...command: readonly string[]
    ): Promise<{ readonly passed: number; readonly stopped: number }> {
      let passed = 0;
      let good = 0;
      const calling = (async (): Promise<number> => {
        for (;;) {
          const began = performance.now();
          const answer = await agent.call("write", { key: "going" }).catch(() => null);
          if (answer === null || answer.failed) return began;
          passed = began;
          good += 1;
        }
      })();
      await eventually("calls go through", () => (good >= 3 ? good : null));
      const ran = await run(sites[1], ...command);
      expect([ran.code, ran.stderr]).toEqual([0, ""]);
      const stopped = await calling;
      const answered = ran.answeredAt ?? Number.NaN;
      return { passed: passed - answered, stopped: stopped - answered };
    }

    /** Milliseconds from the answer to the first call that was refused; no time is enough where one passed. */
    async function lag(agent: Agent, ...command: readonly string[]): Promise<number> {
      const { passed, stopped } = await measured(agent, ...command);
      return passed < 0 ? stopped : Number.POSITIVE_INFINITY;
    }

    /** At the first gateway, the one that signs passports for it. */
    async function as(token: string): Promise<Agent> {
      const [site, gateway] = [sites[0], gateways[0]];
      const agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
      open.push(agent);
      return agent;
    }

    // shows: C3.3
    it("an agent that is suspended", async () => {
      const agent = await as(await registered("suspended", "plain"));
      expect(await lag(agent, "agent", "suspend", "suspended")).toBeLessThan(STOPPED_MS);
    });

    it("a link in the middle of a chain", async () => {
      const [first, second] = await chain("boss", "minion", "imp");
      const agent = await as(second?.passport ?? "");
      const id = first?.delegation ?? "";
      expect(await lag(agent, "agent", "revoke", id)).toBeLessThan(STOPPED_MS);
    });

    it("an agent in the middle of a chain", async () => {
      const [, second] = await chain("chief", "deputy", "clerk");
      const agent = await as(second?.passport ?? "");
      expect(await lag(agent, "agent", "suspend", "deputy")).toBeLessThan(STOPPED_MS);
    });

    it.each([
      ["an agent", ["--agent", "stopped-agent"]],
      ["a person", ["--user", "sam"]],
      ["an upstream", ["--upstream", "recorder"]],
      ["everything", ["--all"]],
    ])("%s that is halted", async (what, target) => {
      const name = `stopped-${what.split(" ").at(-1) ?? ""}`;
      const agent = await as(await registered(name, "plain"));
      const halt = ["halt", ...target, "--reason", "enough", "--as", "olga"];
      expect(await lag(agent, ...halt)).toBeLessThan(STOPPED_MS);
      const resumed = await run(sites[0], "resume", ...target, "--reason", "on", "--as", "olga");
      expect(resumed.code).toBe(0);
    });
  });

  it("stops a grant at the next action of one when the other revokes it", async () => {
    await ask(sites[0], "grant", "list");
    const [agent] = await connected("keeper", "kept");
    expect((await agent.call("write", { key: "kept" })).failed).toBe(false);
    const words = [
      "grant",
      "revoke",
      "kept-writes",
      "--reason",
      "enough",
      "--as",
      "olga",
      "--json",
    ];
    const revoked = await run(sites[1], ...words);
    expect(revoked.code).toBe(0);
    expect((await agent.call("write", { key: "gone" })).refusal?.code).toBe("grant.revoked");
    expect(times("write", "gone")).toBe(0);
  });

  it("has a log for each, which its own configuration leads to", async () => {
    for (const site of sites) {
      const report = await ask<{ ok: boolean; size: number }>(site, "audit", "verify");
      expect(report).toMatchObject({ ok: true });
      expect(report.size).toBeGreaterThan(10);
    }
  });

  it("tells nobody the password", () => {
    for (const gateway of gateways) expect(gateway.output()).not.toContain("not-a-secret");
  });
});
