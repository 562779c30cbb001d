import { join } from "node:path";
import type { Completion } from "@bylaw/core";
import { parseSigningKey } from "@bylaw/ledger";
import { type AgentWriter, agentWriter, type StoredAgent } from "./agents.ts";
import {
  type ApprovalChange,
  type ApprovalState,
  type ApprovalWriter,
  approvalWriter,
  type HeldAction,
  type Voted,
} from "./approvals.ts";
import { bodyWriter, type Prune } from "./bodies.ts";
import { definitionWriter, type StoredDefinition } from "./definitions.ts";
import { integer, one, openDatabase, type SqliteDriver } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { CHECKPOINT_ENTRIES } from "./limits.ts";
import { type Append, openLogWriter } from "./log-writer.ts";
import type { Resume } from "./protocol.ts";
import { type Reservation, reservationWriter } from "./reservations.ts";
import { requireSchema } from "./schema.ts";
import { type Session, sessionWriter } from "./sessions.ts";

export const DATABASE_FILE = "bylaw.db";

/** Every change to the store: one plain input each, since they cross a thread boundary. */
export interface Writes {
  append(input: Append): number | "body.digest";
  /** Signs and keeps a checkpoint of everything recorded so far; returns the newest. */
  checkpoint(input: null): string;
  session(input: {
    readonly credential: string;
    readonly now: number;
    readonly proposed: string;
  }): Session;
  addAgent(input: StoredAgent): boolean;
  suspendAgent(input: { readonly id: string; readonly suspended: boolean }): boolean;
  hold(input: HeldAction): ReturnType<ApprovalWriter["hold"]>;
  vote(input: Voted): ReturnType<ApprovalWriter["vote"]>;
  advance(input: {
    readonly id: string;
    readonly from: ApprovalState;
    readonly to: ApprovalState;
    readonly now: number;
  }): boolean;
  expire(input: { readonly now: number }): readonly ApprovalChange[];
  reserve(input: { readonly reservation: Reservation; readonly now: number }): boolean;
  release(input: { readonly action: string }): readonly ApprovalChange[];
  settle(input: { readonly action: string; readonly completion: Completion }): void;
  limitGrant(input: { readonly id: string; readonly uses: number }): void;
  revokeGrant(input: { readonly id: string }): boolean;
  see(input: Pick<StoredDefinition, "server" | "tool" | "digest" | "firstSeen">): void;
  accept(input: {
    readonly server: string;
    readonly tool: string;
    readonly digest: string;
    readonly by: string;
  }): boolean;
  /** Deletes bodies, and what is left of them in the write-ahead log after the last of a row. */
  prune(input: Prune): number;
  /** Forgets the claims of an earlier run: what it did not give back stays used. */
  startRun(input: null): void;
  /** Changes nothing; a synchronous batch that holds only this puts earlier ones on disk. */
  flush(input: null): void;
}

export interface Write {
  readonly op: keyof Writes;
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
  resume(from: Resume): void;
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
    const log = await openLogWriter(db, signer.value);
    return createWriter(db, log);
  } catch (error) {
    db.close();
    throw error;
  }
}

function createWriter(db: SqliteDriver, log: Awaited<ReturnType<typeof openLogWriter>>): Writer {
  const agents: AgentWriter = agentWriter(db);
  const approvals = approvalWriter(db);
  const reservations = reservationWriter(db, approvals);
  const definitions = definitionWriter(db);
  const sessions = sessionWriter(db);
  const prune = bodyWriter(db);
  const touch = db.prepare("UPDATE head SET size = size WHERE id = 1");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");
  let full = true;
  let unsynced = false;

  const writes: Writes = {
    append: (input) => log.append(input),
    checkpoint: () => log.checkpoint(),
    session: ({ credential, now, proposed }) => sessions.session(credential, now, proposed),
    addAgent: (input) => agents.add(input),
    suspendAgent: ({ id, suspended }) => agents.suspend(id, suspended),
    hold: (input) => approvals.hold(input),
    vote: (input) => approvals.vote(input),
    advance: ({ id, from, to, now }) => approvals.advance(id, from, to, now),
    expire: ({ now }) => approvals.expire(now),
    reserve: ({ reservation, now }) => reservations.reserve(reservation, now),
    release: ({ action }) => reservations.release(action),
    settle: ({ action, completion }) => reservations.settle(action, completion),
    limitGrant: ({ id, uses }) => reservations.limitGrant(id, uses),
    revokeGrant: ({ id }) => reservations.revokeGrant(id),
    see: (input) => definitions.see(input),
    accept: ({ server, tool, digest, by }) => definitions.accept(server, tool, digest, by),
    prune: (input) => prune(input),
    startRun: () => reservations.forget(),
    flush: () => void touch.run(),
  };

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
      const results = batch.map(({ op, input }) =>
        (writes[op] as (input: unknown) => unknown)(input),
      );
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
    unsynced: () => unsynced,
    unsigned: () => log.size() > Math.max(0, log.signed()),
    resume({ acknowledged }): void {
      if (acknowledged !== null && !log.holds(acknowledged.index, acknowledged.entry))
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
