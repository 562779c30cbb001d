import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "@bylaw/core";
import { afterEach, describe, expect, it } from "vitest";
import { createPlace, type Place } from "../../testdata/running.ts";

const FILES = {
  "bylaw.yaml": `
version: 1
workspaces: [ ./work ]
people: { olga: {} }
agents: { coder: { user: olga } }
upstreams: { db: { url: "http://127.0.0.1:9/mcp", environment: test } }
policies: [ ./rule.cedar ]
catalog: [ ./catalog.yaml ]
watch: false
shadow: { share: 1 }
`,
  "rule.cedar": `@id("no-purge") forbid (principal, action == Action::"update", resource is Table);\n`,
  "catalog.yaml": `
version: 1
tools:
  db/put_row:
    effects: [ { action: update, resource: { type: Table, id: rows, database: crm }, quantity: 1 } ]
  db/get_row:
    effects: [ { action: read, resource: { type: Table, id: rows, database: crm }, quantity: 1 } ]
`,
  "work/notes.md": "",
};

/** The defect: one forbid is forgotten. */
const forgetful = (engine: Engine): Engine => ({
  evaluate(request) {
    const evaluation = engine.evaluate(request);
    return { ...evaluation, forbids: evaluation.forbids.filter((id) => id !== "no-purge") };
  },
});

let place: Place;
afterEach(() => place.end());

const put = async () => (await place.ask("db", "put_row", {})).body;
const get = async () => (await place.ask("db", "get_row", {})).body;
const shadow = async () => (await place.status()).shadow;
const release = (digest: string, reason = "looked at it") =>
  place.admin("POST", "/policy/release", { digest, reason });

const alarms = async () =>
  (await place.records()).flatMap((record) => (record.kind === "alarm" ? [record] : []));

describe("a sound engine", () => {
  it("agrees with Cedar on everything that is compared", async () => {
    place = createPlace(FILES);
    expect(await place.start()).toBeNull();
    expect((await shadow()).state).toBe("idle");
    for (const _ of [1, 2, 3]) {
      expect(await put()).toMatchObject({ outcome: "block", policy: "no-purge" });
      expect(await get()).toMatchObject({ outcome: "allow" });
    }
    await expect.poll(async () => (await shadow()).compared, { timeout: 20_000 }).toBe(6);
    expect(await shadow()).toMatchObject({ state: "running", mismatches: 0, dropped: 0 });
    expect(await alarms()).toEqual([]);
  });

  it("is not compared where the share is nothing", async () => {
    place = createPlace({
      ...FILES,
      "bylaw.yaml": FILES["bylaw.yaml"].replace("share: 1", "share: 0"),
    });
    expect(await place.start()).toBeNull();
    await get();
    expect(await shadow()).toMatchObject({ state: "off", compared: 0, dropped: 0 });
  });
});

