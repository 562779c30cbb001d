import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY_ROOT, type LogArchive, type NoteSigner } from "@bylaw/ledger";
import { type AgentReader, agentReader, type StoredAgent } from "./agents.ts";
import { createPruner, type Erasure, type Pruned } from "./bodies.ts";
import { type ActionClaims, createClaims } from "./claims.ts";
import { startWriter, type WriterClient } from "./client.ts";
import { type DefinitionReader, definitionReader, type StoredDefinition } from "./definitions.ts";
import { integer, one, openDatabase, type SqliteDriver } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { type Approvals, createApprovals } from "./held.ts";
import { ensureFolder, loadLogKey } from "./keys.ts";
import { asArchive, createLog, type Log } from "./log.ts";
import { logRows } from "./log-rows.ts";
import { takeOwnership } from "./owner.ts";
import { ensureSchema, readMeta, requireSchema } from "./schema.ts";
import { isRunning, type Session } from "./sessions.ts";
import { type DigestKeys, openDigestKeys, type Shredded } from "./shred.ts";
import { storeError } from "./trouble.ts";
import { DATABASE_FILE } from "./writer.ts";

export interface StoreOptions {
  /** Data folder; created if missing. One process at a time may own it. */
  readonly folder: string;
  /** Name of the log, also of its key; a random one when null. Fixed once the folder exists. */
  readonly origin: string | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Source of unguessable session ids. */
  readonly ids?: () => string;
}

export interface Agents extends AgentReader {
  /** False when the id or the token is taken. */
  add(agent: StoredAgent): Promise<boolean>;
  suspend(id: string, suspended: boolean): Promise<boolean>;
}

export interface Definitions extends DefinitionReader {
  see(
    definition: Pick<StoredDefinition, "server" | "tool" | "digest" | "firstSeen">,
  ): Promise<void>;
  accept(server: string, tool: string, digest: string, by: string): Promise<boolean>;
}

/** Everything that Bylaw remembers, in one folder that one process owns. */
export interface Store extends ActionClaims {
  readonly log: Log;
  readonly approvals: Approvals;
  readonly agents: Agents;
  readonly definitions: Definitions;
  /** The one session of a credential in 24 hours. */
  session(credential: string, now: number): Promise<string>;
  /** Key of every keyed digest in records. */
  digestKey(): Uint8Array;
  /** Destroys the digest key and goes on with a new one; rejects, with nothing destroyed, like an append. */
  shred(erasure: Erasure): Promise<Shredded>;
  /** Deletes the bodies of all entries before a time (milliseconds since the epoch). */
  prune(before: number, erasure: Erasure): Promise<Pruned>;
  /** False while the log cannot be written; it comes back by itself. */
  healthy(): boolean;
  /** Finishes what was asked, signs a last checkpoint and gives up the folder. */
  close(): Promise<void>;
}

/**
 * Opens a data folder for writing, and makes it on first use.
 *
 * Throws a StoreError: `store.owned` (names the process that has it), `ledger.corrupt` (the log is
 * not what was recorded; nothing is written), `ledger.unavailable` (the disk does not take it),
 * `ledger.origin`, `store.key`, `store.schema`, `store.sqlite_version`, `store.settings`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  ensureFolder(options.folder);
  const owner = takeOwnership(options.folder);
  let writer: WriterClient | null = null;
  let db: SqliteDriver | null = null;
  try {
    const signer = prepareFolder(options);
    const signingKey = readFileSync(join(options.folder, "log.key"), "utf8");
    writer = await startWriter({ folder: options.folder, signingKey }, options.now);
    db = openDatabase(join(options.folder, DATABASE_FILE), true);
    await writer.call("startRun", null, false);
    const log = createLog(writer, db, signer);
    const keys = await openDigestKeys(options.folder, log, options.now);
    return compose(options, { log, keys, writer, db }, () => owner.release());
  } catch (error) {
    await writer?.close();
    db?.close();
    owner.release();
    throw storeError(error);
  }
}

/** Opens the log of a folder for reading only, whether or not a process owns it. */
export function openArchive(folder: string): LogArchive & { close(): void } {
  const db = openDatabase(join(folder, DATABASE_FILE), true);
  try {
    requireSchema(db);
    return { ...asArchive(logRows(db)), close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes the database and its signing key belong together. A log whose key is lost, or a key whose
 * log is gone, is refused: going on under the same name would be a fork.
 */
function prepareFolder({ folder, origin }: StoreOptions): NoteSigner {
  const hadKey = existsSync(join(folder, "log.key"));
  const db = openDatabase(join(folder, DATABASE_FILE), false);
  try {
    if (integer(one(db, "PRAGMA user_version"), "user_version") === 0 && hadKey)
      throw new StoreError("ledger.corrupt", "there is a signing key, and its log is gone");
    ensureSchema(db);
    const vkey = readMeta(db, "vkey");
    if (vkey !== null && !hadKey)
      throw new StoreError("store.key", "there is a log, and its signing key is gone");
    const signer = loadLogKey(folder, () => origin ?? `bylaw/${randomBytes(6).toString("hex")}`);
    if (vkey !== null && vkey !== signer.vkey)
      throw new StoreError("store.key", "`log.key` is not the key of this log");
    if (origin !== null && origin !== signer.name)
      throw new StoreError("ledger.origin", `the log's name is \`${signer.name}\``);
    if (vkey === null) {
      db.exec("BEGIN IMMEDIATE");
      db.prepare("INSERT INTO meta (key, value) VALUES ('vkey', ?)").run(signer.vkey);
      db.prepare("INSERT INTO head (id, size, root) VALUES (1, 0, ?)").run(EMPTY_ROOT);
      db.exec("COMMIT");
    }
    return signer;
  } finally {
    db.close();
  }
}

interface Parts {
  readonly log: Log;
  readonly keys: DigestKeys;
  readonly writer: WriterClient;
  readonly db: SqliteDriver;
}

function compose(
  { now, ids = randomUUID }: StoreOptions,
  { log, keys, writer, db }: Parts,
  released: () => void,
): Store {
  const { approvals, announce } = createApprovals(writer, db);
  const sessions = new Map<string, Session>();
  let closed: Promise<void> | null = null;

  async function end(): Promise<void> {
    db.close();
    await writer.close();
    released();
  }

  return {
    log,
    approvals,
    ...createClaims(writer, db, now, announce),
    agents: {
      ...agentReader(db),
      add: (agent) => writer.call("addAgent", agent, true),
      suspend: (id, suspended) => writer.call("suspendAgent", { id, suspended }, true),
    },
    definitions: {
      ...definitionReader(db),
      see: (definition) => writer.call("see", definition, false),
      accept: (server, tool, digest, by) =>
        writer.call("accept", { server, tool, digest, by }, true),
    },
    async session(credential, time): Promise<string> {
      const cached = sessions.get(credential);
      if (cached !== undefined && isRunning(cached, time)) return cached.id;
      const input = { credential, now: time, proposed: ids() };
      const session = await writer.call("session", input, false);
      sessions.set(credential, session);
      return session.id;
    },
    digestKey: keys.current,
    shred: keys.shred,
    prune: createPruner(log, writer, db, now),
    healthy: () => writer.healthy(),
    close(): Promise<void> {
      closed ??= end();
      return closed;
    },
  };
}
