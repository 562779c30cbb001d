import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { GapRecord, LedgerRecord } from "@bylaw/core";
import { verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createFolder, open } from "../testing/folders.ts";
import { intentOf, STOP } from "../testing/records.ts";
import { type Answer, serve } from "../testing/served.ts";
import { type Appended, openArchive } from "./index.ts";

const inCi = process.env["CI"] === "true";
const UNAVAILABLE = { code: "ledger.unavailable" };
/** Longer than the longest pause between two attempts to open the log again. */
const PATIENCE = { timeout: 20_000, interval: 50 };
const TEST_MS = 60_000;

const scratch = mkdtempSync(join(tmpdir(), "bylaw-faults-"));
const mounts: string[] = [];
afterAll(() => {
  for (const path of mounts) spawnSync("umount", ["-l", path]);
  rmSync(scratch, { recursive: true, force: true });
});

/** The shim, built; null where there is no compiler or no LD_PRELOAD. */
function buildShim(): string | null {
  if (process.platform !== "linux") return null;
  const source = fileURLToPath(new URL("../testing/shim.c", import.meta.url));
  const library = join(scratch, "shim.so");
  const { status } = spawnSync("cc", ["-shared", "-fPIC", "-Wall", "-o", library, source, "-ldl"]);
  return status === 0 ? library : null;
}

/** A file system of its own of so many megabytes; null where this user may not mount one. */
function mount(megabytes: number): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  const path = mkdtempSync(join(scratch, "small-"));
  const size = `size=${megabytes}m`;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", path]).status !== 0) return null;
  mounts.push(path);
  return path;
}

const shim = buildShim();
const small = mount(16);

function recordsOf(folder: string): readonly LedgerRecord[] {
  const db = new DatabaseSync(join(folder, "bylaw.db"), { readOnly: true });
  const rows = db.prepare("SELECT bytes FROM entry ORDER BY idx").all() as { bytes: Uint8Array }[];
  db.close();
  return rows.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as LedgerRecord);
}

function gapsOf(folder: string): readonly GapRecord[] {
  return recordsOf(folder).filter((record) => record.kind === "gap");
}

function idsOf(folder: string): readonly string[] {
  return recordsOf(folder).flatMap((record) =>
    record.kind === "intent" ? [record.action.id] : [],
  );
}

/** Resolves once the database has all that was acknowledged, signed: nothing is due there. */
async function settled(folder: string, ids: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    expect(idsOf(folder)).toEqual(ids);
    const db = new DatabaseSync(join(folder, "bylaw.db"), { readOnly: true });
    const unsigned = db.prepare(
      "SELECT size - (SELECT max(size) FROM checkpoint) AS entries FROM head",
    );
    const [row] = unsigned.all();
    db.close();
    expect(row).toEqual({ entries: 0 });
  }, PATIENCE);
}

async function verified(folder: string): Promise<unknown> {
  const archive = openArchive(folder);
  const vkey = readFileSync(join(folder, "log.vkey"), "utf8").trim();
  const trust = { origin: "test", vkeys: [vkey], checkpoints: [], records: true };
  const report = await verify(archive, trust);
  archive.close();
  return report.ok ? report.value.first : report.error;
}

function indexOf(answer: Answer): number {
  if (!("value" in answer) || typeof answer.value !== "object" || answer.value === null)
    throw new Error(`no index: ${JSON.stringify(answer)}`);
  return answer.value.index;
}

describe("what these tests need", () => {
  it("is there in continuous integration", () => {
    if (!inCi || process.platform !== "linux") return;
    expect(shim).not.toBeNull();
    if (process.getuid?.() === 0) expect(small).not.toBeNull();
  });
});

