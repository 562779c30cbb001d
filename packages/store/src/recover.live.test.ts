import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bodyDigest } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it, vi } from "vitest";
import { createFolder, open } from "../testing/folders.ts";
import { frameOf } from "../testing/frames.ts";
import { intentOf, outcomeOf } from "../testing/records.ts";
import { serve } from "../testing/served.ts";
import { openArchive, pendingEntries } from "./index.ts";
import { readJournal } from "./journal-files.ts";
import { JOURNAL_BACKLOG_BYTES } from "./limits.ts";
import { recover } from "./recover.ts";
import { openWriter } from "./writer.ts";

/** Keeps every other connection from writing, until it is closed. */
function lock(folder: string): { close(): void } {
  const db = new DatabaseSync(join(folder, "bylaw.db"), { timeout: 5_000 });
  db.exec("BEGIN IMMEDIATE");
  return db;
}

/** A folder whose process was killed when the database had `a`, and the journal three more entries. */
async function crashed(): Promise<string> {
  const folder = createFolder();
  const store = await serve(folder);
  await store.append("a", "sync");
  await vi.waitFor(() => expect(pendingEntries(folder)).toBe(0));
  const locked = lock(folder);
  for (const [id, durability] of [
    ["b", "sync"],
    ["c", "write"],
    ["d", "sync"],
  ] as const)
    expect(await store.append(id, durability)).toMatchObject({
      value: { index: expect.any(Number) },
    });
  await store.kill();
  locked.close();
  expect(pendingEntries(folder)).toBe(3);
  return folder;
}

async function idsOf(folder: string): Promise<readonly string[]> {
  const store = await open(folder);
  const ids: string[] = [];
  for await (const { bytes } of store.log.entries(0, await store.log.size()))
    ids.push((JSON.parse(Buffer.from(bytes).toString()) as { action: { id: string } }).action.id);
  await store.close();
  return ids;
}

const CORRUPT = { code: "ledger.corrupt" };

describe("what a killed process left in the journal", () => {
  it("is in the log after the next start, and only once", async () => {
    const folder = await crashed();
    // Nobody takes it over for a reader.
    const archive = openArchive(folder);
    expect(await archive.head()).toMatchObject({ size: 1 });
    archive.close();
    expect(await idsOf(folder)).toEqual(["a", "b", "c", "d"]);
    expect(pendingEntries(folder)).toBe(0);
    expect(await idsOf(folder)).toEqual(["a", "b", "c", "d"]);
  });

  it("is taken as far as it goes where the last of it was cut off, at any byte", async () => {
    const folder = await crashed();
    const [file, frames] = [join(folder, "journal.0"), readJournal(folder)];
    const whole = readFileSync(file);
    const [before, last] = [frames.slice(0, -1), frames.at(-1)];
    const start = before.reduce((sum, { length }) => sum + length, 0);
    for (const left of [0, 1, 7, 8, 30, 31, 100, (last?.length ?? 0) - 1]) {
      const torn = Buffer.from(whole).fill(0, start + left);
      writeFileSync(file, torn);
      expect(pendingEntries(folder)).toBe(2);
    }
    truncateSync(file, start + 5);
    expect(await idsOf(folder)).toEqual(["a", "b", "c"]);
  });

  it("is refused where the database is an older copy, or the journal goes on somewhere else", async () => {
    const folder = await crashed();
    const frames = readJournal(folder).filter(({ index }) => index > 1);
    writeFileSync(
      join(folder, "journal.0"),
      Buffer.concat(frames.map(({ index, append }) => frameOf(index, append))),
    );
    await expect(open(folder)).rejects.toMatchObject(CORRUPT);
  });

  it("is refused where an entry is another than the database has", async () => {
    const folder = await crashed();
    await (await open(folder)).close();
    const encoded = Buffer.from(JSON.stringify(intentOf("other")));
    const append = { entry: encoded, body: null, opens: true, closes: null };
    writeFileSync(join(folder, "journal.1"), frameOf(2, append));
    await expect(open(folder)).rejects.toMatchObject(CORRUPT);
  });
});

describe("taking over the journal", () => {
  it("puts on disk what the database has already, before the journal is made anew", async () => {
    const folder = await crashed();
    const signingKey = readFileSync(join(folder, "log.key"), "utf8");
    const writer = await openWriter(folder, signingKey);
    const frames = readJournal(folder).filter(({ index }) => index >= writer.size());
    writer.commit(frames.map(({ append }) => ({ op: "append", input: append, sync: false })));
    expect([writer.unsynced(), writer.size()]).toEqual([true, 4]);
    await recover(writer, folder, null);
    expect([writer.unsynced(), writer.size()]).toEqual([false, 4]);
    writer.close();
  });

  it("leaves out what was refused when the last thread failed", async () => {
    const folder = await crashed();
    const writer = await openWriter(folder, readFileSync(join(folder, "log.key"), "utf8"));
    const entry =
      readJournal(folder).find(({ index }) => index === 2)?.append.entry ??
      expect.fail("no such entry");
    await recover(writer, folder, { acknowledged: { index: 2, entry } });
    expect(writer.size()).toBe(3);
    writer.close();
  });
});

describe("the journal of a running store", () => {
  it("has reached the database for whoever opens the log after an answer", async () => {
    const folder = createFolder();
    const store = await open(folder);
    for (let size = 1; size <= 40; size += 1) {
      await store.log.append(intentOf(`a${size}`), size % 2 === 0 ? "write" : "sync", null);
      const archive = openArchive(folder);
      expect(await archive.head()).toMatchObject({ size });
      archive.close();
    }
  });

  it("acknowledges while the database is locked, and the database has all of it later", async () => {
    const folder = createFolder();
    const store = await open(folder);
    await store.log.append(intentOf("first"), "sync", null);
    const locked = lock(folder);
    const indexes = [];
    for (let at = 0; at < 5; at += 1)
      indexes.push((await store.log.append(intentOf(`a${at}`), "sync", null)).index);
    expect(indexes).toEqual([1, 2, 3, 4, 5]);
    locked.close();
    expect(await store.log.size()).toBe(6);
  });

  it("goes through both files many times, with entries larger than a file", async () => {
    const folder = createFolder();
    const store = await open(folder);
    const large = new Uint8Array(1_500_000).fill(97);
    const body = { digest: bodyDigest(large), bytes: large };
    const text = "x".repeat(20_000);
    let expected = 0;
    for (let round = 0; round < 12; round += 1) {
      const some = Array.from({ length: 60 }, (_, at) =>
        store.log.append(
          outcomeOf(`${round}-${at}-${text}`, 0),
          (["soon", "write", "sync"] as const)[at % 3] ?? "sync",
          null,
        ),
      );
      const one = store.log.append(intentOf(`${round}`, body.digest), "write", body);
      const indexes = (await Promise.all([...some, one])).map(({ index }) => index);
      expect(indexes).toEqual(Array.from({ length: 61 }, (_, at) => expected + at));
      expected += 61;
    }
    expect(await store.log.size()).toBe(expected);
    expect(await store.log.body(body.digest)).toHaveLength(large.length);
    await store.close();
    expect(pendingEntries(folder)).toBe(0);
    // Twice as much was written: at most a backlog of it, and what one turn brings, is ever in them.
    const sizes = ["journal.0", "journal.1"].map((name) => statSync(join(folder, name)).size);
    expect((sizes[0] ?? 0) + (sizes[1] ?? 0)).toBeLessThan(JOURNAL_BACKLOG_BYTES + 4_000_000);
  });
});
