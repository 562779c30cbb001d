import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChangeRecord, LedgerRecord } from "@bylaw/core";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place } from "../testdata/running.ts";

const CONFIG = (watch: boolean): string => `
version: 1
workspaces: [ ./work ]
people: { olga: {} }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
policies: [ ./policies ]
catalog: [ ./catalog.yaml ]
watch: ${watch}
shadow: { share: 0 }
`;

const catalog = (table: string): string => `
version: 1
tools:
  db/drop_row:
    effects: [ { action: delete, resource: { type: Table, id: ${table}, database: crm }, quantity: 1 } ]
`;

const rule = (id: string): string =>
  `@id("${id}") forbid (principal, action == Action::"delete", resource is Table);\n`;

/**
 * Permits, and reads a counter: decisions wait for the reservations before them, between choosing a
 * bundle and using it.
 */
const counted = (id: string): string =>
  `@id("${id}") @decision("log") permit (principal, action == Action::"delete", resource is Table)
   when { context.counts.deletes_1h >= 0 };\n`;

let place: Place;
afterEach(() => place.end());

async function running(watch = false): Promise<void> {
  place = createPlace({
    "bylaw.yaml": CONFIG(watch),
    "policies/rule.cedar": rule("alpha"),
    "catalog.yaml": catalog("alpha"),
    "work/notes.md": "",
  });
  expect(await place.start()).toBeNull();
}

const changes = (records: readonly LedgerRecord[]): readonly ChangeRecord[] =>
  records.filter(
    (record): record is ChangeRecord => record.kind === "change" && record.subject === "bundle",
  );

const codes = (records: readonly LedgerRecord[]): readonly string[] =>
  records.flatMap((record) => (record.kind === "alarm" ? [record.code] : []));

const reload = () => place.admin("POST", "/policy/reload", {});
const rollback = (to: string | null) => place.admin("POST", "/policy/rollback", { to });
/** The policy that refuses a deletion at present. */
const deciding = async () => (await place.ask("db", "drop_row", {})).body["policy"];

async function restart(options: Parameters<Place["start"]>[0] = {}): ReturnType<Place["start"]> {
  await place.stop();
  return place.start(options);
}

