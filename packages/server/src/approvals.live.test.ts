import type { LedgerRecord } from "@bylaw/core";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place, type Reply } from "../testdata/running.ts";

const CONFIG = `
version: 1
workspaces: [ ./work ]
people:
  olga: { groups: [ owners ] }
  dana: { groups: [ dba ] }
  dora: { groups: [ dba ] }
  rita: { groups: [ on-call, dba-not ] }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
packs: [ base ]
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
watch: false
shadow: { share: 0 }
holds: { limit: 20ms, ttl: 10m, break_glass: [ 'Group::"on-call"', 'User::"olga"' ] }
`;

const RULES = `
@id("may") permit (principal is Agent, action in [Action::"delete", Action::"update"], resource is Table);
@id("ask") @decision("require_approval") @approvers("Group::\\"dba\\"") @waivable("scoped")
@reason("rows are gone once they are deleted")
forbid (principal is Agent, action == Action::"delete", resource is Table);
@id("ask-exact") @decision("require_approval") @approvers("Group::\\"dba\\"")
forbid (principal is Agent, action == Action::"update", resource is Table);
@id("never") forbid (principal is Agent, action == Action::"delete", resource == Table::"crm/audit");
`;

const tool = (action: string, table: string, quantity: number): string =>
  `{ effects: [ { action: ${action}, resource: { type: Table, id: ${table}, database: crm }, quantity: ${quantity} } ] }`;
const CATALOG = `
version: 1
tools:
  db/drop: ${tool("delete", "customers", 3)}
  db/drop_more: ${tool("delete", "customers", 4)}
  db/drop_audit: ${tool("delete", "audit", 1)}
  db/edit: ${tool("update", "customers", 1)}
`;

let place: Place;
afterEach(() => place.end());

async function running(): Promise<void> {
  place = createPlace({
    "bylaw.yaml": CONFIG,
    "rules.cedar": RULES,
    "catalog.yaml": CATALOG,
    "work/notes.md": "",
  });
  expect(await place.start()).toBeNull();
}

interface Verdict {
  readonly allowed: boolean;
  readonly code: string;
  readonly reason: string;
  readonly approval: string | null;
}

const act = async (name: string, args: object = {}): Promise<Verdict> =>
  (await place.act("db", name, args)).body as unknown as Verdict;
const held = async (name: string, args: object = {}): Promise<string> => {
  const { approval, code } = await act(name, args);
  return approval ?? expect.fail(`the action is held: ${code}`);
};
const post = (path: string, body: object): Promise<Reply> =>
  place.admin("POST", `/approvals/${path}`, body);
const get = async <T>(path: string): Promise<T> =>
  (await place.admin("GET", path === "" ? "/approvals" : `/approvals/${path}`))
    .body as unknown as T;
const approve = (id: string, more: object = {}, as = "dana"): Promise<Reply> =>
  post(`${id}/votes`, { as, verdict: "approve", ...more });
const waiver = { forMs: 600_000, session: false, uses: 2 };

const ofKind = (records: readonly LedgerRecord[], kind: string, key: string, value: string) =>
  records.filter(
    (one) => one.kind === kind && (one as unknown as Record<string, unknown>)[key] === value,
  );

describe("a rejection", () => {
  it("tells the agent why, and stands when it asks again", async () => {
    await running();
    const id = await held("drop", { at: 1 });
    const reason = "not before the backup";
    expect((await post(`${id}/votes`, { as: "dana", verdict: "reject", reason })).status).toBe(200);
    for (const body of [await act("drop", { at: 1 }), await act("drop", { at: 1 })])
      expect(body).toMatchObject({
        allowed: false,
        code: "approval.rejected",
        reason: `a person rejected this action: ${reason}`,
      });
    expect(await get<readonly unknown[]>("")).toEqual([]);
    expect((await act("drop", { at: 2 })).code).toBe("policy.ask");
    const told = await place.records();
    expect(ofKind(told, "approval", "verdict", "rejected")).toEqual([
      expect.objectContaining({ by: "dana", reason }),
    ]);
  });

  it("takes no text that hides something", async () => {
    await running();
    const id = await held("drop");
    const said = { as: "dana", verdict: "reject", reason: "no\u001b[2K" };
    expect((await post(`${id}/votes`, said)).status).toBe(400);
  });
});

