import type { LedgerRecord } from "@bylaw/core";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place } from "../testdata/running.ts";

const CONFIG = `
version: 1
people: { maria: { groups: [dba] }, dana: { groups: [dba] } }
agents: { coder: { user: maria } }
packs: []
policies: [ ./rules.cedar ]
catalog: [ ./catalog.yaml ]
`;
const POLICY = `
@id("all") permit (principal, action, resource);
@id("drops-ask") @decision("require_approval") @approvers("Group::\\"dba\\"")
forbid (principal is Agent, action == Action::"delete", resource is Table);
`;
const CATALOG = `
version: 1
tools:
  db/read:
    effects: [ { action: read, resource: { type: Table, id: rows, database: crm }, quantity: 1 } ]
  db/drop:
    effects: [ { action: delete, resource: { type: Table, id: rows, database: crm }, quantity: 1 } ]
`;

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.end();
});

async function started(more = ""): Promise<Place> {
  const place = createPlace({
    "bylaw.yaml": `${CONFIG}${more}`,
    "rules.cedar": POLICY,
    "catalog.yaml": CATALOG,
  });
  places.push(place);
  expect(await place.start()).toBeNull();
  return place;
}

const coder = { scope: "agent", subject: "coder", reason: "it erases things", as: "maria" };

describe("the kill switch", () => {
  // shows: C12.2
  it("stops the next action, tells who and why, and outlives a restart", async () => {
    const place = await started();
    expect((await place.act("db", "read", {})).body).toMatchObject({ outcome: "allow" });
    const halted = await place.admin("POST", "/halt", coder);
    expect(halted.body).toMatchObject({ already: false, recorded: true, known: true });
    const refused = (await place.act("db", "read", {})).body;
    expect(refused).toMatchObject({ outcome: "block", code: "halted" });
    expect(refused["reason"]).toMatch(/^maria halted agent `coder` at .+: it erases things$/);
    await place.stop();
    await place.start();
    expect((await place.act("db", "read", {})).body).toMatchObject({ code: "halted" });
    expect((await place.status()).halts).toMatchObject([{ scope: "agent", subject: "coder" }]);
    await place.admin("POST", "/resume", { ...coder, reason: "mended" });
    expect((await place.act("db", "read", {})).body).toMatchObject({ outcome: "allow" });
    expect((await place.status()).halts).toEqual([]);
  });

  it.each([
    ["everything", { scope: "all" }],
    ["a user", { scope: "user", subject: "maria" }],
    ["an upstream", { scope: "upstream", subject: "db" }],
  ])("stops %s", async (_, target) => {
    const place = await started();
    await place.admin("POST", "/halt", { ...target, reason: "incident" });
    expect((await place.act("db", "read", {})).body).toMatchObject({ code: "halted" });
  });

  it("leaves others alone, and says so when nobody has such a name", async () => {
    const place = await started();
    const halted = await place.admin("POST", "/halt", { ...coder, subject: "codr" });
    expect(halted.body).toMatchObject({ known: false });
    expect((await place.act("db", "read", {})).body).toMatchObject({ outcome: "allow" });
  });

  // shows: C12.2
  it("does not let run what was held before and approved after", async () => {
    const place = await started();
    const asked = place.act("db", "drop", {});
    const id = await waitingId(place);
    await place.admin("POST", "/halt", coder);
    const vote = await place.admin("POST", `/approvals/${id}/votes`, {
      as: "dana",
      verdict: "approve",
    });
    expect(vote.body).toMatchObject({ state: "approved" });
    expect((await asked).body).toMatchObject({ outcome: "block", code: "halted" });
    const kinds = (await place.records()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "intent")).toEqual([]);
  });

  it("writes both uses into the log", async () => {
    const place = await started();
    await place.admin("POST", "/halt", coder);
    await place.admin("POST", "/halt", { ...coder, as: "dana" });
    await place.admin("POST", "/resume", { ...coder, as: "dana", reason: "mended" });
    const found = (await place.records()).filter(isHalt);
    expect(
      found.map(({ id, before, after, by, reason }) => [id, before, after, by, reason]),
    ).toEqual([
      ["agent:coder", "running", "halted", "maria", "it erases things"],
      ["agent:coder", "halted", "running", "dana", "mended"],
    ]);
  });

  it("needs another person to resume where that is configured", async () => {
    const place = await started("halt: { resume: two_people }\n");
    await place.admin("POST", "/halt", coder);
    const resume = (as: string) => place.admin("POST", "/resume", { ...coder, as });
    expect(await resume("maria")).toEqual({ status: 403, body: { error: "halt.same_person" } });
    expect(await resume("eve")).toEqual({ status: 403, body: { error: "halt.unknown_person" } });
    expect((await place.act("db", "read", {})).body).toMatchObject({ code: "halted" });
    expect((await resume("dana")).status).toBe(200);
    expect((await place.act("db", "read", {})).body).toMatchObject({ outcome: "allow" });
    expect(await resume("dana")).toEqual({ status: 404, body: { error: "halt.not_found" } });
  });

  it.each([
    ["no reason", { scope: "all", reason: " " }],
    ["a scope nobody has", { scope: "team", subject: "x", reason: "r" }],
    ["everything with a name", { scope: "all", subject: "x", reason: "r" }],
    ["an agent without one", { scope: "agent", reason: "r" }],
    ["a key nobody reads", { scope: "all", reason: "r", until: "tomorrow" }],
  ])("refuses %s", async (_, body) => {
    const place = await started();
    expect((await place.admin("POST", "/halt", body)).status).toBe(400);
    expect((await place.status()).halts).toEqual([]);
  });
});

