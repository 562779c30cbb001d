import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GrantRecord, LedgerRecord } from "@bylaw/core";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place, type Reply } from "../testdata/running.ts";

const CONFIG = `
version: 1
workspaces: [ ./work ]
people: { olga: { groups: [ owners ] }, dana: {} }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
packs: [ base ]
policies: [ ./policies ]
catalog: [ ./catalog.yaml ]
watch: false
shadow: { share: 0 }
`;

const CATALOG = `
version: 1
tools:
  db/drop_row:
    effects: [ { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 1 } ]
  db/drop_all:
    effects: [ { action: delete, resource: { type: Table, id: customers, database: crm }, quantity: 1200 } ]
`;

const NOTHING = `@id("never") forbid (principal is Agent, action == Action::"install", resource);\n`;

const WISH = {
  id: "clean-up",
  principal: { type: "Agent", id: "coder" },
  actions: ["delete"],
  resource: { type: "Table", id: "crm/customers" },
  type: null,
  inside: null,
  tool: null,
  atMost: 10,
  uses: 2,
  expires: "2100-01-01T00:00:00Z",
  noEnd: false,
  owner: { type: "User", id: "olga" },
  reason: 'clean-up of "test" data',
  as: "dana",
  dryRun: false,
};

const REFUSED: readonly (readonly [number, string, object])[] = [
  [400, "grant.endless", { expires: null }],
  [400, "grant.unowned", { owner: { type: "User", id: "nobody" } }],
  [400, "grant.unowned", { owner: { type: "Group", id: "nobodies" } }],
  [403, "grant.unknown_person", { as: "coder" }],
  [400, "grant.ended", { expires: "2001-01-01T00:00:00Z" }],
  [409, "grant.exists", { id: "never" }],
  [400, "grant.invalid", { resource: null, inside: { type: "Environment", id: "tset" } }],
  [400, "grant.invalid", { reason: "two\u202elines" }],
  [400, "admin.invalid", { resource: null }],
  [400, "admin.invalid", { type: "Table" }],
  [400, "admin.invalid", { id: "../rule" }],
  [400, "admin.invalid", { uses: 0 }],
  [400, "admin.invalid", { actions: ["obliterate"] }],
];

let place: Place;
afterEach(() => place.end());

async function running(): Promise<void> {
  place = createPlace({
    "bylaw.yaml": CONFIG,
    "policies/rule.cedar": NOTHING,
    "catalog.yaml": CATALOG,
    "work/notes.md": "",
  });
  expect(await place.start()).toBeNull();
}

const add = (parts: object = {}): Promise<Reply> =>
  place.admin("POST", "/grants", { ...WISH, ...parts });
const revoke = (id: string, as = "dana"): Promise<Reply> =>
  place.admin("POST", `/grants/${id}/revoke`, { reason: "done", as });
const rows = async (): Promise<readonly Record<string, unknown>[]> =>
  (await place.admin("GET", "/grants")).body as unknown as readonly Record<string, unknown>[];
const code = async (tool = "drop_row"): Promise<unknown> => {
  const { body } = await place.act("db", tool, {});
  return body["allowed"] === true ? "allowed" : body["code"];
};
const changes = (records: readonly LedgerRecord[]): readonly GrantRecord[] =>
  records.filter(
    (record): record is GrantRecord => record.kind === "change" && record.subject === "grant",
  );

