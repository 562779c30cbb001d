import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPlace, type Place, type Reply } from "../../testdata/running.ts";

const CONFIG = `
version: 1
people: { olga: {}, dana: { groups: [dba] } }
agents: { coder: { user: olga }, helper: { user: null }, tester: { user: null } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: development } }
packs: [base]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
holds: { limit: 20s }
`;
const RULES = `
@id("all") @reason("this place is for trying out")
permit (principal, action, resource);
@id("ask-dana") @decision("require_approval") @approvers("User::\\"dana\\"") @reason("dana decides")
forbid (principal is Agent, action == Action::"update", resource);
`;
const CATALOG = `
version: 1
tools:
  db/look: { effects: [ { action: read, resource: { type: Table, id: customers, database: crm }, quantity: { count: ids } } ] }
  db/drop: { effects: [ { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 1 } ] }
  db/edit: { effects: [ { action: update, resource: { type: Table, id: customers, database: crm }, quantity: 1 } ] }
`;

let place: Place;
/** Milliseconds that a start may take on a machine with much else to do. */
const START_MS = 60_000;

let address: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  place = createPlace({ "bylaw.yaml": CONFIG, "rules.cedar": RULES, "catalog.yaml": CATALOG });
  const failed = await place.start();
  if (failed !== null) throw new Error(failed.code);
  for (const id of ["helper", "tester"])
    tokens.set(id, String((await place.admin("POST", "/agents", { id })).body["token"]));
  tokens.set(
    "coder",
    String(
      (
        await place.admin("POST", "/agents/coder/passports", {
          lifetimeMs: 600_000,
          thumbprint: null,
        })
      ).body["passport"],
    ),
  );
  address = (await place.status()).address;
}, START_MS);

afterAll(() => place.end());

async function post(path: string, credential: string, body: unknown): Promise<Reply> {
  const answer = await fetch(address + path, {
    method: "POST",
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Reply["body"] };
}

const delegate = (by: string, order: object): Promise<Reply> => post("/v1/delegations", by, order);

/** The outcome and its code, of one call. */
async function ask(
  credential: string,
  tool: string,
  args: object = {},
): Promise<readonly unknown[]> {
  const { body } = await post("/v1/actions", credential, { upstream: "db", tool, arguments: args });
  return [body["outcome"] ?? body["error"], body["code"]];
}

/** A passport of a chain, link by link. */
async function chain(
  ...orders: readonly object[]
): Promise<{ readonly passport: string; readonly ids: readonly string[] }> {
  let passport = tokens.get("coder") ?? "";
  const ids: string[] = [];
  for (const order of orders) {
    const { status, body } = await delegate(passport, order);
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ passport: expect.any(String) }),
    ]);
    passport = String(body["passport"]);
    ids.push(String(body["delegation"]));
  }
  return { passport, ids };
}

