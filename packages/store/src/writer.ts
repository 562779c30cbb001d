import { join } from "node:path";
import { parseSigningKey } from "@bylaw/ledger";
import { integer, one, openDatabase, type SqliteDriver } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { CHECKPOINT_ENTRIES } from "./limits.ts";
import { logRows } from "./log-rows.ts";
import { type Append, type LogWriter, openLogWriter } from "./log-writer.ts";
import type { Resume } from "./protocol.ts";
import { requireSchema } from "./schema.ts";
import { createSession, type SqliteSession } from "./sqlite-session.ts";
import { sqliteSink } from "./sqlite-sink.ts";
import { ONLY_LOG } from "./tables.ts";
import type { Work } from "./work.ts";
import { type SharedWrites, sharedWrites, type Writes } from "./writes.ts";

export const DATABASE_FILE = "bylaw.db";

/** What the writing thread does: every write, the entries that come from the journal, and a sync. */
export interface ThreadWrites extends Writes {
  append(input: Append): number;
  /** A synchronous batch that holds only this puts earlier ones on disk. */
  flush(input: null): void;
}

export interface Write {
  readonly op: keyof ThreadWrites;
  readonly input: unknown;
  /** Must survive power loss before it is acknowledged. */
  readonly sync: boolean;
}

/** The one writing connection. */
export interface Writer {
  /**
   * Runs writes in one transaction and returns their results in order. A throw means that none of
   * them happened and that the writer must be closed: what it holds in memory is ahead of the disk.
   */
  commit(batch: readonly Write[]): readonly unknown[];
  /** Number of entries. */
  size(): number;
  /** Whether the log has exactly this entry at this index. */
  holds(index: number, entry: Uint8Array): Promise<boolean>;
  /** Whether some commit has not been synced to disk yet. */
  unsynced(): boolean;
  /** Whether entries wait for a checkpoint. */
  unsigned(): boolean;
  /**
   * Takes over after a failure. Throws `ledger.corrupt` when something acknowledged is gone.
   * What the last thread left in the write-ahead log is written anew into the database: after a
   * failed fsync the kernel holds pages for clean that never reached the disk, so syncing the same
   * file again proves nothing.
   */
  resume(from: Resume): Promise<void>;
  close(): void;
  /** Closes without another attempt to put anything on disk. */
  abandon(): void;
}

/** In: the data folder and the text of its signing key. Throws `ledger.corrupt` like `openLogWriter`. */
export async function openWriter(folder: string, signingKey: string): Promise<Writer> {
  const signer = parseSigningKey(signingKey);
  if (!signer.ok) throw new StoreError("store.key", signer.error.message);
  const db = openDatabase(join(folder, DATABASE_FILE), false);
  try {
    requireSchema(db);
    const session = createSession(db);
    const rows = logRows(session.read, ONLY_LOG);
    const log = await openLogWriter(rows, sqliteSink(session, ONLY_LOG), signer.value);
    return createWriter(db, session, log);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Undone in part of a transaction: a savepoint around every write would cost each of them. */
const UNDOABLE: ReadonlySet<string> = new Set<keyof SharedWrites>(["reserve"]);

type Operations = Readonly<Record<keyof ThreadWrites, (input: never) => unknown>>;

function createWriter(db: SqliteDriver, session: SqliteSession, log: LogWriter): Writer {
  const touch = db.prepare("UPDATE head SET size = size WHERE log = 1");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");
  let full = true;
  let unsynced = false;

  const shared = Object.entries(sharedWrites(ONLY_LOG)).map(([op, work]) => {
    const run = UNDOABLE.has(op) ? session.undoable : session.run;
    return [op, (input: never) => run((work as (input: never) => Work<unknown>)(input))];
  });
  const writes = {
    ...(Object.fromEntries(shared) as Operations),
    append: log.append,
    checkpoint: log.checkpoint,
    flush: () => touch.run(),
  } as Operations;

  /** A commit syncs the whole write-ahead log, so one full commit also makes all before it durable. */
  function synchronous(wanted: boolean): void {
    if (wanted !== full) db.exec(`PRAGMA synchronous=${wanted ? "FULL" : "NORMAL"}`);
    full = wanted;
  }

  function commit(batch: readonly Write[]): readonly unknown[] {
    // A checkpoint that is seen before it is on disk would, after a power cut, contradict the next.
    const signs = log.size() + batch.length - log.signed() >= CHECKPOINT_ENTRIES;
    const sync = signs || batch.some((write) => write.sync);
    synchronous(sync);
    const before = log.size();
    begin.run();
    try {
      const results = batch.map(({ op, input }) => writes[op](input as never));
      if (log.size() !== before) log.seal();
      if (signs) log.checkpoint();
      end.run();
      unsynced = !sync;
      // Deleted bodies must not live on in earlier pages there. A reader in between may put that off.
      if (sync && batch.some(({ op }) => op === "prune"))
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return results;
    } catch (error) {
      abandon();
      throw error;
    }
  }

  function abandon(): void {
    try {
      db.exec("ROLLBACK");
    } catch {
      // A full disk or a failed sync has ended the transaction already.
    }
  }

  return {
    commit,
    size: log.size,
    holds: log.holds,
    unsynced: () => unsynced,
    unsigned: () => log.size() > Math.max(0, log.signed()),
    async resume({ acknowledged }): Promise<void> {
      if (acknowledged !== null && !(await log.holds(acknowledged.index, acknowledged.entry)))
        throw new StoreError("ledger.corrupt", "entries that were acknowledged are gone");
      const folded = one(db, "PRAGMA wal_checkpoint(TRUNCATE)");
      if (integer(folded, "busy") !== 0)
        throw new StoreError("ledger.unavailable", "the write-ahead log is in use");
    },
    abandon: () => db.close(),
    close(): void {
      // Statements that are not collected yet keep the connection half open, and with it SQLite
      // from folding the log back in by itself. A reader in between may stop it; that is harmless.
      db.exec("PRAGMA busy_timeout=0; PRAGMA wal_checkpoint(TRUNCATE)");
      db.close();
    },
  };
}