describe("an engine that forgets a forbid", () => {
  async function caught(): Promise<string> {
    place = createPlace(FILES);
    expect(await place.start({ engine: forgetful })).toBeNull();
    const wrong = await put();
    expect(wrong).toMatchObject({ outcome: "allow" });
    await expect
      .poll(async () => (await place.status()).policy.quarantined, { timeout: 20_000 })
      .toBe(true);
    await expect.poll(async () => (await alarms()).length).toBe(1);
    expect((await alarms())[0]).toMatchObject({
      code: "shadow.mismatch",
      bundle: (await place.status()).bundle,
      action: wrong["action"],
      by: null,
      text: expect.stringMatching(/^decided allow .*Cedar says block \(no-purge/),
    });
    return (await place.status()).bundle;
  }

  const blocked = { outcome: "block", code: "bundle.quarantined", policy: null };

  it("is found, recorded and decides nothing any more, also after a restart", async () => {
    await caught();
    expect(place.said.join("\n")).toContain("shadow.mismatch");
    expect(await put()).toMatchObject(blocked);
    expect(await get()).toMatchObject(blocked);
    await place.stop();
    expect(await place.start()).toBeNull();
    expect(await get()).toMatchObject(blocked);
    const last = (await place.records()).at(-1);
    expect(last).toMatchObject({ kind: "refusal", action: { target: "get_row" } });
  });

  it("decides again when a person has looked, which is recorded", async () => {
    const digest = await caught();
    expect((await release(digest, "   ")).body).toEqual({ error: "admin.invalid" });
    expect((await release(`sha256:${"0".repeat(64)}`)).body).toEqual({
      error: "bundle.not_quarantined",
    });
    expect(await get()).toMatchObject(blocked);
    await place.stop();
    expect(await place.start()).toBeNull(); // the engine is sound again
    expect((await release(digest, "upgraded")).body).toMatchObject({ quarantined: false });
    expect(await get()).toMatchObject({ outcome: "allow" });
    expect(await put()).toMatchObject({ outcome: "block", policy: "no-purge" });
    expect((await alarms()).at(-1)).toMatchObject({
      code: "bundle.released",
      bundle: digest,
      by: expect.any(String),
      text: "upgraded",
    });
    await place.stop();
    expect(await place.start()).toBeNull();
    expect(await get()).toMatchObject({ outcome: "allow" });
  });

  it("does not stop other policies that are put in force", async () => {
    const digest = await caught();
    place.write("rule.cedar", FILES["rule.cedar"].replace("no-purge", "no-change"));
    const { body } = await place.admin("POST", "/policy/reload", {});
    expect(body).toMatchObject({ version: 2, quarantined: false });
    expect(await get()).toMatchObject({ outcome: "allow" });
    const back = await place.admin("POST", "/policy/rollback", { to: digest });
    expect(back.body).toMatchObject({ version: 1, quarantined: true });
    expect(await get()).toMatchObject(blocked);
  });
});

describe("an oracle that does not work", () => {
  async function startWith(program: string): Promise<void> {
    place = createPlace(FILES);
    const oracle = join(place.folder, "oracle.cjs");
    writeFileSync(oracle, program);
    expect(await place.start({ oracle })).toBeNull();
  }

  it.each([
    ["ends at once", "process.exit(3)"],
    ["ends when it is asked", 'process.on("message", () => process.exit(3))'],
    ["is killed", 'process.kill(process.pid, "SIGKILL")'],
    [
      "cannot load the policies",
      'process.on("message", ({ id }) => id && process.send({ id, decision: null }))',
    ],
  ])("because it %s is a warning and blocks nothing", async (_, program) => {
    await startWith(program);
    expect(await get()).toMatchObject({ outcome: "allow" });
    await expect.poll(async () => (await shadow()).state).toBe("down");
    expect(await get()).toMatchObject({ outcome: "allow" });
    await expect.poll(async () => (await shadow()).dropped).toBe(2);
    expect((await shadow()).compared).toBe(0);
    expect(place.said.filter((line) => line.startsWith("shadow.down"))).toHaveLength(1);
  });

  it("because it never answers fills a bounded queue, and what is on top is counted", async () => {
    await startWith('process.on("message", () => undefined)');
    const asked = 80;
    await Promise.all(Array.from({ length: asked }, () => place.ask("db", "put_row", {})));
    expect((await shadow()).dropped).toBe(asked - 64);
  });

  it("is started anew, and what follows is compared", async () => {
    place = createPlace(FILES);
    const oracle = join(place.folder, "oracle.cjs");
    const built = JSON.stringify(new URL("../../dist/shadow/oracle-main.js", import.meta.url).href);
    const flag = JSON.stringify(join(place.folder, "second"));
    writeFileSync(
      oracle,
      `const { existsSync, writeFileSync } = require("node:fs");
       if (existsSync(${flag})) import(${built});
       else { writeFileSync(${flag}, ""); process.exit(3); }`,
    );
    expect(await place.start({ oracle })).toBeNull();
    await expect
      .poll(
        async () => {
          await get();
          return (await shadow()).compared;
        },
        { timeout: 20_000, interval: 100 },
      )
      .toBeGreaterThan(0);
    expect(await shadow()).toMatchObject({ state: "running", mismatches: 0 });
    expect(place.said.join("\n")).toContain("shadow.up");
  });
});
