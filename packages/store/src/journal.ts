import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { JOURNAL_FILES } from "./journal-files.ts";
import { encodeFrame, frameBytes } from "./journal-frame.ts";
import { JOURNAL_BYTES, SOON_MS } from "./limits.ts";
import type { Durability } from "./log.ts";
import type { Append } from "./log-writer.ts";
import type { Acknowledged } from "./protocol.ts";
import { reached, type Signal, STORED, SYNCED, WRITTEN } from "./signal.ts";

/**
 * Takes records before the database does: writing to a file of its own costs a thread microseconds, a
 * message to another one and back wakes two processors. The writing thread copies them from there.
 */
export interface Journal {
  /** Resolves with the index once the entry is as durable as asked; rejects when the journal has ended. */
  append(append: Append, durability: Durability): Promise<number>;
  /** Number of the next entry that is not yet written. */
  written(): number;
  /** Bytes that the database may not have yet, at most. */
  backlog(): number;
  acknowledged(): Acknowledged | null;
  /** Refuses what waits, and whatever comes. Out: how many records that refused. */
  end(error: Error): number;
  /**
   * Overwrites the file that is not in use and goes on in it. Out: false, and nothing happened, while the
   * database does not have all of that file on disk.
   */
  turnOver(): boolean;
  /** Writes and syncs what waits for that; resolves also when that has failed. */
  drain(): Promise<void>;
}

interface Waiting extends Acknowledged {
  readonly append: Append;
  readonly durability: Durability;
  readonly resolve: (index: number) => void;
  readonly reject: (error: Error) => void;
}

export interface JournalOptions {
  readonly folder: string;
  /** Number of the first entry. */
  readonly first: number;
  readonly signal: Signal;
  /** There is something for the writing thread. */
  readonly wake: () => void;
  /** A write or a sync has failed: nothing on these files can be relied on any more. */
  readonly failed: (error: unknown) => void;
}

export function openJournal({ folder, first, signal, wake, failed }: JournalOptions): Journal {
  const files = openFiles(folder, first, signal);
  let next = first;
  let written = first;
  let acknowledged: Acknowledged | null = null;
  let queue: Waiting[] = [];
  let later: NodeJS.Timeout | null = null;
  /** Entries that somebody waits for, of this turn of the event loop; and whether the last had several. */
  let turn = 0;
  let crowded = false;
  let unsynced: Waiting[] = [];
  let syncing: readonly Waiting[] = [];
  let busy = false;
  let ended: Error | null = null;
  let drained: (() => void) | null = null;

  function append(input: Append, durability: Durability): Promise<number> {
    if (ended !== null) return Promise.reject(ended);
    return new Promise((resolve, reject) => {
      const { entry } = input;
      queue.push({ index: next, entry, append: input, durability, resolve, reject });
      next += 1;
      schedule(durability === "soon");
    });
  }

  function schedule(soon: boolean): void {
    if (soon) {
      if (turn === 0) later ??= setTimeout(flush, SOON_MS);
      return;
    }
    turn += 1;
    if (turn > 1) return;
    setImmediate(endTurn);
    // Who is alone in his turn of the event loop need not wait for its end; many share one write there.
    if (!crowded) queueMicrotask(flush);
  }

  function endTurn(): void {
    crowded = turn > 1;
    turn = 0;
    flush();
  }

  function flush(): void {
    if (later !== null) clearTimeout(later);
    later = null;
    if (queue.length === 0) return;
    try {
      files.write(queue, next);
    } catch (error) {
      return failed(error);
    }
    written = next;
    Atomics.store(signal, WRITTEN, written);
    wake();
    const taken = queue;
    queue = [];
    for (const waiting of taken) {
      if (waiting.durability === "sync") unsynced.push(waiting);
      else acknowledge(waiting);
    }
    sync();
  }

  function acknowledge(waiting: Waiting): void {
    if (waiting.index > (acknowledged?.index ?? -1)) acknowledged = waiting;
    waiting.resolve(waiting.index);
  }

  /** One at a time: what comes meanwhile shares the next. */
  function sync(): void {
    if (busy) return;
    if (unsynced.length === 0) return drained?.();
    busy = true;
    syncing = unsynced;
    unsynced = [];
    const upTo = written;
    files.sync((error) => {
      busy = false;
      if (ended !== null) return files.close();
      if (error !== null) return failed(error);
      Atomics.store(signal, SYNCED, upTo);
      for (const waiting of syncing) acknowledge(waiting);
      syncing = [];
      sync();
    });
  }

  return {
    append,
    drain: () =>
      new Promise((resolve) => {
        drained = resolve;
        flush();
        sync();
      }),
    written: () => written,
    backlog: files.backlog,
    turnOver(): boolean {
      try {
        return files.turnOver();
      } catch (error) {
        failed(error);
        return false;
      }
    },
    acknowledged: () => acknowledged && { index: acknowledged.index, entry: acknowledged.entry },
    end(error): number {
      if (ended !== null) return 0;
      ended = error;
      if (later !== null) clearTimeout(later);
      const refused = [...syncing, ...unsynced, ...queue];
      [syncing, unsynced, queue] = [[], [], []];
      for (const { reject } of refused) reject(error);
      if (!busy) files.close();
      drained?.();
      return refused.length;
    },
  };
}

