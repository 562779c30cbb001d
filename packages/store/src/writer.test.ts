import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { encodeRecord } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { createFolder, NOW, open } from "../testing/folders.ts";
import { intentOf } from "../testing/records.ts";
import { DATABASE_FILE, openWriter, type Write, type Writer } from "./writer.ts";

async function writerOf(folder: string): Promise<Writer> {
  await (await open(folder)).close();
  return openWriter(folder, readFileSync(join(folder, "log.key"), "utf8"));
}

function append(id: string, sync: boolean): Write {
  const entry = encodeRecord(intentOf(id));
  if (!entry.ok) throw new Error(entry.error.code);
  return {
    op: "append",
    input: { entry: entry.value, body: null, opens: false, closes: null },
    sync,
  };
}

function signedSizeOf(folder: string): unknown {
  const db = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true });
  const row = db.prepare("SELECT max(size) AS size FROM checkpoint").get();
  db.close();
  return row.size;
}

describe("durability", () => {
  it("of a batch is that of its strictest member, and a sync covers what came before", async () => {
    const writer = await writerOf(createFolder());
    writer.commit([append("a", false), append("b", false)]);
    expect(writer.unsynced()).toBe(true);
    writer.commit([append("c", false), append("d", true)]);
    expect(writer.unsynced()).toBe(false);
    writer.commit([append("e", false)]);
    writer.commit([{ op: "flush", input: null, sync: true }]);
    expect(writer.unsynced()).toBe(false);
    writer.close();
  });

  it("of a checkpoint is never less than a sync", async () => {
    const folder = createFolder();
    const writer = await writerOf(folder);
    const batch = Array.from({ length: 250 }, (_, at) => append(`a${at}`, false));
    for (let round = 0; round < 3; round += 1) writer.commit(batch);
    expect([writer.unsynced(), signedSizeOf(folder)]).toEqual([true, null]);
    writer.commit(batch);
    expect([writer.unsynced(), signedSizeOf(folder)]).toEqual([false, 1_000]);
    writer.close();
  });
});

describe("going on after a failure", () => {
  it("needs the last entry that was acknowledged, as it was", async () => {
    const writer = await writerOf(createFolder());
    const { input } = append("a", true);
    const { entry } = input as { readonly entry: Uint8Array };
    writer.commit([append("a", true)]);
    await writer.resume({ acknowledged: null });
    await writer.resume({ acknowledged: { index: 0, entry } });
    const other = Uint8Array.from(entry).fill(32, 0, 1);
    const gone = expect.objectContaining({ code: "ledger.corrupt" });
    await expect(writer.resume({ acknowledged: { index: 0, entry: other } })).rejects.toEqual(gone);
    await expect(writer.resume({ acknowledged: { index: 1, entry } })).rejects.toEqual(gone);
    writer.close();
  });

  it("writes the write-ahead log anew into the database, and waits while it cannot", async () => {
    const folder = createFolder();
    const writer = await writerOf(folder);
    writer.commit([append("a", true)]);
    const reader = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true });
    reader.exec("BEGIN; SELECT count(*) FROM entry");
    writer.commit([append("b", true)]);
    const busy = expect.objectContaining({ code: "ledger.unavailable" });
    await expect(writer.resume({ acknowledged: null })).rejects.toEqual(busy);
    reader.close();
    await writer.resume({ acknowledged: null });
    expect(statSync(join(folder, `${DATABASE_FILE}-wal`)).size).toBe(0);
    writer.close();
  });
});

describe("a batch", () => {
  it("happens as a whole or not at all", async () => {
    const folder = createFolder();
    const writer = await writerOf(folder);
    writer.commit([append("a", true)]);
    const held = { id: "h", digest: "d", agent: "", session: "", credential: "", requirements: "" };
    const hold = (id: string): Write => ({
      op: "hold",
      input: { ...held, id, effects: "", request: "", created: NOW, expires: NOW + 1 },
      sync: true,
    });
    const broken: Write = { op: "append", input: { entry: null }, sync: true };
    expect(() => writer.commit([append("b", true), hold("h"), broken])).toThrow();
    writer.close();
    const store = await open(folder);
    expect(await store.log.size()).toBe(1);
    expect(await store.approvals.list()).toEqual([]);
  });
});