describe("a grant", () => {
  it("is a policy file that permits so often, so much and to nobody else", async () => {
    await running();
    expect(await code()).toBe("default_deny");
    const { status, body } = await add();
    expect([status, body["added"]]).toEqual([201, true]);
    const file = join(place.folder, "grants", "clean-up.cedar");
    expect(readFileSync(file, "utf8")).toBe(body["text"]);
    expect(await code("drop_all")).toBe("default_deny");
    expect([await code(), await code(), await code()]).toEqual([
      "allowed",
      "allowed",
      "grant.spent",
    ]);
    expect(await rows()).toEqual([
      expect.objectContaining({ id: "clean-up", state: "spent", uses: 2, left: 0 }),
    ]);
    expect(changes(await place.records())).toEqual([
      expect.objectContaining({ id: "clean-up", before: null, by: "dana", reason: WISH.reason }),
    ]);
  });

  it("of any number of uses ends at the next action once it is revoked, and for good", async () => {
    await running();
    expect((await add({ uses: null })).status).toBe(201);
    expect(await code()).toBe("allowed");
    expect(await revoke("clean-up")).toEqual({ status: 200, body: { id: "clean-up" } });
    expect(await code()).toBe("grant.revoked");
    expect((await revoke("clean-up")).body["error"]).toBe("grant.revoked_before");
    await place.stop();
    expect(await place.start()).toBeNull();
    expect(await code()).toBe("grant.revoked");
    expect((await rows())[0]).toMatchObject({ state: "revoked", uses: null });
    const [, ended] = changes(await place.records());
    expect(ended).toMatchObject({ id: "clean-up", after: null, by: "dana", reason: "done" });
    // Its file gone, the id still is what was revoked.
    place.remove("grants/clean-up.cedar");
    await place.admin("POST", "/policy/reload", {});
    expect((await add()).body["error"]).toBe("grant.exists");
  });

  it("of a dry run is checked and not written", async () => {
    await running();
    const { status, body } = await add({ dryRun: true });
    expect([status, body["added"]]).toEqual([200, false]);
    expect(existsSync(join(place.folder, "grants"))).toBe(false);
    expect(changes(await place.records())).toEqual([]);
    expect(await code()).toBe("default_deny");
  });

  it("is refused with a code, and nothing is written", async () => {
    await running();
    const found: unknown[] = [];
    for (const [, , parts] of REFUSED) {
      const { status, body } = await add(parts);
      found.push([status, body["error"], parts]);
    }
    expect(found).toEqual(REFUSED);
    expect(existsSync(join(place.folder, "grants"))).toBe(false);
    expect(changes(await place.records())).toEqual([]);
  });

  it("without an end needs that to be said", async () => {
    await running();
    expect((await add({ expires: null, noEnd: true })).status).toBe(201);
    expect(await code()).toBe("allowed");
  });

  it("brings no other file into force with it", async () => {
    await running();
    place.write(
      "policies/rule.cedar",
      `${NOTHING}@id("more") permit (principal, action, resource);`,
    );
    expect((await add()).body["error"]).toBe("grant.files_changed");
    expect(await code()).toBe("default_deny");
  });

  it("waits while the policies are rolled back", async () => {
    await running();
    place.write(
      "policies/rule.cedar",
      `${NOTHING}@id("more") permit (principal, action, resource);`,
    );
    await place.admin("POST", "/policy/reload", {});
    await place.admin("POST", "/policy/rollback", { to: null });
    expect((await add()).body["error"]).toBe("grant.rolled_back");
  });

  it("that cannot be written is not given, and the log says so", async () => {
    await running();
    writeFileSync(join(place.folder, "grants"), "in the way");
    const { body } = await add();
    expect(["grant.files_changed", "grant.unwritable"]).toContain(body["error"]);
    expect(await code()).toBe("default_deny");
  });

  it("cannot be revoked by a stranger, nor a policy that is none", async () => {
    await running();
    await add();
    expect((await revoke("clean-up", "coder")).body["error"]).toBe("grant.unknown_person");
    expect((await revoke("never")).body["error"]).toBe("grant.not_found");
    expect(await code()).toBe("allowed");
  });
});

describe("a narrower text", () => {
  const narrow = (text: string, id = "clean-up"): Promise<Reply> =>
    place.admin("POST", `/grants/${id}/narrow`, { text, reason: "review", as: "olga" });

  it("takes the place of the grant, whose uses go on counting", async () => {
    await running();
    const { text } = (await add({ resource: null, type: "Table" })).body as { text: string };
    expect(await code()).toBe("allowed");
    const less = text.replace("resource is Table", 'resource == Table::"crm/customers"');
    expect((await narrow(less)).status).toBe(200);
    expect([await code(), await code()]).toEqual(["allowed", "grant.spent"]);
    const [given, narrowed] = changes(await place.records());
    expect(narrowed).toMatchObject({ before: given?.after, by: "olga", reason: "review" });
  });

  it.each([
    [
      "grant.not_narrower",
      (text: string) => `${text}@id("b") permit (principal, action, resource);`,
    ],
    ["grant.not_narrower", (text: string) => text.replace('@uses("2")', '@uses("200")')],
    ["grant.not_narrower", (text: string) => text.replace("clean-up", "clean-down")],
    ["grant.invalid", (text: string) => text.replace("permit", "permitt")],
  ])("is refused: %s", async (error, edit) => {
    await running();
    const { text } = (await add()).body as { text: string };
    expect((await narrow(edit(text))).body["error"]).toBe(error);
    expect((await rows())[0]).toMatchObject({ usesMax: 2 });
  });
});

describe("a proposal turned down", () => {
  it("is in the log with who did it and why", async () => {
    await running();
    const { body } = await place.ask("db", "drop_row", {});
    const action = String(body["action"]);
    const sent = { action, reason: "not its work", as: "olga" };
    expect((await place.admin("POST", "/grants/declined", sent)).status).toBe(200);
    expect(changes(await place.records())).toEqual([
      expect.objectContaining({ id: action, before: null, after: null, reason: "not its work" }),
    ]);
  });
});
