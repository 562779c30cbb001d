import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { CALLS } from "../harness/calls.ts";
import { type Agent, connect, type Place, post } from "../harness/client.ts";
import { FORMS, formsIn, leaksIn, PLANTED } from "../harness/planted.ts";
import { recorderConfiguration } from "../harness/recorder.ts";
import { openSite, type Site, upstream } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";

const TOGETHER = 25;
/** Of them, calls that a person is asked about. */
const HELD = 4;

const POLICIES = `
@id("testers-connect")
permit (principal in Group::"testers", action in [Action::"connect", Action::"list"], resource is Server);

@id("testers-use")
permit (
  principal in Group::"testers",
  action in [Action::"read", Action::"update", Action::"delete", Action::"execute"],
  resource
);

@id("erase-asks") @decision("require_approval") @approvers("Group::\\"owners\\"") @ttl("15m")
forbid (principal, action == Action::"delete", resource is Object);
`;

const ACTIONS = {
  peek: "read",
  write: "update",
  erase: "delete",
  forbidden: "create",
  fail: "update",
  break: "update",
};
const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries(ACTIONS).flatMap(([tool, action]) =>
      ["leaky"].map((server) => [
        `${server}/${tool}`,
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
  ),
});

let site: Site;
let gateway: Gateway;
let place: Place;
let agent: Agent;
let serial = 0;

/** Arguments with the planted text as key, value, element and beside other text. */
function planted(): Record<string, unknown> {
  serial += 1;
  return {
    key: `record-${serial}`,
    password: PLANTED,
    nested: { list: [`before ${PLANTED} after`, serial] },
    [PLANTED]: true,
  };
}

async function sdk(tool: string): Promise<{ readonly action: string; readonly outcome: string }> {
  const body = JSON.stringify({ tool, upstream: "leaky", arguments: planted() });
  return (await (await sdkPost("/v1/actions", body)).json()) as { action: string; outcome: string };
}

function sdkPost(path: string, body: string, token = place.token): Promise<Response> {
  return fetch(new URL(path, gateway.address), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body,
  });
}

async function report(action: string): Promise<void> {
  const code = `failed with ${PLANTED}`;
  await sdkPost(`/v1/actions/${action}/outcome`, JSON.stringify({ completion: "error", code }));
}

/** One call of each kind that is answered at once; each returns when the answer is there. */
const KINDS: readonly (() => Promise<unknown>)[] = [
  () => agent.call("write", planted()),
  () => agent.call("peek", planted()),
  () => agent.call("forbidden", planted()),
  () => agent.call("fail", planted()),
  () => agent.call("break", planted()).catch(() => undefined), // a protocol error, as it should be
  () =>
    agent.client
      .getPrompt({ name: "greet", arguments: { secret: PLANTED } })
      .catch(() => undefined),
  () =>
    post(
      place,
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":${JSON.stringify(PLANTED)}`,
    ),
  () =>
    post(
      place,
      JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "peek", arguments: PLANTED },
      }),
    ),
  () => post({ ...place, token: encodeURIComponent(PLANTED) }, "{}"),
  async () => report((await sdk("write")).action),
  () => sdk("forbidden"),
  () => sdkPost("/v1/actions", `{"tool":"peek","tool":${JSON.stringify(PLANTED)}}`),
  () => sdkPost("/v1/actions", JSON.stringify({ tool: "peek", arguments: {}, secret: PLANTED })),
];

async function waiting(count: number): Promise<readonly string[]> {
  return eventually("the calls are held", async () => {
    const listed = await ask<readonly { readonly id: string }[]>(site, "approvals", "list");
    return listed.length >= count ? listed.map(({ id }) => id) : undefined;
  });
}

