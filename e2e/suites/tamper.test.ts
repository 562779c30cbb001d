import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { addAgent, run, up } from "../harness/bylaw.ts";
import { connect } from "../harness/client.ts";
import { recorderSite } from "../harness/recorder.ts";
import type { Site } from "../harness/site.ts";

/** A log with a refusal, intents and outcomes in it, stopped and set aside; every test changes a copy. */
let site: Site;
let original: string;
/** The same folder one start of the gateway before: what somebody would put back. */
let earlier: string;

beforeAll(async () => {
  site = recorderSite({ holdLimit: "50ms" });
  original = join(site.folder, "original");
  earlier = join(site.folder, "earlier");
  let gateway = await up(site);
  const token = await addAgent(site, "tester", "testers");
  const agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
  for (const tool of ["peek", "write", "erase", "forbidden"]) {
    await agent.call(tool, { key: tool }).catch(() => null);
  }
  await agent.close();
  await gateway.stop();
  cpSync(site.data, earlier, { recursive: true });
  gateway = await up(site);
  await gateway.stop();
  cpSync(site.data, original, { recursive: true });
});

beforeEach(() => {
  rmSync(site.data, { recursive: true, maxRetries: 10 });
  cpSync(original, site.data, { recursive: true });
});

afterAll(() => site.remove());

/** The stored log, behind Bylaw's back. */
function tamper(change: (db: DatabaseSyncInstance) => void): void {
  const file = readdirSync(site.data).find((name) => name.endsWith(".db"));
  const db = new DatabaseSync(
    join(site.data, file ?? expect.fail("the data folder has no database")),
  );
  change(db);
  db.close();
}

/** Flips one bit of the stored bytes of an entry. */
function flip(db: DatabaseSyncInstance, index: number, byte: number): void {
  const row = db.prepare("SELECT bytes FROM entry WHERE idx = ?").get(index) as Row;
  const bytes = Buffer.from(row.bytes);
  const at = byte % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  db.prepare("UPDATE entry SET bytes = ? WHERE idx = ?").run(bytes, index);
}

interface Row {
  readonly bytes: Uint8Array;
}

interface Report {
  readonly ok: boolean;
  readonly size: number;
  readonly signed: number;
  /** The first problem, with the range of entries that it narrows down to. */
  readonly first: { readonly code: string; readonly index: number; readonly until: number } | null;
}

async function verify(
  ...args: readonly string[]
): Promise<{ code: number | null; report: Report }> {
  const { code, stdout } = await run(site, "audit", "verify", ...args, "--json");
  return { code, report: JSON.parse(stdout) as Report };
}

it("verifies as it was left", async () => {
  expect(await verify()).toMatchObject({ code: 0, report: { ok: true } });
});

it.each([
  [0, 0],
  [0, 77],
  [3, 0],
  [4, 120],
  [5, -1],
])("names entry %d when a bit of it is flipped at byte %d", async (index, byte) => {
  tamper((db) => flip(db, index, byte < 0 ? 1_000_003 : byte));
  const first = { code: "entry.hash", index, until: index + 1 };
  expect(await verify()).toMatchObject({ code: 1, report: { ok: false, first } });
});

// shows: C10.1
it("names the entry that is missing", async () => {
  tamper((db) => db.exec("DELETE FROM entry WHERE idx = 4"));
  expect(await verify()).toMatchObject({ code: 1, report: { ok: false, first: { index: 4 } } });
});

it("narrows down entries that changed places together with their hashes", async () => {
  tamper((db) => {
    db.exec("UPDATE entry SET idx = -1 WHERE idx = 3");
    db.exec("UPDATE entry SET idx = 3 WHERE idx = 5");
    db.exec("UPDATE entry SET idx = 5 WHERE idx = -1");
  });
  const { code, report } = await verify();
  expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false });
  expect(report.first?.index).toBeLessThanOrEqual(3);
  expect(report.first?.until).toBeGreaterThan(3);
});

it("is not content with an end that nobody signed while no gateway runs", async () => {
  tamper((db) => db.exec("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)"));
  const { code, report } = await verify();
  expect({ code, ok: report.ok }).toEqual({ code: 1, ok: true });
  expect(report.signed).toBeLessThan(report.size);
});

// shows: C10.1
it("finds a log cut short only against a checkpoint that was kept elsewhere", async () => {
  const kept = site.write("kept.txt", "");
  tamper((db) => {
    const newest = db.prepare("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1").get();
    writeFileSync(kept, (newest as { note: string }).note);
  });
  expect(await verify("--checkpoint", kept)).toMatchObject({ code: 0, report: { ok: true } });
  rmSync(site.data, { recursive: true, maxRetries: 10 });
  cpSync(earlier, site.data, { recursive: true });
  expect(await verify()).toMatchObject({ code: 0, report: { ok: true } });
  const cut = await verify("--checkpoint", kept);
  expect(cut).toMatchObject({ code: 1, report: { ok: false, first: { code: "log.truncated" } } });
});
