import { canonicalTime, type ErasureRecord, type Json, type LedgerRecord } from "@bylaw/core";
import { bodyOf } from "@bylaw/ledger";
import type { WriterClient } from "./client.ts";
import type { SqliteDriver } from "./driver.ts";
import { NAMED_AGAIN_MS, PAGE_ROWS } from "./limits.ts";
import type { Log } from "./log.ts";
import { readMeta } from "./schema.ts";

/** Who erases something, and why; both end up in the log. */
export interface Erasure {
  readonly by: string;
  readonly reason: string;
}

export interface Pruned {
  /** First entry whose body stays. */
  readonly until: number;
  readonly bodies: number;
}

/** Bodies named by these digests; `until` is where the next pruning starts. */
export interface Prune {
  readonly digests: readonly string[];
  readonly until: number;
}

/** Deletes bodies within the caller's transactions; returns how many there were. */
export function bodyWriter(db: SqliteDriver): (prune: Prune) => number {
  const remove = db.prepare("DELETE FROM body WHERE digest = ?");
  const note = db.prepare(
    "INSERT INTO meta (key, value) VALUES ('pruned', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  return ({ digests, until }) => {
    note.run(String(until));
    return digests.reduce((count, digest) => count + remove.run(digest), 0);
  };
}

/**
 * Deletes the bodies of all entries before a time, once a record says so. Interrupted anywhere, it
 * can be asked for again: the record comes first, and deleting twice changes nothing.
 */
export function createPruner(
  log: Log,
  writer: WriterClient,
  db: SqliteDriver,
  now: () => number,
): (before: number, erasure: Erasure) => Promise<Pruned> {
  return async (before, erasure) => {
    const from = Number(readMeta(db, "pruned") ?? 0);
    const until = await firstSince(log, from, before);
    if (until === from) return { until, bodies: 0 };
    const record: ErasureRecord = {
      v: 1,
      kind: "change",
      at: canonicalTime(now()),
      subject: "bodies",
      id: String(until),
      before: canonicalTime(before),
      after: null,
      ...erasure,
    };
    await log.append(record, "sync", null);
    const keep = await namedAgain(log, until, before + NAMED_AGAIN_MS);
    let bodies = 0;
    for (let at = from; at < until; at += PAGE_ROWS) {
      const end = Math.min(until, at + PAGE_ROWS);
      const digests = recordsOf(log, at, end).flatMap((entry) => named(entry) ?? []);
      const gone = digests.filter((digest) => !keep.has(digest));
      bodies += await writer.call("prune", { digests: gone, until: end }, end === until);
      await turn();
    }
    return { until, bodies };
  };
}

/** Index of the first entry at or after a time, from `from` on. */
async function firstSince(log: Log, from: number, time: number): Promise<number> {
  const size = log.size();
  for (let at = from; at < size; at += PAGE_ROWS) {
    const page = recordsOf(log, at, Math.min(size, at + PAGE_ROWS));
    const found = page.findIndex((record) => Date.parse(record.at) >= time);
    if (found !== -1) return at + found;
    await turn();
  }
  return size;
}

/** A held call names its Facts again when the wait for a person ends. */
async function namedAgain(log: Log, from: number, time: number): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  const end = await firstSince(log, from, time);
  for (let at = from; at < end; at += PAGE_ROWS) {
    for (const record of recordsOf(log, at, Math.min(end, at + PAGE_ROWS))) {
      const digest = named(record);
      if (digest !== null) digests.add(digest);
    }
    await turn();
  }
  return digests;
}

/** Lets the callers of the store go on between two pages. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function named(record: LedgerRecord): string | null {
  return bodyOf(record as unknown as Json);
}

function recordsOf(log: Log, from: number, to: number): readonly LedgerRecord[] {
  return [...log.entries(from, to)].map(
    ({ bytes }) => JSON.parse(Buffer.from(bytes).toString("utf8")) as LedgerRecord,
  );
}
