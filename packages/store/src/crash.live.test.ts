import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { verify } from "@bylaw/ledger";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { createFolder, open } from "../testing/folders.ts";
import { openArchive, openStore, pendingEntries } from "./index.ts";

const APPENDER = fileURLToPath(new URL("../testing/appender.mjs", import.meta.url));
const LOOPS = Number(process.env["BYLAW_CRASH_LOOPS"] ?? 20);

interface Run {
  /** Index -> action of every intent that was acknowledged. */
  readonly acknowledged: ReadonlyMap<number, string>;
}

/** Runs the appender and kills it as soon as it has acknowledged `enough` intents. */
function crash(folder: string, run: number, enough: number): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APPENDER, folder, String(run)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const acknowledged = new Map<number, string>();
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [index = "", action] = line.split(" ");
        if (action !== undefined) acknowledged.set(Number(index), action);
      }
      if (acknowledged.size >= enough) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (_, signal) =>
      signal === "SIGKILL" ? resolve({ acknowledged }) : reject(new Error("the appender failed")),
    );
  });
}

/** Entries that the database has. */
function sizeOf(folder: string): number {
  const db = new DatabaseSync(join(folder, "bylaw.db"), { readOnly: true });
  const row = db.prepare("SELECT size FROM head").get();
  db.close();
  return Number(row.size);
}

describe("kill -9 while appending", () => {
  it(`loses nothing that was acknowledged, ${LOOPS} times in a row`, async () => {
    const folder = createFolder();
    const all = new Map<number, string>();
    for (let run = 0; run < LOOPS; run += 1) {
      const { acknowledged } = await crash(folder, run, 1 + ((run * 37) % 200));
      expect(acknowledged.size).toBeGreaterThan(0);
      for (const [index, action] of acknowledged) all.set(index, action);
      const recorded = sizeOf(folder) + pendingEntries(folder);
      expect(recorded).toBeGreaterThan(Math.max(...acknowledged.keys()));
    }
    const store = await open(folder);
    for (const [index, action] of all) {
      const entry = Buffer.from((await store.log.entry(index)) ?? []).toString();
      expect(entry).toContain(`"id":"${action}"`);
    }
    const { vkey } = store.log;
    const kept = await store.log.checkpoint();
    await store.close();
    const archive = openArchive(folder);
    const report = await verify(archive, {
      origin: "test",
      vkeys: [vkey],
      checkpoints: [kept],
      records: true,
    });
    archive.close();
    expect(report).toMatchObject({ value: { ok: true, first: null } });
  }, 600_000);

  it("leaves a folder that says who owns it while the process lives, and is free after", async () => {
    const folder = createFolder();
    const child = spawn(process.execPath, [APPENDER, folder, "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.resume();
    await expect(openStore({ folder, origin: "test", now: Date.now })).rejects.toMatchObject({
      code: "store.owned",
      message: expect.stringContaining(String(child.pid)),
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    const store = await open(folder);
    expect(await store.log.size()).toBeGreaterThan(0);
  });
});
