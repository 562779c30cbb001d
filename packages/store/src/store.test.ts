import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bodyDigest, createTree, leafHash, verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it, vi } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf, outcomeOf, STOP, startOf } from "../testing/records.ts";
import { openArchive, openStore } from "./index.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("log", () => {
  it("numbers records in the order of the calls and has the RFC's root", async () => {
    const { log } = await open(createFolder());
    const receipts = await Promise.all(
      Array.from({ length: 600 }, (_, at) =>
        log.append(intentOf(`a${at}`), at % 3 === 0 ? "sync" : "write", null),
      ),
    );
    expect(receipts.map(({ index }) => index)).toEqual(Array.from({ length: 600 }, (_, at) => at));
    const tree = createTree();
    for await (const { bytes } of log.entries(0, 600)) tree.append(leafHash(bytes));
    expect(await log.size()).toBe(600);
    expect(hex(await log.root())).toBe(hex(tree.root()));
    expect(Buffer.from((await log.entry(7)) ?? []).toString()).toContain('"id":"a7"');
    expect(await log.entry(600)).toBeNull();
  });

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

  it("signs on demand, and the same size once", async () => {
    const { log } = await open(createFolder());
    const empty = await log.checkpoint();
    expect(empty.startsWith("test\n0\n")).toBe(true);
    await log.append(STOP, "sync", null);
    const signed = await log.checkpoint();
    expect(signed.startsWith("test\n1\n")).toBe(true);
    expect(await log.checkpoint()).toBe(signed);
    expect(await log.archive().checkpoint()).toBe(signed);
  });

  it("signs by itself after a thousand entries", async () => {
    const { log } = await open(createFolder());
    await Promise.all(Array.from({ length: 1_100 }, () => log.append(STOP, "write", null)));
    const note = await log.archive().checkpoint();
    expect(Number(note?.split("\n")[1])).toBeGreaterThanOrEqual(1_000);
  });

  it("refuses a record that no tile can carry, and a body under a wrong name", async () => {
    const store = await open(createFolder());
    const { log } = store;
    const large = intentOf("x".repeat(65_535));
    await expect(log.append(large, "sync", null)).rejects.toMatchObject({
      code: "entry.too_large",
    });
    const body = { digest: "sha256:00", bytes: new Uint8Array() };
    await expect(log.append(STOP, "sync", body)).rejects.toMatchObject({ code: "body.digest" });
    expect(await log.size()).toBe(0);
    expect(store.healthy()).toBe(true);
  });

  it("refuses everything while it cannot be written, and comes back", async () => {
    const folder = createFolder();
    const store = await open(folder);
    await store.log.append(STOP, "sync", null);
    const saboteur = new DatabaseSync(join(folder, "bylaw.db"));
    saboteur.exec("ALTER TABLE entry RENAME TO gone");
    const code = { code: "ledger.unavailable" };
    const appends = [1, 2, 3].map(() => store.log.append(STOP, "write", null));
    for (const append of appends) await expect(append).rejects.toMatchObject(code);
    expect(store.healthy()).toBe(false);
    await expect(store.log.append(STOP, "sync", null)).rejects.toMatchObject(code);
    await expect(store.session("c", NOW)).rejects.toMatchObject(code);
    saboteur.exec("ALTER TABLE gone RENAME TO entry");
    saboteur.close();
    await vi.waitFor(() => expect(store.healthy()).toBe(true), { timeout: 5_000 });
    expect(await store.log.append(STOP, "sync", null)).toEqual({ index: 1 });
  });

  it("finishes what was called before it closes, and nothing after", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const pending = Array.from({ length: 50 }, () => store.log.append(STOP, "sync", null));
    await store.close();
    expect((await Promise.all(pending)).at(-1)).toEqual({ index: 49 });
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

  it("keeps a digest key until that is destroyed", async () => {
    const folder = createFolder();
    const first = await open(folder);
    const key = first.digestKey();
    expect(key).toHaveLength(32);
    await first.close();
    const second = await open(folder);
    expect(second.digestKey()).toEqual(key);
    second.destroyDigestKey();
    expect(second.digestKey()).toBeNull();
    await second.close();
    expect((await open(folder)).digestKey()).toBeNull();
  });
});

describe("sessions", () => {
  it("are one per credential for 24 hours, across restarts", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const [first, again] = await Promise.all([store.session("c", NOW), store.session("c", NOW)]);
    expect(again).toBe(first);
    expect(await store.session("other", NOW)).not.toBe(first);
    await store.close();
    const later = await open(folder);
    const day = 86_400_000;
    expect(await later.session("c", NOW + day - 1)).toBe(first);
    expect(await later.session("c", NOW - day)).toBe(first);
    expect(await later.session("c", NOW + day)).not.toBe(first);
  });

  it("have ids from the given source", async () => {
    const options = {
      folder: createFolder(),
      origin: null,
      now: () => NOW,
      ids: () => "session-1",
    };
    const store = await openStore(options);
    expect(await store.session("c", NOW)).toBe("session-1");
    await store.close();
  });
});

describe("agents", () => {
  const agent = {
    id: "a",
    token: "hash-a",
    user: "ann",
    groups: ["dba", "Größe"],
    suspended: false,
    created: NOW,
  };

  it("are found by id and by the hash of their token", async () => {
    const folder = createFolder();
    const store = await open(folder);
    expect(await store.agents.add(agent)).toBe(true);
    expect(await store.agents.add({ ...agent, token: "hash-b" })).toBe(false);
    expect(await store.agents.add({ ...agent, id: "b" })).toBe(false);
    expect(await store.agents.get("a")).toEqual(agent);
    expect(await store.agents.byToken("hash-a")).toEqual(agent);
    expect(await store.agents.byToken("hash-b")).toBeNull();
    await store.close();
    expect(await (await open(folder)).agents.list()).toEqual([agent]);
  });

  it("can be suspended", async () => {
    const { agents } = await open(createFolder());
    await agents.add(agent);
    expect(await agents.suspend("a", true)).toBe(true);
    expect((await agents.byToken("hash-a"))?.suspended).toBe(true);
    expect(await agents.suspend("nobody", true)).toBe(false);
  });
});

describe("definitions", () => {
  it("keep when they were first seen and who accepted them", async () => {
    const { definitions } = await open(createFolder());
    const seen = { server: "s", tool: "t", digest: "sha256:1", firstSeen: NOW };
    await definitions.see(seen);
    expect(await definitions.accept("s", "t", "sha256:2", "ann")).toBe(false);
    expect(await definitions.accept("s", "t", "sha256:1", "")).toBe(false);
    expect(await definitions.list()).toEqual([{ ...seen, acceptedBy: null }]);
    expect(await definitions.accept("s", "t", "sha256:1", "ann")).toBe(true);
    await definitions.see({ ...seen, firstSeen: NOW + 1 });
    expect(await definitions.list("s")).toEqual([{ ...seen, acceptedBy: "ann" }]);
    expect(await definitions.list("other")).toEqual([]);
  });
});