describe("a yes for more of the same", () => {
  it("lets other arguments through, so often, and nothing larger", async () => {
    await running();
    const id = await held("drop", { at: 1 });
    expect((await approve(id, { waiver })).status).toBe(200);
    expect((await act("drop", { at: 1 })).allowed).toBe(true);
    expect((await act("drop_more", { at: 1 })).code).toBe("policy.ask");
    expect((await act("drop", { at: 2 })).allowed).toBe(true);
    expect((await act("drop", { at: 3 })).allowed).toBe(true);
    expect((await act("drop", { at: 4 })).code).toBe("policy.ask");
    expect(await get("waivers")).toEqual([
      expect.objectContaining({ approval: id, policies: ["ask"], by: ["dana"], uses: 2, used: 2 }),
    ]);
  });

  it("outlives the gateway, and ends when somebody ends it", async () => {
    await running();
    const id = await held("drop", { at: 1 });
    await approve(id, { waiver });
    await place.stop();
    expect(await place.start()).toBeNull();
    const [row] = await get<readonly { id: string }[]>("waivers");
    expect((await act("drop", { at: 2 })).allowed).toBe(true);
    const path = `waivers/${encodeURIComponent(row?.id ?? "")}/revoke`;
    expect((await post(path, { as: "dora", reason: "enough" })).status).toBe(200);
    expect((await act("drop", { at: 3 })).code).toBe("policy.ask");
    expect((await post(path, { as: "dora", reason: "again" })).body["error"]).toBe(
      "waiver.not_found",
    );
    const told = ofKind(await place.records(), "change", "subject", "waiver");
    expect(told).toEqual([
      expect.objectContaining({ before: null, after: id, by: "dana" }),
      expect.objectContaining({ before: id, after: null, by: "dora", reason: "enough" }),
    ]);
  });

  it("is not for policies that allow exact answers alone", async () => {
    await running();
    const id = await held("edit");
    expect((await approve(id, { waiver })).body["error"]).toBe("approval.not_waivable");
    expect((await approve(id)).status).toBe(200);
    expect((await act("edit")).allowed).toBe(true);
    expect((await act("edit")).code).toBe("policy.ask-exact");
  });

  it("answers no other text of its policy", async () => {
    await running();
    await approve(await held("drop", { at: 1 }), { waiver });
    place.write("rules.cedar", RULES.replace("once they are deleted", "for good"));
    await place.admin("POST", "/policy/reload", {});
    expect((await act("drop", { at: 2 })).code).toBe("policy.ask");
  });
});

describe("a broken glass", () => {
  it("runs the action, raises the alarm and stays until somebody else has looked", async () => {
    await running();
    const id = await held("drop");
    const said = { as: "rita", reason: "the site is down" };
    expect((await post(`${id}/break-glass`, said)).body["state"]).toBe("approved");
    expect((await act("drop")).allowed).toBe(true);
    expect((await act("drop")).code).toBe("policy.ask");
    const open = async (): Promise<readonly string[]> =>
      (await get<readonly { id: string }[]>("follow-ups")).map((one) => one.id);
    expect(await open()).toEqual([id]);
    const look = (as: string): Promise<Reply> =>
      post(`${id}/review`, { as, reason: "it was right" });
    expect((await look("rita")).body["error"]).toBe("approver.not_eligible");
    expect((await look("olga")).body["error"]).toBe("approver.not_eligible");
    expect((await look("dana")).status).toBe(200);
    expect((await look("dana")).body["error"]).toBe("approval.nothing_to_review");
    expect(await open()).toEqual([]);
    const alarms = (await place.records()).filter((one) => one.kind === "alarm");
    expect(alarms).toEqual([
      expect.objectContaining({ code: "approval.break_glass", by: "rita" }),
      expect.objectContaining({ code: "approval.reviewed", by: "dana" }),
    ]);
  });

  it.each([
    ["approver.not_eligible", "dana"],
    ["approver.not_eligible", "olga"],
    ["approver.unknown", "coder"],
  ])("is refused: %s for %s", async (error, as) => {
    await running();
    const id = await held("drop");
    expect((await post(`${id}/break-glass`, { as, reason: "now" })).body["error"]).toBe(error);
    expect((await act("drop")).allowed).toBe(false);
    expect(await get("follow-ups")).toEqual([]);
  });

  it("breaks no forbid", async () => {
    await running();
    expect(await act("drop_audit")).toMatchObject({ code: "policy.never", approval: null });
  });
});

describe("a burst", () => {
  it("is one batch with its total, answered as it was shown", async () => {
    await running();
    const ids = [await held("drop", { at: 1 }), await held("drop", { at: 2 })];
    await held("edit");
    const batches = await get<readonly { id: string; members: readonly string[] }[]>("batches");
    expect(batches).toHaveLength(2);
    expect(batches[0]).toMatchObject({
      members: ids,
      total: ['delete 6 rows: Table "crm/customers"'],
    });
    const stale = batches[0]?.id ?? "";
    await held("drop", { at: 3 });
    expect((await approve(stale)).body["error"]).toBe("approval.not_found");
    const [grown] = await get<readonly { id: string }[]>("batches");
    const { body } = await approve(grown?.id ?? "");
    expect(body["answered"]).toHaveLength(3);
    for (const at of [1, 2, 3]) expect((await act("drop", { at })).allowed).toBe(true);
    await held("drop", { at: 4 });
    expect(
      (await get<readonly { repeated: boolean }[]>("batches")).map((one) => one.repeated),
    ).toEqual([false, true]);
  });
});

describe("one approval", () => {
  it("raced by 50 replays lets exactly one through", async () => {
    await running();
    const id = await held("edit", { at: 1 });
    await approve(id);
    const replies = await Promise.all(Array.from({ length: 50 }, () => act("edit", { at: 1 })));
    expect(replies.filter(({ allowed }) => allowed)).toHaveLength(1);
  });
});

describe("the figures", () => {
  it("say who answers how, and how fast", async () => {
    await running();
    await approve(await held("edit", { at: 1 }));
    await post(`${await held("edit", { at: 2 })}/votes`, { as: "dana", verdict: "reject" });
    await held("edit", { at: 3 });
    expect(await get("stats")).toMatchObject({
      requests: 3,
      waiting: 1,
      reviewers: [{ user: "dana", answers: 2, approved: 0.5, hasty: 0.5, brokenGlass: 0 }],
    });
  });
});