beforeAll(async () => {
  const configuration = recorderConfiguration("50s");
  const leaky = [process.execPath, upstream("leaky"), "leaky.jsonl"];
  site = openSite(
    { ...configuration, upstreams: { leaky: { command: leaky, environment: "production" } } },
    { "policies/secrets.cedar": POLICIES, "catalog.yaml": CATALOG },
  );
  gateway = await up(site);
  place = { site, gateway, upstream: "leaky", token: await addAgent(site, "tester", "testers") };
  agent = await connect(place, "http");
  for (let done = 0; done < CALLS - HELD; done += TOGETHER)
    await Promise.all(
      Array.from({ length: Math.min(TOGETHER, CALLS - HELD - done) }, (_, at) =>
        KINDS[(done + at) % KINDS.length]?.(),
      ),
    );
}, 120_000);

afterAll(async () => {
  await agent?.close();
  await gateway?.stop();
  site?.remove();
});

// shows: C9.2
describe(`a secret in ${CALLS} calls`, () => {
  it("would be found in every form that is looked for", () => {
    for (const [name, form] of Object.entries(FORMS)) expect(formsIn(form)).toContain(name);
  });

  it("reached the upstream, as it should", () => {
    const seen = readFileSync(join(site.folder, "leaky.jsonl"), "utf8");
    expect(formsIn(seen)).toContain("JSON-escaped");
    for (const tool of ["write", "peek", "fail", "break"])
      expect(seen).toContain(`"name":"${tool}"`);
    expect(seen).not.toContain('"name":"forbidden"');
  });

  it("is shown to the person who is asked, and to nobody afterwards", async () => {
    const calls = Array.from({ length: HELD }, (_, at) =>
      at % 2 === 0 ? agent.call("erase", planted()) : sdk("erase"),
    );
    const ids = await waiting(HELD);
    expect(ids).toHaveLength(HELD);
    const shown = await run(site, "approvals", "show", ids[0] as string, "--json");
    expect(formsIn(shown.stdout)).toContain("JSON-escaped");
    expect(leaksIn(site.data)).toEqual({});
    for (const [at, id] of ids.entries())
      await ask(site, "approvals", at % 2 === 0 ? "approve" : "reject", id, "--as", "olga");
    await Promise.all(calls);
    for (const args of [
      ["approvals", "list", "--all", "--json"],
      ["approvals", "show", ids[0] as string, "--json"],
    ])
      expect(formsIn((await run(site, ...args)).stdout)).toEqual([]);
  }, 60_000);

  it("is in no file of the data folder, and in nothing the gateway printed", async () => {
    expect(leaksIn(site.data)).toEqual({});
    expect(formsIn(gateway.output())).toEqual([]);
  });

  it.each([
    ["audit", "show", "--last", "all"],
    ["audit", "show", "--json"],
    ["audit", "query", "--json"],
    ["audit", "query", "--agent", "tester"],
    ["audit", "export", "--ocsf"],
    ["audit", "export", "--otlp"],
    ["audit", "export", "--csv"],
    ["audit", "verify", "--json"],
    ["status", "--json"],
    ["agent", "list", "--json"],
  ])("is not in the answer of: %s %s %s %s", async (...args) => {
    const { stdout, stderr } = await run(site, ...args);
    expect(stdout).not.toBe("");
    expect(formsIn(stdout + stderr)).toEqual([]);
  });

  it("is in no story of an action or a session", async () => {
    const shown = await ask<readonly { record: LedgerRecord }[]>(site, "audit", "show");
    const intents = shown.flatMap(({ record }) => (record.kind === "intent" ? [record] : []));
    const { id, session } = (intents.at(-1) as (typeof intents)[number]).action;
    for (const args of [
      ["show", id],
      ["timeline", session],
      ["timeline", session, "--json"],
    ]) {
      const { stdout } = await run(site, "audit", ...args);
      expect(stdout).toContain(id);
      expect(formsIn(stdout)).toEqual([]);
    }
  });

  it("is not on disk when the gateway has ended either", async () => {
    await agent.close();
    await gateway.stop();
    expect(leaksIn(site.data)).toEqual({});
    expect(formsIn(gateway.output())).toEqual([]);
  });
});