describe("a delegation", () => {
  it("is one run with the agent that delegated, so that what one has read all of them have", async () => {
    const { passport } = await chain({ to: "helper" });
    const before = (await place.records()).length;
    for (const credential of [passport, tokens.get("coder"), tokens.get("helper")])
      await ask(credential ?? "", "look", { ids: [1] });
    const sessions = (await place.records())
      .slice(before)
      .flatMap((record) => (record.kind === "intent" ? [record.action.session] : []));
    expect(sessions).toHaveLength(3);
    expect(sessions[0]).toBe(sessions[1]);
    expect(sessions[0]).not.toBe(sessions[2]);
  });

  it("lets a sub-agent do what it covers, in the name of those above, and nothing else", async () => {
    const { passport, ids } = await chain({ to: "helper", actions: ["read"], quantity: 2 });
    expect(await ask(passport, "look", { ids: [1, 2] })).toEqual(["allow", "policy.all"]);
    expect(await ask(passport, "look", { ids: [1, 2, 3] })).toEqual([
      "block",
      "delegation.exceeded",
    ]);
    expect(await ask(passport, "drop")).toEqual(["block", "delegation.exceeded"]);
    expect(await ask(tokens.get("coder") ?? "", "drop")).toEqual(["allow", "policy.all"]);
    const { body } = await post("/v1/actions", passport, {
      upstream: "db",
      tool: "drop",
      arguments: {},
    });
    expect(body["reason"]).toContain(String(ids[0]));
    const refusal = (await place.records()).findLast(({ kind }) => kind === "refusal");
    expect(refusal).toMatchObject({
      action: {
        credential: "agent:coder/helper",
        chain: [{ id: "olga" }, { id: "coder" }, { id: "helper" }],
      },
    });
  });

  it("cannot pass on more than it holds", async () => {
    const { passport } = await chain({
      to: "helper",
      actions: ["read"],
      quantity: 2,
      depth: 1,
      resources: [{ type: "Table", id: "customers" }],
    });
    const order = {
      to: "tester",
      actions: ["read"],
      quantity: 1,
      resources: [{ type: "Table", id: "customers" }],
    };
    for (const [field, more] of [
      ["actions", { actions: ["read", "delete"] }],
      ["actions", { actions: null }],
      ["quantity", { quantity: 3 }],
      ["resources", { resources: null }],
      ["depth", { depth: 1 }],
    ] as const) {
      const { status, body } = await delegate(passport, { ...order, ...more });
      expect([status, body]).toEqual([403, { error: "delegation.widens", field }]);
    }
    expect((await delegate(passport, order)).status).toBe(201);
    const low = await chain({ to: "helper", actions: ["read"] });
    expect((await delegate(low.passport, order)).body).toEqual({
      error: "delegation.widens",
      field: "depth",
    });
  });

  it("ends with the credential that made it", async () => {
    const { body: short } = await place.admin("POST", "/agents/coder/passports", {
      lifetimeMs: 60_000,
      thumbprint: null,
    });
    const { body } = await delegate(String(short["passport"]), {
      to: "helper",
      lifetimeMs: 3_600_000,
    });
    expect(body["expires"]).toBe(short["expires"]);
    expect((await delegate(tokens.get("helper") ?? "", { to: "coder" })).status).toBe(201);
  });

  it.each([
    ["to itself", { to: "coder" }, 403, "delegation.chain"],
    ["to nobody", { to: "nobody" }, 403, "agent.not_found"],
    ["of no action", { to: "helper", actions: [] }, 400, "request.malformed"],
    ["of an action that is none", { to: "helper", actions: ["fly"] }, 400, "request.malformed"],
    ["for a day", { to: "helper", lifetimeMs: 86_400_000 }, 400, "request.malformed"],
    [
      "of a type that is none",
      { to: "helper", resources: [{ type: "Moon", id: "a" }] },
      403,
      "delegation.invalid",
    ],
    ["with a field that nobody reads", { to: "helper", scope: "*" }, 400, "request.malformed"],
  ])("is refused %s", async (_, order, status, error) => {
    const reply = await delegate(tokens.get("coder") ?? "", order);
    expect(reply).toEqual({ status, body: { error } });
  });

  it("stops, with everything below it, at the next action after it was taken back", async () => {
    const { passport, ids } = await chain({ to: "helper", depth: 1 }, { to: "tester" });
    expect(await ask(passport, "look", { ids: [1] })).toEqual(["allow", "policy.all"]);
    expect((await place.admin("POST", `/delegations/${ids[0]}/revoke`)).status).toBe(200);
    expect(await ask(passport, "look", { ids: [1] })).toEqual(["block", "delegation.revoked"]);
    const { body } = await place.admin("GET", "/delegations");
    expect(body).toContainEqual(expect.objectContaining({ id: ids[0], revoked: true }));
    expect((await place.admin("POST", "/delegations/del_none/revoke")).status).toBe(404);
    const changes = (await place.records()).filter(({ kind }) => kind === "change");
    expect(JSON.stringify(changes)).toContain(`"before":"delegation ${ids[0]}"`);
  });

  it("stops with an agent in the middle of its chain", async () => {
    const { passport } = await chain({ to: "helper", depth: 1 }, { to: "tester" });
    await place.admin("POST", "/agents/helper/suspend", { suspended: true });
    expect(await ask(passport, "look", { ids: [1] })).toEqual(["credential.suspended", undefined]);
    await place.admin("POST", "/agents/helper/suspend", { suspended: false });
    expect(await ask(passport, "look", { ids: [1] })).toEqual(["allow", "policy.all"]);
  });
});

describe("an action that waits for a person", () => {
  const waiting = async (): Promise<string> => {
    const held = async (): Promise<readonly { id: string }[]> =>
      (await place.admin("GET", "/approvals")).body as unknown as readonly { id: string }[];
    await expect.poll(async () => (await held()).length, { interval: 10 }).toBe(1);
    return (await held())[0]?.id ?? "";
  };
  const approve = async (id: string): Promise<unknown> =>
    (await place.admin("POST", `/approvals/${id}/votes`, { as: "dana", verdict: "approve" })).body[
      "state"
    ];

  it("does not run when its delegation was taken back meanwhile, approved or not", async () => {
    const { passport, ids } = await chain({ to: "helper" });
    const asked = ask(passport, "edit");
    const id = await waiting();
    await place.admin("POST", `/delegations/${ids[0]}/revoke`);
    expect(await approve(id)).toBe("approved");
    expect(await asked).toEqual(["block", "delegation.revoked"]);
  });

  it("does not run when an agent of its chain was suspended meanwhile", async () => {
    const { passport } = await chain({ to: "tester" });
    const asked = ask(passport, "edit");
    const id = await waiting();
    await place.admin("POST", "/agents/coder/suspend", { suspended: true });
    expect(await approve(id)).toBe("approved");
    expect(await asked).toEqual(["block", "credential.suspended"]);
    await place.admin("POST", "/agents/coder/suspend", { suspended: false });
  });
});
