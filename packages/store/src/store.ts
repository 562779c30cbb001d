import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY_ROOT, type LogArchive, type NoteSigner } from "@bylaw/ledger";
import { createPruner } from "./bodies.ts";
import { createClaims } from "./claims.ts";
import { startWriter } from "./client.ts";
import { composeStore, type Store } from "./compose.ts";
import { openDatabase, type SqliteDriver } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { createApprovals } from "./held.ts";
import { lastEntries, readJournal } from "./journal-files.ts";
import { ensureFolder, isShared, loadLogKey } from "./keys.ts";
import { DOZE_MS, TAKEN_MS } from "./limits.ts";
import { asArchive, createLog } from "./log.ts";
import { logRows } from "./log-rows.ts";
import { newOrigin } from "./origin.ts";
import { type Ownership, takeOwnership } from "./owner.ts";
import { query } from "./query.ts";
import { ensureSchema, requireSchema, versionOf } from "./schema.ts";
import { openDigestKeys } from "./shred.ts";
import { createSession, type SqliteSession } from "./sqlite-session.ts";
import { ONLY_LOG, type Tables } from "./tables.ts";
import { storeError } from "./trouble.ts";
import { watched } from "./unchanged.ts";
import type { Read } from "./work.ts";
import { DATABASE_FILE } from "./writer.ts";
import type { WriterClient } from "./writes.ts";

export interface StoreOptions {
  /** Data folder; created if missing. One process at a time may own it. */
  readonly folder: string;
  /** Name of the log, also of its key; a random one when null. Fixed once the folder exists. */
  readonly origin: string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Source of unguessable session ids. */
  readonly ids?: () => string;
  /**
   * Connection URI of a PostgreSQL database that holds everything but the keys and that other
   * gateways may share; without it everything is in the folder.
   */
  readonly postgres?: string | null;
}

/**
 * Opens a data folder for writing, and makes it on first use.
 *
 * Throws a StoreError: `store.owned` (names the process that has it), `ledger.corrupt` (the log is
 * not what was recorded; nothing is written), `ledger.unavailable` (the disk does not take it),
 * `ledger.origin`, `store.key`, `store.schema`, `store.sqlite_version`, `store.settings`. With
 * PostgreSQL also `store.postgres_url`, `store.unreachable`, `store.credentials`, `store.database`,
 * `store.rights` and `store.digest_key` (the folder's digest key is not the other gateways').
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, now, ids, postgres = null } = options;
  if (postgres !== null) {
    // Loaded only here: an embedded store needs no network client.
    const { openShared } = await import("./postgres/store.ts");
    return openShared(options, postgres);
  }
  ensureFolder(folder);
  const owner = takeOwnership(folder);
  let writer: WriterClient | null = null;
  let db: SqliteDriver | null = null;
  try {
    const signer = prepareFolder(options);
    const signingKey = readFileSync(join(folder, "log.key"), "utf8");
    const { writer: counted, changes } = watched(await startWriter({ folder, signingKey }, now));
    writer = counted;
    db = openDatabase(join(folder, DATABASE_FILE), true);
    await writer.call("startRun", null, false);
    const { read } = createSession(db, changes);
    const { approvals, announce } = createApprovals(writer, read);
    const log = createLog(writer, logRows(afterwards(writer, read), ONLY_LOG), signer);
    return composeStore({
      writer,
      read,
      log,
      keys: await openDigestKeys(folder, log, now),
      prune: createPruner(log, writer, { read, id: ONLY_LOG }, now),
      approvals,
      claims: await createClaims(writer, read, now, announce),
      shared: false,
      alone: (_, step) => step(),
      close: closer(db, writer, owner),
      ids,
    });
  } catch (error) {
    await writer?.close();
    db?.close();
    owner.release();
    throw storeError(error);
  }
}

/** Reads of the log that see every entry that was acknowledged. */
function afterwards(writer: WriterClient, read: Read): Read {
  return async (work) => {
    await writer.settled();
    return read(work);
  };
}