describe("an agent", () => {
  it("is dead with its old token once it was rotated, and acts with the new one", async () => {
    const place = await started();
    expect((await place.act("db", "read", {})).status).toBe(200);
    const { body } = await place.admin("POST", "/agents/coder/rotate", {});
    expect((await place.act("db", "read", {})).status).toBe(401);
    place.present(String(body["token"]));
    expect((await place.act("db", "read", {})).body).toMatchObject({ outcome: "allow" });
    expect((await place.admin("POST", "/agents/nobody/rotate", {})).status).toBe(404);
  });

  it("is gone for good once it was removed, and nobody gets its name", async () => {
    const place = await started();
    expect((await place.admin("POST", "/agents/coder/remove", {})).status).toBe(200);
    expect((await place.act("db", "read", {})).status).toBe(401);
    const again = await place.admin("POST", "/agents", { id: "coder" });
    expect(again).toEqual({ status: 409, body: { error: "agent.removed" } });
    for (const use of ["remove", "rotate", "suspend"])
      expect((await place.admin("POST", `/agents/coder/${use}`, { suspended: false })).status).toBe(
        404,
      );
    expect((await place.admin("GET", "/agents")).body).toEqual([]);
  });

  it.each([
    ["suspended", "suspend", { suspended: true }],
    ["removed", "remove", {}],
  ])("that was %s does not run what is approved afterwards", async (_, use, body) => {
    const place = await started();
    const asked = place.act("db", "drop", {});
    const id = await waitingId(place);
    await place.admin("POST", `/agents/coder/${use}`, body);
    await place.admin("POST", `/approvals/${id}/votes`, { as: "dana", verdict: "approve" });
    expect((await asked).body).toMatchObject({ outcome: "block", code: "credential.suspended" });
    expect((await place.records()).filter(({ kind }) => kind === "intent")).toEqual([]);
  });
});

function isHalt(record: LedgerRecord): record is Extract<LedgerRecord, { subject: "halt" }> {
  return record.kind === "change" && record.subject === "halt";
}

async function waitingId(place: Place): Promise<string> {
  for (;;) {
    const { body } = await place.admin("GET", "/approvals");
    const [first] = body as unknown as readonly { readonly id: string }[];
    if (first !== undefined) return first.id;
  }
}
