import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { bodyDigest, type VerifyReport, verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf, outcomeOf, STOP } from "../testing/records.ts";
import { openArchive, type Store } from "./index.ts";
import { digestKeyId } from "./keys.ts";

const WHO = { by: "maria", reason: "asked to be forgotten" };
/** Something that occurs nowhere else, so that looking for it on disk means something. */
const MARK = "zebra-quartz-4711";

async function report(folder: string): Promise<VerifyReport> {
  const archive = openArchive(folder);
  const vkey = readFileSync(join(folder, "log.vkey"), "utf8").trim();
  const trust = { origin: "test", vkeys: [vkey], checkpoints: [], records: true };
  const result = await verify(archive, trust);
  archive.close();
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}

async function lastRecord({ log }: Store): Promise<LedgerRecord> {
  return JSON.parse(
    Buffer.from((await log.entry((await log.size()) - 1)) ?? []).toString(),
  ) as LedgerRecord;
}

/** Whether any file of the folder holds the bytes. */
function onDisk(folder: string, content: Uint8Array | string): boolean {
  const bytes = Buffer.from(content as Uint8Array);
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(bytes));
}

describe("the digest key", () => {
  it("stays the same until it is destroyed, which the log says", async () => {
    const folder = createFolder();
    const first = await open(folder);
    const old = Uint8Array.from(first.digestKey());
    await first.close();
    const store = await open(folder);
    expect(store.digestKey()).toEqual(Buffer.from(old));
    const { before, after } = await store.shred(WHO);
    expect(before).toBe(digestKeyId(old));
    expect(after).toBe(digestKeyId(store.digestKey()));
    expect(await lastRecord(store)).toMatchObject({
      kind: "change",
      subject: "key",
      before,
      after,
      ...WHO,
    });
    await store.close();
    expect(onDisk(folder, old)).toBe(false);
    const again = await open(folder);
    expect(digestKeyId(again.digestKey())).toBe(after);
    await again.close();
    expect((await report(folder)).first).toBeNull();
  });

  it("is replaced once for every time it is asked, also at once", async () => {
    const store = await open(createFolder());
    const [first, second] = await Promise.all([store.shred(WHO), store.shred(WHO)]);
    expect(second.before).toBe(first.after);
    expect(digestKeyId(store.digestKey())).toBe(second.after);
  });

  it("stays when the log cannot say that it goes", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const key = Uint8Array.from(store.digestKey());
    await store.log.append(STOP, "sync", null);
    const saboteur = new DatabaseSync(join(folder, "bylaw.db"));
    saboteur.exec("ALTER TABLE entry RENAME TO gone");
    await expect(store.shred(WHO)).rejects.toMatchObject({ code: "ledger.unavailable" });
    expect(store.digestKey()).toEqual(Buffer.from(key));
    saboteur.exec("ALTER TABLE gone RENAME TO entry");
    saboteur.close();
  });

  it("is destroyed at the next start when the process ended in between", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    const old = readFileSync(join(folder, "digest.key"));
    const next = new Uint8Array(32).fill(7);
    writeFileSync(join(folder, "digest.key.next"), next);
    const store = await open(folder);
    expect(store.digestKey()).toEqual(Buffer.from(next));
    expect(await lastRecord(store)).toMatchObject({
      before: digestKeyId(old),
      after: digestKeyId(next),
    });
    expect(onDisk(folder, old)).toBe(false);
  });

  it("is replaced without another record when it was overwritten already", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    const next = new Uint8Array(32).fill(7);
    writeFileSync(join(folder, "digest.key"), new Uint8Array(32));
    writeFileSync(join(folder, "digest.key.next"), next);
    const store = await open(folder);
    expect(store.digestKey()).toEqual(Buffer.from(next));
    expect(await store.log.size()).toBe(0);
  });

  it("is not replaced by half a key", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    const key = readFileSync(join(folder, "digest.key"));
    writeFileSync(join(folder, "digest.key.next"), new Uint8Array(5));
    const store = await open(folder);
    expect(store.digestKey()).toEqual(key);
    expect(await store.log.size()).toBe(0);
    await store.shred(WHO);
    expect(store.digestKey()).toHaveLength(32);
  });
});

const at = (ms: number): string => new Date(ms).toISOString();

/** A log of so many actions, one every second, each with a body that says which. */
async function filled(folder: string, actions: number): Promise<Store> {
  const store = await open(folder);
  for (let n = 0; n < actions; n += 1) {
    const bytes = Buffer.from(`{"facts":"${MARK}-${n}"}`);
    const body = { digest: bodyDigest(bytes), bytes };
    const intent = { ...intentOf(`a${n}`, body.digest), at: at(NOW + n * 1_000) };
    const { index } = await store.log.append(intent, "write", body);
    await store.log.append(
      { ...outcomeOf(`a${n}`, index), at: at(NOW + n * 1_000) },
      "write",
      null,
    );
  }
  return store;
}

describe("old bodies", () => {
  it("are deleted, on disk too, and the log says so and verifies", async () => {
    const folder = createFolder();
    const store = await filled(folder, 300);
    expect(await store.prune(NOW + 200_000, WHO)).toEqual({ until: 400, bodies: 200 });
    expect(await lastRecord(store)).toMatchObject({ subject: "bodies", id: "400", ...WHO });
    expect(onDisk(folder, `${MARK}-199"`)).toBe(false);
    expect(onDisk(folder, `${MARK}-200"`)).toBe(true);
    await store.close();
    expect(await report(folder)).toMatchObject({
      ok: true,
      bodies: { verified: 100, pruned: 200 },
    });
  });

  it("are deleted once, and where nothing is older nothing is recorded", async () => {
    const store = await filled(createFolder(), 5);
    expect(await store.prune(NOW, WHO)).toEqual({ until: 0, bodies: 0 });
    await store.prune(NOW + 2_000, WHO);
    const size = await store.log.size();
    expect(await store.prune(NOW + 2_000, WHO)).toEqual({ until: 4, bodies: 0 });
    expect(await store.log.size()).toBe(size);
  });

  it("stay while a younger record names them too", async () => {
    const folder = createFolder();
    const store = await filled(folder, 3);
    const bytes = Buffer.from(`{"facts":"${MARK}-0"}`);
    const again = { ...intentOf("later", bodyDigest(bytes)), at: at(NOW + 60_000) };
    await store.log.append(again, "sync", null);
    expect(await store.prune(NOW + 2_000, WHO)).toEqual({ until: 4, bodies: 1 });
    await store.close();
    expect(await report(folder)).toMatchObject({ ok: true });
  });

  it("that are gone without a record are reported", async () => {
    const folder = createFolder();
    const store = await filled(folder, 10);
    await store.prune(NOW + 4_000, WHO);
    await store.close();
    const db = new DatabaseSync(join(folder, "bylaw.db"));
    db.prepare("DELETE FROM body WHERE digest = ?").run(
      bodyDigest(Buffer.from(`{"facts":"${MARK}-7"}`)),
    );
    db.close();
    expect(await report(folder)).toMatchObject({
      ok: false,
      first: { code: "body.missing", index: 14 },
      bodies: { verified: 5, pruned: 4 },
    });
  });
});