type Entry = Pick<Waiting, "index" | "append">;

/** Bytes of entries that are written from a buffer that is kept; more take one of their own. */
const KEPT_BYTES = 262_144;

/** Frames of entries one behind the other. The bytes are good until the next call. */
function createFrames(): (entries: readonly Entry[]) => Buffer {
  const kept = Buffer.alloc(KEPT_BYTES);
  return (entries) => {
    let bytes = 0;
    for (const { append } of entries) bytes += frameBytes(append);
    const frames = bytes > KEPT_BYTES ? Buffer.allocUnsafe(bytes) : kept.subarray(0, bytes);
    let at = 0;
    for (const { index, append } of entries) {
      const end = at + frameBytes(append);
      encodeFrame(frames.subarray(at, end), index, append);
      at = end;
    }
    return frames;
  };
}

interface Files {
  /** In: entries in order, and the number that comes after them. */
  write(entries: readonly Entry[], next: number): void;
  sync(done: (error: Error | null) => void): void;
  backlog(): number;
  turnOver(): boolean;
  close(): void;
}

/** Goes on in the other file when one is full, and at the beginning where the database has all of it. */
function openFiles(folder: string, first: number, signal: Signal): Files {
  // Where the last entry of each ends, and the number behind it.
  const files = JOURNAL_FILES.map((name) => ({
    fd: openSync(join(folder, name), "r+"),
    end: 0,
    next: first,
  }));
  const framesOf = createFrames();
  let [here, other] = files as [(typeof files)[0], (typeof files)[0]];

  function stored({ next }: typeof here): boolean {
    return reached(next, Atomics.load(signal, STORED));
  }

  function makeRoom(bytes: number): void {
    if (stored(here)) here.end = 0;
    if (here.end + bytes > JOURNAL_BYTES && stored(other)) change();
  }

  function change(): void {
    // On disk before the other is begun: what a crash leaves has no hole in it.
    fdatasyncSync(here.fd);
    Atomics.store(signal, SYNCED, here.next);
    [here, other] = [other, here];
    here.end = 0;
  }

  return {
    write(entries, next): void {
      const frames = framesOf(entries);
      const { length } = frames;
      makeRoom(length);
      if (writeSync(here.fd, frames, 0, length, here.end) !== length)
        throw new Error("a write was cut short");
      here.end += length;
      here.next = next;
    },
    sync: (done) => fdatasync(here.fd, done),
    backlog: () => files.reduce((sum, file) => sum + (stored(file) ? 0 : file.end), 0),
    turnOver(): boolean {
      if (!stored(other)) return false;
      ftruncateSync(other.fd, JOURNAL_BYTES);
      writeSync(other.fd, new Uint8Array(JOURNAL_BYTES), 0, JOURNAL_BYTES, 0);
      fdatasyncSync(other.fd);
      change();
      return true;
    },
    close: () => files.forEach(({ fd }) => closeSync(fd)),
  };
}
