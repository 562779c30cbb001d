import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { openStore } from "@bylaw/store";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Follower, follow } from "./follow.ts";

const STOP: LedgerRecord = { v: 1, kind: "stop", at: "2026-02-03T09:00:00.000Z" };
const OTHER: LedgerRecord = { ...STOP, at: "2026-02-03T10:00:00.000Z" };
let folder = "";
let log: Follower;

async function append(count: number, record: LedgerRecord = STOP): Promise<void> {
  const store = await openStore({ folder, origin: "test", now: Date.now });
  for (let at = 0; at < count; at += 1) await store.log.append(record, "write", null);
  await store.close();
}

function edit(sql: string): void {
  const db = new DatabaseSync(join(folder, "bylaw.db"));
  db.exec(sql);
  db.close();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-follow-"));
  log = follow(folder);
  await append(300);
  await log.look();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a follower", () => {
  it("reads on where it was", async () => {
    expect(log.records).toHaveLength(300);
    await append(10);
    expect(await log.look()).toEqual([]);
    expect(log.records).toHaveLength(310);
  });

  it.each<[string, string, RegExp]>([
    ["an entry that was lost", "UPDATE head SET size = 299", /300 entries were there/],
    ["a gap", "DELETE FROM entry WHERE idx = 305", /entry 300 is not there/],
    [
      "another entry than was signed",
      "UPDATE entry SET bytes = CAST('{}' AS BLOB) WHERE idx = 305",
      /do not have the root of the/,
    ],
    [
      "a checkpoint of more than there is",
      "UPDATE head SET size = 305",
      /310 entries were signed, 305 are there/,
    ],
    [
      "an entry that is not canonical",
      "UPDATE entry SET bytes = CAST('{ }' AS BLOB) WHERE idx = 305",
      /305 is not canonical/,
    ],
  ])("is red for %s", async (_what, sql, said) => {
    await append(10);
    edit(sql);
    const found = await log.look();
    expect(found.join("; ")).toMatch(said);
  });

  it("is red for a log that begins anew", async () => {
    rmSync(folder, { recursive: true });
    await append(301, OTHER);
    expect((await log.look()).join("; ")).toMatch(/do not have the root of the head/);
  });
});