describe("a start", () => {
  it("makes the first version, recorded and kept, readable by its owner alone", async () => {
    await running();
    const { policy } = await place.status();
    expect(policy).toMatchObject({ version: 1, followsFiles: true, refused: [] });
    expect(changes(await place.records())).toEqual([
      expect.objectContaining({ id: "1", before: null, after: policy.digest }),
    ]);
    const names = readdirSync(join(place.data, "bundles")).sort();
    expect(names).toEqual([`${policy.name}.json`, "state.json"]);
    for (const name of names)
      expect(statSync(join(place.data, "bundles", name)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(place.data, "bundles", `${policy.name}.json`), "utf8");
    expect(text).not.toContain(place.folder);
  });

  it("files a version anew that somebody has removed", async () => {
    await running();
    const file = join(place.data, "bundles", `${(await place.status()).policy.name}.json`);
    const text = readFileSync(file, "utf8");
    rmSync(file);
    expect(await restart()).toBeNull();
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("with the same policies, differently written, is the same version", async () => {
    await running();
    place.write("policies/rule.cedar", `// as before\n${rule("alpha")}`);
    expect(await restart()).toBeNull();
    expect((await place.status()).policy.version).toBe(1);
    expect(changes(await place.records())).toHaveLength(1);
  });

  it("with other policies is another version, and so is another catalog", async () => {
    await running();
    const first = (await place.status()).policy.digest;
    place.write("policies/rule.cedar", rule("beta"));
    expect(await restart()).toBeNull();
    const second = (await place.status()).policy.digest;
    place.write("catalog.yaml", catalog("beta"));
    expect(await restart()).toBeNull();
    expect((await place.status()).policy).toMatchObject({ version: 3, digest: second });
    expect(changes(await place.records()).map(({ before, after }) => [before, after])).toEqual([
      [null, first],
      [first, second],
      [second, second],
    ]);
  });

  it("is refused with bad policies, unless those in force last may serve", async () => {
    await running();
    place.write("policies/rule.cedar", "forbid (");
    expect(await restart()).toMatchObject({ code: "policy.invalid" });
    expect(await place.start({ lastGood: true })).toBeNull();
    const { policy } = await place.status();
    expect(policy.version).toBe(1);
    expect(policy.refused.join()).toContain("policy.syntax");
    expect(await deciding()).toBe("alpha");
    expect(codes(await place.records())).toEqual(["bundle.refused"]);
    expect(place.said.join()).toContain("bundle.refused");
  });

  // shows: C2.2
  it("is refused with bad policies where nothing was ever in force", async () => {
    place = createPlace({ "bylaw.yaml": CONFIG(false), "policies/a.cedar": "forbid (" });
    place.write("catalog.yaml", catalog("alpha"));
    place.write("work/notes.md", "");
    expect(await place.start({ lastGood: true })).toMatchObject({ code: "policy.invalid" });
  });

  it.each([
    ["cut short", (text: string) => text.slice(0, 20)],
    ["with another version in force", (text: string) => text.replace('"active":"', '"active":"0')],
    ["with a member that nobody knows", (text: string) => text.replace("{", '{"a":1,')],
  ])("is refused when the state is %s", async (_, spoil) => {
    await running();
    const path = join(place.data, "bundles", "state.json");
    writeFileSync(path, spoil(readFileSync(path, "utf8")));
    expect(await restart()).toMatchObject({ code: "bundle.state" });
  });
});

describe("a reload", () => {
  it("puts policies and catalog in force as a whole", async () => {
    await running();
    expect(await deciding()).toBe("alpha");
    place.write("policies/rule.cedar", rule("beta"));
    expect(await deciding()).toBe("alpha");
    expect((await reload()).body).toMatchObject({ version: 2, refused: [] });
    expect(await deciding()).toBe("beta");
    expect((await reload()).body).toMatchObject({ version: 2 });
    expect(changes(await place.records())).toHaveLength(2);
  });

  it("with a mistake in either leaves what was in force, and says so once", async () => {
    await running();
    place.write("policies/rule.cedar", rule("beta"));
    place.write("catalog.yaml", "version: 2\n");
    for (const _ of [1, 2]) {
      const { body } = await reload();
      expect(body).toMatchObject({ version: 1, followsFiles: true });
      expect(String(body["refused"])).toContain("catalog.yaml");
    }
    expect(await deciding()).toBe("alpha");
    expect(codes(await place.records())).toEqual(["bundle.refused"]);
    place.write("catalog.yaml", catalog("alpha"));
    expect((await reload()).body).toMatchObject({ version: 2, refused: [] });
  });

  it("sets the limits of grants that it brings", async () => {
    const grant = (uses: number): string =>
      `@id("some") @grant @owner("User::\\"olga\\"") @uses("${uses}")
       permit (principal, action == Action::"update", resource is Table);`;
    place = createPlace({
      "bylaw.yaml": CONFIG(false).replace("policies:", "packs: [ base ]\npolicies:"),
      "policies/rule.cedar": rule("alpha"),
      "catalog.yaml": catalog("alpha").replace("action: delete", "action: update"),
      "work/notes.md": "",
    });
    expect(await place.start()).toBeNull();
    const outcome = async () => (await place.ask("db", "drop_row", {})).body["code"];
    expect(await outcome()).toBe("default_deny");
    place.write("policies/rule.cedar", grant(1));
    await reload();
    expect([await outcome(), await outcome()]).toEqual(["policy.base-users", "grant.spent"]);
    place.write("policies/rule.cedar", grant(2));
    await reload();
    expect([await outcome(), await outcome()]).toEqual(["policy.base-users", "grant.spent"]);
  });

  it("decides on what waits for a person by what is in force when the person has answered", async () => {
    await running();
    place.write("policies/rule.cedar", rule("alpha").replace("delete", "publish"));
    await reload();
    const asked = place.ask("db", "drop_row", {});
    const waiting = async () =>
      (await place.admin("GET", "/approvals")).body as unknown as readonly { id: string }[];
    await expect.poll(waiting).toHaveLength(1);
    const [held] = await waiting();
    place.write("policies/rule.cedar", rule("beta"));
    await reload();
    const vote = { as: "olga", verdict: "approve" };
    expect((await place.admin("POST", `/approvals/${held?.id}/votes`, vote)).status).toBe(200);
    expect((await asked).body).toMatchObject({ outcome: "block", policy: "beta" });
  });

  it("does not touch what somebody else has put in force meanwhile", async () => {
    await running();
    const path = join(place.data, "bundles", "state.json");
    const state = readFileSync(path, "utf8");
    writeFileSync(
      path,
      state.replace('"quarantined":[]', `"quarantined":["sha256:${"0".repeat(64)}"]`),
    );
    place.write("policies/rule.cedar", rule("beta"));
    expect((await reload()).status).toBe(500);
    expect(await deciding()).toBe("alpha");
    const [first, there, back] = changes(await place.records());
    expect([there?.after, back?.after]).toEqual([back?.before, first?.after]);
  });

  it("happens by itself when watched files have changed", async () => {
    await running(true);
    place.write("policies/more.cedar", rule("beta"));
    await expect.poll(async () => (await place.status()).policy.version).toBe(2);
    place.remove("policies/more.cedar");
    await expect.poll(async () => (await place.status()).policy.version).toBe(1);
    place.write("policies/more.cedar", "forbid (");
    await expect.poll(async () => (await place.status()).policy.refused.length).toBeGreaterThan(0);
    expect(await deciding()).toBe("alpha");
    expect(changes(await place.records()).map(({ by }) => by)).toEqual([
      expect.not.stringMatching("watch"),
      "watch",
      "watch",
    ]);
  });
});

// shows: C17.1
describe("a rollback", () => {
  async function twoVersions(): Promise<void> {
    await running();
    place.write("policies/rule.cedar", rule("beta"));
    await reload();
    expect(await deciding()).toBe("beta");
  }

  it("puts the version before in force, and holds across restarts", async () => {
    await twoVersions();
    expect((await rollback(null)).body).toMatchObject({ version: 1, followsFiles: false });
    expect(await deciding()).toBe("alpha");
    expect(await restart()).toBeNull();
    expect((await place.status()).policy).toMatchObject({ version: 1, followsFiles: false });
    expect(await deciding()).toBe("alpha");
    expect(changes(await place.records()).map(({ id }) => id)).toEqual(["1", "2", "1"]);
  });

  it("ends with a reload", async () => {
    await twoVersions();
    await rollback("1");
    expect((await reload()).body).toMatchObject({ version: 2, followsFiles: true });
    expect(await deciding()).toBe("beta");
  });

  it("ends when the files change before the next start", async () => {
    await twoVersions();
    await rollback("1");
    place.write("policies/rule.cedar", rule("gamma"));
    expect(await restart()).toBeNull();
    expect((await place.status()).policy).toMatchObject({ version: 3, followsFiles: true });
  });

  it("takes a number or a digest, and nothing else", async () => {
    await twoVersions();
    const { digest } = (await place.status()).policy;
    expect((await rollback("1")).body["version"]).toBe(1);
    expect((await rollback(digest)).body).toMatchObject({ version: 2, followsFiles: true });
    for (const to of ["3", "sha256:0", "../state"])
      expect(await rollback(to)).toEqual({ status: 409, body: { error: "bundle.not_found" } });
    await rollback("1");
    expect(await rollback(null)).toMatchObject({ body: { error: "bundle.not_found" } });
  });

  it("is refused when the version is not what was signed, and what is in force stays", async () => {
    await twoVersions();
    const first = changes(await place.records())[0]?.after ?? "";
    const name = readdirSync(join(place.data, "bundles")).find((file) =>
      file.startsWith(first.slice("sha256:".length)),
    );
    const path = join(place.data, "bundles", name ?? "");
    writeFileSync(path, readFileSync(path, "utf8").replace("alpha", "omega"));
    expect(await restart()).toBeNull(); // so that it is not in memory
    expect(await rollback("1")).toEqual({ status: 409, body: { error: "bundle.unusable" } });
    expect(await deciding()).toBe("beta");
    expect(place.said.join()).toContain("bundle.signature");
  });

  it("never takes the signed file of another version for the one that was asked for", async () => {
    await twoVersions();
    const { name } = (await place.status()).policy;
    await rollback("1");
    const first = (await place.status()).policy.name;
    await place.stop();
    const fileOf = (version: string): string => join(place.data, "bundles", `${version}.json`);
    writeFileSync(fileOf(first), readFileSync(fileOf(name)));
    expect(await place.start()).toMatchObject({ code: "bundle.unusable" });
  });

  it("to a version that is damaged afterwards does not start, until the files change", async () => {
    await twoVersions();
    await rollback("1");
    await place.stop();
    const names = readdirSync(join(place.data, "bundles")).filter((name) => name !== "state.json");
    for (const name of names) writeFileSync(join(place.data, "bundles", name), "{}\n");
    expect(await place.start()).toMatchObject({ code: "bundle.unusable" });
    place.write("policies/rule.cedar", rule("gamma"));
    expect(await place.start()).toBeNull();
    expect(await deciding()).toBe("gamma");
  });
});

describe("policies that are exchanged under load", () => {
  it("never decide on facts of others, and every record names the ones that decided", async () => {
    place = createPlace({
      "bylaw.yaml": CONFIG(false).replace("policies:", "packs: [ base ]\npolicies:"),
      "policies/rule.cedar": counted("alpha"),
      "catalog.yaml": catalog("alpha"),
      "work/notes.md": "",
    });
    expect(await place.start()).toBeNull();
    const alpha = (await place.status()).policy.digest;
    place.write("policies/rule.cedar", counted("beta"));
    place.write("catalog.yaml", catalog("beta"));
    await reload();
    const beta = (await place.status()).policy.digest;
    const of: Readonly<Record<string, string>> = { [alpha]: "alpha", [beta]: "beta" };

    let asking = true;
    const swaps = (async () => {
      let swapped = 0;
      for (; asking; swapped += 1) await rollback(swapped % 2 === 0 ? "1" : "2");
      return swapped;
    })();
    for (let round = 0; round < 2; round += 1)
      await Promise.all(Array.from({ length: 200 }, () => place.act("db", "drop_row", {})));
    asking = false;
    expect(await swaps).toBeGreaterThan(4);

    const seen: Record<string, number> = { alpha: 0, beta: 0 };
    for (const record of await place.records()) {
      if (record.kind !== "intent") continue;
      const name = of[record.decision.bundle] ?? "";
      expect(record.decision.reasons[0]?.policy).toBe(name);
      expect(record.action.effects[0]?.resource.id).toContain(name);
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect((seen["alpha"] ?? 0) + (seen["beta"] ?? 0)).toBe(400);
    expect(Math.min(seen["alpha"] ?? 0, seen["beta"] ?? 0)).toBeGreaterThan(10);
  });
});
