import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, connect } from "../harness/client.ts";
import { recorded, recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const REPLAYS = 50;

const POLICIES = `
@id("connect")
permit (principal in Group::"agents", action in [Action::"connect", Action::"list"], resource is Server);
@id("use") permit (principal in Group::"agents", action in [Action::"update", Action::"delete"], resource is Object);
@id("ask") @decision("require_approval") @approvers("Group::\\"owners\\"") @waivable("scoped")
@reason("what is erased is gone")
forbid (principal in Group::"agents", action == Action::"delete", resource is Object);
@id("never") @reason("the vault stays closed")
forbid (principal in Group::"agents", action == Action::"delete", resource == Object::"vault");
`;

const object = (action: string): object => ({
  effects: [
    { action, resource: { type: "Object", id: { argument: "key" }, kind: "record" }, quantity: 1 },
  ],
});
const CATALOG = JSON.stringify({
  version: 1,
  tools: { "recorder/erase": object("delete"), "recorder/write": object("update") },
});

interface Row {
  readonly id: string;
  readonly target: string;
}

describe("what a person can answer, through the real commands and the real gateway", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;

  beforeAll(async () => {
    site = openSite(recorderConfiguration("20s"), {
      "policies/approvals.cedar": POLICIES,
      "catalog.yaml": CATALOG,
    });
    gateway = await up(site);
    const token = await addAgent(site, "tester", "agents");
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  });

  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    site.remove();
  });

  const waiting = (count: number): Promise<readonly string[]> =>
    eventually("so many calls are held", async () => {
      const rows = await ask<readonly Row[]>(site, "approvals", "list");
      return rows.length === count ? rows.map(({ id }) => id) : undefined;
    });
  const times = (key: string): number =>
    recorded(site).filter((call) => call.tool === "erase" && call.key === key).length;

  it("a no with a reason, which the agent reads, and which stands", async () => {
    const held = agent.call("erase", { key: "kept" });
    const [id = ""] = await waiting(1);
    await ask(site, "approvals", "reject", id, "--as", "olga", "--reason", "not before the backup");
    const answer = await held;
    expect(answer.refusal).toMatchObject({ outcome: "block", code: "approval.rejected" });
    expect(answer.text).toContain("not before the backup");
    expect((await agent.call("erase", { key: "kept" })).text).toContain("not before the backup");
    expect(times("kept")).toBe(0);
  });

  it("a yes with other arguments: those run, the agent's do not, and it is told", async () => {
    const held = agent.call("erase", { key: "too-much" });
    const [id = ""] = await waiting(1);
    const file = site.write("edited.json", '{"key":"just-this"}');
    const forbidden = site.write("vault.json", '{"key":"vault"}');
    const refused = await run(
      site,
      "approvals",
      "approve",
      id,
      "--as",
      "olga",
      "--arguments",
      forbidden,
    );
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("the vault stays closed"),
    ]);
    await ask(site, "approvals", "approve", id, "--as", "olga", "--arguments", file);
    expect((await held).failed).toBe(false);
    expect([times("too-much"), times("just-this"), times("vault")]).toEqual([0, 1, 0]);
    const again = agent.call("erase", { key: "too-much" });
    const [next = ""] = await waiting(1);
    await ask(site, "approvals", "approve", next, "--as", "olga");
    expect((await again).failed).toBe(false);
    expect([times("too-much"), times("just-this")]).toEqual([1, 1]);
  });

  it("the edited arguments are in the answer, where the agent's client can see them", async () => {
    const held = agent.client.callTool({ name: "erase", arguments: { key: "asked" } });
    const [id = ""] = await waiting(1);
    const file = site.write("edited.json", '{"key":"edited"}');
    await ask(site, "approvals", "approve", id, "--as", "olga", "--arguments", file);
    expect((await held)._meta?.["dev.bylaw/edited"]).toEqual({ key: "edited" });
  });

  // shows: C5.1
  it(`a yes that ${REPLAYS} replays race for: one runs`, async () => {
    const calls = Array.from({ length: REPLAYS }, () => agent.call("erase", { key: "raced" }));
    const [id = ""] = await waiting(1);
    await ask(site, "approvals", "approve", id, "--as", "olga");
    const [second = ""] = await waiting(1);
    expect(times("raced")).toBe(1);
    await ask(site, "approvals", "reject", second, "--as", "olga");
    await Promise.all(calls);
    expect(times("raced")).toBe(1);
  });

  it("a batch, as it was shown", async () => {
    const calls = ["a", "b", "c"].map((key) => agent.call("erase", { key }));
    await waiting(3);
    const { stdout } = await run(site, "approvals");
    expect(stdout).toContain("3 waiting");
    expect(stdout).toContain("in all: delete 3 objects: 3 different Object resources");
    const [batch = ""] = /bat_[0-9a-f]+/.exec(stdout) ?? [];
    await ask(site, "approvals", "approve", batch, "--as", "olga");
    expect((await Promise.all(calls)).map(({ failed }) => failed)).toEqual([false, false, false]);
  });

  it("a yes for more of the same, for so many and nothing else", async () => {
    const held = agent.call("erase", { key: "often" });
    const [id = ""] = await waiting(1);
    await ask(site, "approvals", "approve", id, "--as", "olga", "--for", "10m", "--uses", "1");
    expect((await held).failed).toBe(false);
    expect((await agent.call("erase", { key: "often" })).failed).toBe(false);
    const more = agent.call("erase", { key: "often" });
    const [next = ""] = await waiting(1);
    await ask(site, "approvals", "reject", next, "--as", "olga");
    await more;
    expect(times("often")).toBe(2);
    expect(await ask<readonly object[]>(site, "approvals", "waivers")).toEqual([
      expect.objectContaining({ approval: id, uses: 1, used: 1 }),
    ]);
  });

  it("all of which the log tells, and a refusal in a person's words comes out again", async () => {
    expect(await ask(site, "audit", "verify")).toMatchObject({ ok: true });
    const { refusal } = await agent.call("erase", { key: "kept" });
    const explained = await run(site, "explain", String(refusal?.record));
    expect([explained.code, explained.stdout]).toEqual([
      0,
      expect.stringContaining("not before the backup"),
    ]);
  });
});