describe.skipIf(shim === null)("a disk that fails (needs Linux and a C compiler)", () => {
  const fault = join(scratch, "fault");
  const env = { LD_PRELOAD: shim ?? "", BYLAW_FAULT: fault };

  it.each(["fsync", "write"])(
    "in `%s` of the journal refuses, keeps what was acknowledged, and resumes with a record of it",
    async (kind) => {
      rmSync(fault, { force: true });
      const folder = createFolder();
      const store = await serve(folder, env);
      for (const id of ["a", "b", "c"]) indexOf(await store.append(id, "sync"));
      writeFileSync(fault, `${kind} journal`);
      for (const id of ["d", "e", "f"])
        expect(await store.append(id, "sync")).toMatchObject(UNAVAILABLE);
      expect(await store.healthy()).toBe(false);
      rmSync(fault);
      await vi.waitFor(async () => expect(await store.healthy()).toBe(true), PATIENCE);
      indexOf(await store.append("g", "sync"));
      await store.close();
      expect(gapsOf(folder)).toEqual([
        expect.objectContaining({ kind: "gap", code: "disk.error", refused: 3 }),
      ]);
      // The other thread may have copied the one that was written before its sync failed.
      const written = kind === "fsync" ? ["d"] : [];
      expect(idsOf(folder).filter((id) => !written.includes(id))).toEqual(["a", "b", "c", "g"]);
      expect(await verified(folder)).toBeNull();
    },
    TEST_MS,
  );

  it.each(["fsync", "write"])(
    "in `%s` of the database keeps what the journal has, refuses, and resumes with a record of it",
    async (kind) => {
      rmSync(fault, { force: true });
      const folder = createFolder();
      const store = await serve(folder, env);
      for (const id of ["a", "b"]) indexOf(await store.append(id, "sync"));
      await settled(folder, ["a", "b"]);
      writeFileSync(fault, `${kind} bylaw.db`);
      // Acknowledged where it is written: a sync could take longer than the other thread to fail.
      indexOf(await store.append("c", "write"));
      await vi.waitFor(async () => expect(await store.healthy()).toBe(false), PATIENCE);
      for (const id of ["d", "e"])
        expect(await store.append(id, "sync")).toMatchObject(UNAVAILABLE);
      rmSync(fault);
      await vi.waitFor(async () => expect(await store.healthy()).toBe(true), PATIENCE);
      indexOf(await store.append("f", "sync"));
      await store.close();
      expect(gapsOf(folder)).toEqual([
        expect.objectContaining({ kind: "gap", code: "disk.error", refused: 2 }),
      ]);
      expect(idsOf(folder)).toEqual(["a", "b", "c", "f"]);
      expect(await verified(folder)).toBeNull();
    },
    TEST_MS,
  );

  it(
    "and has lost what was acknowledged is refused until somebody looks at it",
    async () => {
      rmSync(fault, { force: true });
      const folder = createFolder();
      const store = await serve(folder, env);
      indexOf(await store.append("a", "sync"));
      writeFileSync(fault, "lie journal");
      // Acknowledged as written; the sync that is due next fails and takes them along.
      const acknowledged = await Promise.all([
        store.append("b", "write"),
        store.append("c", "write"),
      ]);
      expect(acknowledged.map(indexOf)).toEqual([1, 2]);
      await vi.waitFor(async () => expect(await store.healthy()).toBe(false), PATIENCE);
      rmSync(fault);
      // Long enough for several attempts: none of them may take the shorter log for the whole one.
      await vi.waitFor(async () => {
        const refused = await store.append("d", "sync");
        expect(refused).toMatchObject(UNAVAILABLE);
        expect(refused).toMatchObject({
          message: expect.stringMatching(/gone|malformed|I\/O|not what/),
        });
      }, PATIENCE);
      expect(await store.healthy()).toBe(false);
    },
    TEST_MS,
  );
});

