import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bodyDigest, verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it, vi } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf, outcomeOf, STOP, startOf } from "../testing/records.ts";
import { openArchive, openStore } from "./index.ts";

describe("log", () => {
  it("goes on after a restart, and verifies", async () => {
    const folder = createFolder();
    const bytes = Buffer.from('{"facts":true}');
    const body = { digest: bodyDigest(bytes), bytes };
    const first = await open(folder);
    await first.log.append(startOf(await first.log.unclosed()), "sync", null);
    const { index } = await first.log.append(intentOf("a", body.digest), "sync", body);
    await first.log.append(intentOf("b", body.digest), "write", body);
    await first.log.append(outcomeOf("a", index), "write", null);
    await first.close();
    const second = await open(folder);
    expect(await second.log.unclosed()).toBe(2);
    await second.log.append(startOf(2), "sync", null);
    expect(await second.log.unclosed()).toBe(5);
    expect(await second.log.body(body.digest)).toEqual(Uint8Array.from(bytes));
    await second.close();
    const archive = openArchive(folder);
    const report = await verify(archive, {
      origin: "test",
      vkeys: [second.log.vkey],
      checkpoints: [],
      records: true,
    });
    archive.close();
    expect(report).toMatchObject({
      value: { ok: true, size: 5, signed: 5, bodies: { verified: 2, pruned: 0 }, open: [] },
    });
  });

  it("refuses everything while it cannot be written, and comes back", async () => {
    const folder = createFolder();
    const store = await open(folder);
    await store.log.append(STOP, "sync", null);
    const saboteur = new DatabaseSync(join(folder, "bylaw.db"));
    // The thread may be about to copy what the journal has.
    saboteur.exec("PRAGMA busy_timeout = 5000; ALTER TABLE entry RENAME TO gone");
    const code = { code: "ledger.unavailable" };
    // The journal has it before the database turns out not to take it.
    expect(await store.log.append(STOP, "write", null)).toMatchObject({ index: 1 });
    await vi.waitFor(() => expect(store.healthy()).toBe(false));
    await expect(store.log.append(STOP, "sync", null)).rejects.toMatchObject(code);
    await expect(store.session("c", NOW)).rejects.toMatchObject(code);
    saboteur.exec("ALTER TABLE gone RENAME TO entry");
    saboteur.close();
    await vi.waitFor(() => expect(store.healthy()).toBe(true), { timeout: 5_000 });
    // The record of the gap comes first.
    expect(await store.log.append(STOP, "sync", null)).toMatchObject({ index: 3 });
    expect(await store.log.size()).toBe(4);
  });

  it("finishes what was called before it closes, and nothing after", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const pending = Array.from({ length: 50 }, () => store.log.append(STOP, "sync", null));
    await store.close();
    expect((await Promise.all(pending)).at(-1)).toMatchObject({ index: 49 });
    await expect(store.log.append(STOP, "sync", null)).rejects.toMatchObject({
      code: "store.closed",
    });
    const archive = openArchive(folder);
    expect((await archive.checkpoint())?.startsWith("test\n50\n")).toBe(true);
    archive.close();
  });
});

describe("folder", () => {
  it("and every file in it belong to their owner alone", async () => {
    const folder = createFolder();
    await open(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes.length).toBeGreaterThanOrEqual(6);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it("has one owner", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const second = openStore({ folder, origin: null, now: () => NOW });
    await expect(second).rejects.toMatchObject({
      code: "store.owned",
      message: expect.stringContaining(String(process.pid)),
    });
    await store.close();
    await (await open(folder)).close();
  });

  it("keeps its origin", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    const other = openStore({ folder, origin: "other", now: () => NOW });
    await expect(other).rejects.toMatchObject({ code: "ledger.origin" });
  });

  it("makes up an origin that is its own", async () => {
    const names = [];
    for (const folder of [createFolder(), createFolder()]) {
      const store = await openStore({ folder, origin: null, now: () => NOW });
      names.push(store.log.origin);
      await store.close();
    }
    expect(new Set(names).size).toBe(2);
  });

  it("is refused without the log's key, and the key without its log", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    rmSync(join(folder, "bylaw.db"));
    await expect(open(folder)).rejects.toMatchObject({ code: "ledger.corrupt" });
    const keyless = createFolder();
    await (await open(keyless)).close();
    rmSync(join(keyless, "log.key"));
    await expect(open(keyless)).rejects.toMatchObject({ code: "store.key" });
    writeFileSync(join(keyless, "log.key"), "PRIVATE+KEY+test+00000000+AAAA\n");
    await expect(open(keyless)).rejects.toMatchObject({ code: "store.key" });
  });

  it("of another schema version is refused", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    const db = new DatabaseSync(join(folder, "bylaw.db"));
    db.exec("PRAGMA user_version=99");
    db.close();
    await expect(open(folder)).rejects.toMatchObject({ code: "store.schema" });
    expect(() => openArchive(folder)).toThrow(expect.objectContaining({ code: "store.schema" }));
  });

  it("of the first schema version is brought up to date, and its log goes on", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const bytes = Buffer.from("{}");
    const body = { digest: bodyDigest(bytes), bytes };
    await store.log.append(intentOf("a", body.digest), "sync", body);
    await store.limitGrant("g", 1);
    await store.close();
    const db = new DatabaseSync(join(folder, "bylaw.db"));
    db.exec("INSERT INTO meta SELECT 'vkey', vkey FROM log; DROP TABLE log");
    db.exec("ALTER TABLE head RENAME COLUMN log TO id");
    for (const table of ["entry", "node", "checkpoint", "body", "open_intent", "reservation"])
      db.exec(`ALTER TABLE ${table} DROP COLUMN log`);
    for (const column of ["calls", "denials"]) db.exec(`ALTER TABLE charge DROP COLUMN ${column}`);
    for (const table of ["halt", "tally", "single_use", "delegation", "factor", "factor_attempt"])
      db.exec(`DROP TABLE ${table}`);
    db.exec("ALTER TABLE reservation DROP COLUMN limits");
    db.exec("DROP TABLE waiver; DROP INDEX approval_followup; DROP INDEX approval_rejected");
    db.exec("ALTER TABLE vote DROP COLUMN note");
    for (const column of ["followup", "origin"])
      db.exec(`ALTER TABLE approval DROP COLUMN ${column}`);
    db.exec("PRAGMA user_version=1");
    db.close();
    const later = await open(folder);
    expect(later.log.origin).toBe("test");
    expect(await later.log.append(intentOf("b"), "sync", null)).toMatchObject({ index: 1 });
    expect(await later.log.body(body.digest)).toEqual(Uint8Array.from(bytes));
    expect(await later.grants()).toEqual({ g: { uses: 0, revoked: false } });
  });
});

describe("session ids", () => {
  it("come from the given source", async () => {
    const options = {
      folder: createFolder(),
      origin: null,
      now: () => NOW,
      ids: () => "session-1",
    };
    const store = await openStore(options);
    expect((await store.session("c", NOW)).id).toBe("session-1");
    await store.close();
  });
});