function closer(db: SqliteDriver, writer: WriterClient, owner: Ownership): () => Promise<void> {
  return async () => {
    db.close();
    await writer.close();
    owner.release();
  };
}

/**
 * Opens the log of a folder for reading only, whether or not a process owns it. It has what that process
 * had recorded by then: where some of it is in the journal alone, this waits a moment for the database.
 */
export function openArchive(folder: string): LogArchive & { close(): void } {
  const db = openDatabase(join(folder, DATABASE_FILE), true);
  try {
    requireSchema(db);
    const session = createSession(db);
    awaitJournal(folder, () => sizeOf(session));
    const rows = logRows(session.read, ONLY_LOG);
    return { ...asArchive(rows), close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A process that has ended takes nothing over: then what is there is all there is for now. */
function awaitJournal(folder: string, size: () => number): void {
  const last = Math.max(-1, ...lastEntries(folder));
  const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let waited_ms = 0; size() <= last && waited_ms < TAKEN_MS; waited_ms += DOZE_MS)
    Atomics.wait(pause, 0, 0, DOZE_MS);
}

/** Entries that a process took before it ended, and that the next start takes into the database. */
export function pendingEntries(folder: string): number {
  const db = openDatabase(join(folder, DATABASE_FILE), true);
  try {
    const size = sizeOf(createSession(db));
    return readJournal(folder).filter(({ index }) => index >= size).length;
  } finally {
    db.close();
  }
}

function sizeOf({ select }: SqliteSession): number {
  return select(SIZE, { log: ONLY_LOG })[0]?.size ?? 0;
}

const SIZE = query<{ log: number }>()((builder, p) =>
  builder.selectFrom("head").select("size").where("log", "=", p.log),
);

const LOG = query()((builder) => builder.selectFrom("log").select("vkey"));
const NEW_LOG = query<Tables["log"]>()((builder, p) =>
  builder.insertInto("log").values({ id: p.id, origin: p.origin, vkey: p.vkey }),
);
const NEW_HEAD = query<Tables["head"]>()((builder, p) =>
  builder.insertInto("head").values({ log: p.log, size: p.size, root: p.root }),
);

/** The same of a folder whose entries are in PostgreSQL. In: its connection URI. */
export async function openSharedArchive(
  folder: string,
  postgres: string,
): Promise<LogArchive & { close(): Promise<void> }> {
  const { openSharedArchive: open } = await import("./postgres/store.ts");
  return open(folder, postgres);
}

/**
 * Makes the database and its signing key belong together. A log whose key is lost, or a key whose
 * log is gone, is refused: going on under the same name would be a fork.
 */
function prepareFolder({ folder, origin }: StoreOptions): NoteSigner {
  const hadKey = existsSync(join(folder, "log.key"));
  if (isShared(folder))
    throw new StoreError("ledger.corrupt", "the log of the data folder is in PostgreSQL");
  const db = openDatabase(join(folder, DATABASE_FILE), false);
  try {
    if (versionOf(db) === 0 && hadKey)
      throw new StoreError("ledger.corrupt", "there is a signing key, and its log is gone");
    ensureSchema(db);
    const { select, statement } = createSession(db);
    const vkey = select(LOG, {})[0]?.vkey ?? null;
    if (vkey !== null && !hadKey)
      throw new StoreError("store.key", "there is a log, and its signing key is gone");
    const signer = loadLogKey(folder, () => origin ?? newOrigin());
    if (vkey !== null && vkey !== signer.vkey)
      throw new StoreError("store.key", "`log.key` is not the key of this log");
    if (origin !== null && origin !== signer.name)
      throw new StoreError("ledger.origin", `the log's name is \`${signer.name}\``);
    if (vkey === null) {
      db.exec("BEGIN IMMEDIATE");
      statement(NEW_LOG)({ id: ONLY_LOG, origin: signer.name, vkey: signer.vkey });
      statement(NEW_HEAD)({ log: ONLY_LOG, size: 0, root: EMPTY_ROOT });
      db.exec("COMMIT");
    }
    return signer;
  } finally {
    db.close();
  }
}