describe.skipIf(small === null)("a disk that is full (needs root, to mount one)", () => {
  it(
    "refuses, gives up the reserve, and resumes with a record of it once there is room",
    async () => {
      const folder = join(small ?? "", "data");
      const store = await open(folder);
      await store.log.append(intentOf("first"), "sync", null);
      expect(statSync(join(folder, "reserve")).size).toBe(4_194_304);
      const filler = join(small ?? "", "filler");
      spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
      const bytes = new Uint8Array(60_000);
      let [refused, last] = [0, 0];
      // Until the room that the journal and the write-ahead log had is used up too.
      while (store.healthy() && refused === 0)
        await store.log
          .append(intentOf(Buffer.from(bytes).toString("hex").slice(0, 60_000)), "sync", null)
          .then(
            ({ index }) => {
              last = index;
            },
            (error: unknown) => {
              expect(error).toMatchObject(UNAVAILABLE);
              refused += 1;
            },
          );
      await vi.waitFor(() => expect(existsSync(join(folder, "reserve"))).toBe(false), PATIENCE);
      for (const _ of [1, 2])
        await expect(store.log.append(STOP, "sync", null)).rejects.toMatchObject(UNAVAILABLE);
      rmSync(filler);
      await vi.waitFor(() => expect(store.healthy()).toBe(true), PATIENCE);
      const { index } = await store.log.append(STOP, "sync", null);
      expect(index).toBe(last + 2);
      expect(existsSync(join(folder, "reserve"))).toBe(true);
      await store.close();
      expect(gapsOf(folder)).toEqual([
        expect.objectContaining({ code: "disk.full", refused: refused + 2 }),
      ]);
      expect(await verified(folder)).toBeNull();
    },
    TEST_MS,
  );

  it("is refused from the start", async () => {
    const full = mount(1);
    if (full === null) throw new Error("a second file system could not be mounted");
    await expect(open(join(full, "data"))).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe("a writing thread that dies", () => {
  it(
    "loses nothing that was acknowledged, refuses the rest, and another one goes on",
    async () => {
      const posted = vi.spyOn(Worker.prototype, "postMessage");
      const folder = createFolder();
      const store = await open(folder);
      const append = (id: string): Promise<Appended> =>
        store.log.append(intentOf(id), "sync", null);
      const kept = await Promise.all(["a", "b", "c"].map(append));
      const thread = posted.mock.contexts.at(-1);
      if (!(thread instanceof Worker)) throw new Error("no thread was asked for anything");
      const asked = Array.from({ length: 200 }, (_, at) => append(`asked${at}`));
      // While it waits: ending a thread within SQLite's binding takes the whole process along.
      await thread.terminate();
      const answers = await Promise.allSettled(asked);
      const refused = answers.flatMap((answer) =>
        answer.status === "rejected" ? [answer.reason] : [],
      );
      for (const reason of refused) expect(reason).toMatchObject(UNAVAILABLE);
      await vi.waitFor(() => expect(store.healthy()).toBe(true), PATIENCE);
      await append("d");
      for (const [at, { index }] of kept.entries()) {
        const entry = Buffer.from((await store.log.entry(index)) ?? []).toString();
        expect(entry).toContain(`"id":"${"abc"[at]}"`);
      }
      await store.close();
      posted.mockRestore();
      expect(gapsOf(folder)).toEqual([
        expect.objectContaining({ code: "writer.ended", refused: refused.length }),
      ]);
      const ids = idsOf(folder);
      for (const [at, { status }] of answers.entries())
        if (status === "fulfilled") expect(ids).toContain(`asked${at}`);
      expect(await verified(folder)).toBeNull();
    },
    TEST_MS,
  );
});

/** A store whose process was killed, so that its write-ahead log still holds everything. */
async function killed(): Promise<string> {
  const folder = createFolder();
  const store = await serve(folder);
  for (let at = 0; at < 20; at += 1) indexOf(await store.append(`a${at}`, "sync"));
  await store.kill();
  return folder;
}

describe("a file that was cut off", () => {
  it(
    "in the write-ahead log goes on from the last whole transaction",
    async () => {
      const folder = await killed();
      const wal = join(folder, "bylaw.db-wal");
      truncateSync(wal, statSync(wal).size - 1_000);
      const store = await open(folder);
      expect(await store.log.size()).toBeGreaterThan(0);
      await store.close();
      expect(await verified(folder)).toBeNull();
    },
    TEST_MS,
  );

  it.each([1_000, 4_096, 20_000])("by %i bytes in the database is refused", async (bytes) => {
    const folder = createFolder();
    const store = await open(folder);
    for (let at = 0; at < 300; at += 1) void store.log.append(intentOf(`a${at}`), "write", null);
    await store.close();
    const path = join(folder, "bylaw.db");
    truncateSync(path, statSync(path).size - bytes);
    await expect(open(folder)).rejects.toMatchObject({ code: "ledger.corrupt" });
  });

  it("or is no database at all is refused", async () => {
    const folder = createFolder();
    await (await open(folder)).close();
    writeFileSync(join(folder, "bylaw.db"), "x".repeat(8_192));
    await expect(open(folder)).rejects.toMatchObject({ code: "ledger.corrupt" });
  });
});
