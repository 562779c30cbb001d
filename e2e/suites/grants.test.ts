import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { CALLS } from "../harness/calls.ts";
import { type Agent, type Called, connect } from "../harness/client.ts";
import { recorded, recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const USES = 10;
const CONNECTIONS = 10;

const POLICIES = `
@id("connect")
permit (
  principal in Group::"agents",
  action in [Action::"connect", Action::"list"],
  resource is Server
);
`;

const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries({ write: "update", erase: "delete", gated: "create" }).map(([tool, action]) => [
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

interface Row {
  readonly id: string;
  readonly state: string;
  readonly uses: number;
  readonly left: number;
}

describe("grants", () => {
  let site: Site;
  let gateway: Gateway;
  let agents: readonly Agent[] = [];

  beforeAll(async () => {
    site = openSite(recorderConfiguration("20s"), {
      "policies/agents.cedar": POLICIES,
      "catalog.yaml": CATALOG,
    });
    gateway = await up(site);
    const token = await addAgent(site, "cleaner", "agents");
    agents = await Promise.all(
      Array.from({ length: CONNECTIONS }, () =>
        connect({ site, gateway, upstream: "recorder", token }, "http"),
      ),
    );
  });

  afterAll(async () => {
    for (const agent of agents) await agent.close();
    await gateway?.stop();
    site.remove();
  });

  const times = (tool: string): number =>
    recorded(site).filter((call) => call.tool === tool).length;
  const call = (tool: string, key: string): Promise<Called> =>
    (agents[0] as Agent).call(tool, { key });
  const row = async (id: string): Promise<Row | undefined> =>
    (await ask<readonly Row[]>(site, "grant", "list")).find((one) => one.id === id);
  const give = (id: string, action: string, ...more: readonly string[]): Promise<unknown> =>
    ask(
      site,
      "grant",
      "add",
      "--id",
      id,
      "--agent",
      "cleaner",
      "--action",
      action,
      "--type",
      "Object",
      "--for",
      "1h",
      "--owner",
      "olga",
      "--as",
      "olga",
      "--reason",
      "a race",
      ...more,
    );

  it(`let exactly ${USES} of ${CALLS} racing calls reach the upstream`, async () => {
    await give("ten", "update", "--uses", String(USES));
    const called = await Promise.all(
      Array.from({ length: CALLS }, (_, at) =>
        (agents[at % CONNECTIONS] as Agent).call("write", { key: `k${at}` }),
      ),
    );
    const refused = called.filter(({ failed }) => failed);
    expect(times("write")).toBe(USES);
    expect(refused).toHaveLength(CALLS - USES);
    const codes = new Set(refused.map(({ refusal }) => refusal?.code));
    expect([...codes].filter((code) => code !== "grant.spent" && code !== "reserve.raced")).toEqual(
      [],
    );
    expect(await row("ten")).toMatchObject({ state: "spent", uses: USES, left: 0 });
  });

  it("count what is in flight", async () => {
    await give("one", "create", "--uses", "1");
    const first = call("gated", "held-back");
    await eventually("the upstream has the call", async () => times("gated") === 1 || undefined);
    expect(await row("one")).toMatchObject({ uses: 1, left: 0 });
    expect((await call("gated", "second")).refusal?.code).toBe("grant.spent");
    site.write("held-back", "");
    expect((await first).failed).toBe(false);
    expect(times("gated")).toBe(1);
  });

  it("are proposed from a refusal, given by a person, and gone once revoked", async () => {
    const refused = await call("erase", "stale");
    expect(refused.refusal?.code).toBe("default_deny");
    const record = String(refused.refusal?.record);
    const shown = await run(site, "grant", "propose", record, "--as", "olga");
    expect([shown.code, shown.stdout]).toEqual([
      0,
      expect.stringContaining("checked; not written"),
    ]);
    expect((await call("erase", "stale")).failed).toBe(true);

    const { grants } = await ask<{ grants: readonly { id: string }[] }>(
      site,
      "grant",
      "propose",
      record,
      "--accept",
      "--uses",
      "2",
      "--as",
      "olga",
    );
    const id = grants[0]?.id ?? "none";
    expect((await call("erase", "stale")).failed).toBe(false);
    expect((await call("erase", "another")).refusal?.code).toBe("default_deny");
    await ask(site, "grant", "revoke", id, "--reason", "enough", "--as", "olga");
    expect((await call("erase", "stale")).refusal?.code).toBe("grant.revoked");
    expect(times("erase")).toBe(1);
  });

  it("are reviewed against the log, and narrowed by who accepts that", async () => {
    const wide = ["--action", "update", "--action", "read", "--uses", "50"];
    await give("wide", "create", ...wide);
    expect((await call("write", "again")).failed).toBe(false);
    const options = ["--config", `${site.folder}/bylaw.yaml`, "--as", "olga"];
    const before = await run(site, "grant", "review", ...options);
    expect([before.code, before.stdout]).toEqual([
      1,
      expect.stringContaining("`wide` was used by"),
    ]);
    await run(site, "grant", "review", ...options, "--apply", "wide");
    expect((await call("write", "narrowed")).failed).toBe(false);
    expect((await call("gated", "narrowed")).refusal?.code).toBe("grant.spent");
    expect(await row("wide")).toMatchObject({ state: "active", uses: 2 });
  });
});
