import { canonicalTime, type ErasureRecord, type Json, type LedgerRecord } from "@bylaw/core";
import { bodyOf } from "@bylaw/ledger";
import { NAMED_AGAIN_MS, PAGE_ROWS } from "./limits.ts";
import type { Log } from "./log.ts";
import { query } from "./query.ts";
import { change, first, type Read, type Work } from "./work.ts";
import type { WriterClient } from "./writes.ts";

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

const REMOVE = query<{ log: number; digest: string }>()((db, p) =>
  db.deleteFrom("body").where("log", "=", p.log).where("digest", "=", p.digest),
);
const NOTE = query<{ key: string; value: string }>()((db, p) =>
  db
    .insertInto("meta")
    .values({ key: p.key, value: p.value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: p.value })),
);
const NOTED = query<{ key: string }>()((db, p) =>
  db.selectFrom("meta").select("value").where("key", "=", p.key),
);

/** Where the next pruning of a log starts. */
function keyOf(log: number): string {
  return `pruned:${log}`;
}

/** Deletes bodies of a log; returns how many there were. */
export function* pruneBodies({ digests, until }: Prune, log: number): Work<number> {
  yield* change(NOTE, { key: keyOf(log), value: String(until) });
  let count = 0;
  for (const digest of digests) count += yield* change(REMOVE, { log, digest });
  return count;
}

/**
 * Deletes the bodies of all entries before a time, once a record says so. Interrupted anywhere, it
 * can be asked for again: the record comes first, and deleting twice changes nothing.
 */
export function createPruner(
  log: Log,
  writer: WriterClient,
  { read, id }: { readonly read: Read; readonly id: number },
  now: () => number,
): (before: number, erasure: Erasure) => Promise<Pruned> {
  return async (before, erasure) => {
    const from = Number((await read(first(NOTED, { key: keyOf(id) })))?.value ?? 0);
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
      const digests = (await recordsOf(log, at, end)).flatMap((entry) => named(entry) ?? []);
      const gone = digests.filter((digest) => !keep.has(digest));
      bodies += await writer.call("prune", { digests: gone, until: end }, end === until);
      await turn();
    }
    await writer.forget();
    return { until, bodies };
  };
}

/** Index of the first entry at or after a time, from `from` on. */
async function firstSince(log: Log, from: number, time: number): Promise<number> {
  const size = await log.size();
  for (let at = from; at < size; at += PAGE_ROWS) {
    const page = await recordsOf(log, at, Math.min(size, at + PAGE_ROWS));
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
    for (const record of await recordsOf(log, at, Math.min(end, at + PAGE_ROWS))) {
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

async function recordsOf(log: Log, from: number, to: number): Promise<readonly LedgerRecord[]> {
  const records: LedgerRecord[] = [];
  for await (const { bytes } of log.entries(from, to))
    records.push(JSON.parse(Buffer.from(bytes).toString("utf8")) as LedgerRecord);
  return records;
}
