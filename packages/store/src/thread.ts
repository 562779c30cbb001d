import type { JournalReader } from "./journal-reader.ts";
import { CHECKPOINT_MS, DOZE_MS, DOZING_MS, FLUSH_MS, JOURNAL_BYTES } from "./limits.ts";
import {
  ASLEEP,
  AWAKE,
  DOZES,
  READABLE,
  reached,
  SENT,
  type Signal,
  STORED,
  SYNCED,
  WAITS,
  WRITTEN,
} from "./signal.ts";
import type { Write, Writer } from "./writer.ts";

export const CHECKPOINT: Write = { op: "checkpoint", input: null, sync: true };
/** Puts on disk what earlier commits wrote. */
export const FLUSH: Write = { op: "flush", input: null, sync: true };

/** What the writing thread does between two looks at its messages. Whatever fails throws. */
export interface Thread {
  /** Changes with every message that is sent. */
  sent(): number;
  /** Takes all that is in the journal now into the database. */
  takeJournal(): void;
  commit(batch: readonly Write[]): readonly unknown[];
  /** Signs and syncs what is due. In: milliseconds of a clock. Out: those until something will be. */
  keepHouse(now: number): number;
  /** Until something is sent, or for so many milliseconds. In: what `sent` was before the last look. */
  wait(seen: number, wait_ms: number): void;
  /** Takes all there is, and signs it. */
  finish(): void;
}

export function createThread(writer: Writer, journal: JournalReader, signal: Signal): Thread {
  let sign: number | null = null;
  let flush: number | null = null;
  let sync: number | null = null;
  /** Whether somebody's write, other than an entry, is not on disk. */
  let loose = false;
  /** Bytes of entries that are not on disk in the database. */
  let unstored = 0;
  let active = 0;

  function commit(batch: readonly Write[]): readonly unknown[] {
    const results = writer.commit(batch);
    Atomics.store(signal, READABLE, writer.size());
    if (writer.unsynced()) return results;
    Atomics.store(signal, STORED, writer.size());
    loose = false;
    unstored = 0;
    return results;
  }

  function takeJournal(): void {
    const written = Atomics.load(signal, WRITTEN);
    for (let frames = journal.take(written); frames.length > 0; frames = journal.take(written)) {
      active = performance.now();
      unstored = frames.reduce((sum, { length }) => sum + length, unstored);
      // In time for the journal to begin anew before it is full.
      const full = unstored > JOURNAL_BYTES / 2;
      commit(frames.map(({ append }) => ({ op: "append", input: append, sync: full })));
    }
  }

  /** Entries that were acknowledged as written are synced where they are: in the journal. */
  function isSynced(): boolean {
    const written = Atomics.load(signal, WRITTEN);
    return (
      reached(written, Atomics.load(signal, SYNCED)) ||
      reached(written, Atomics.load(signal, STORED))
    );
  }

  function syncJournal(): void {
    // What comes after this is not known to be covered.
    const written = Atomics.load(signal, WRITTEN);
    takeJournal();
    journal.sync();
    Atomics.store(signal, SYNCED, written);
  }

  return {
    sent: () => Atomics.load(signal, SENT),
    takeJournal,
    commit(batch): readonly unknown[] {
      const results = commit(batch);
      loose = writer.unsynced();
      return results;
    },
    keepHouse(now): number {
      sign = writer.unsigned() ? (sign ?? now + CHECKPOINT_MS) : null;
      flush = loose ? (flush ?? now + FLUSH_MS) : null;
      sync = isSynced() ? null : (sync ?? now + FLUSH_MS);
      if (sign !== null && sign <= now) {
        commit([CHECKPOINT]);
        [sign, flush] = [null, null];
      } else if (flush !== null && flush <= now) {
        commit([FLUSH]);
        flush = null;
      }
      if (sync !== null && sync <= now) {
        syncJournal();
        sync = null;
      }
      return Math.min(...[sign, flush, sync].map((due) => due ?? Number.POSITIVE_INFINITY)) - now;
    },
    wait(seen, wait_ms): void {
      const dozes = performance.now() - active < DOZING_MS;
      // Said before the last look: who writes after that either wakes this thread or is seen.
      Atomics.store(signal, WAITS, dozes ? DOZES : ASLEEP);
      const nothing = dozes || reached(Atomics.load(signal, WRITTEN), writer.size());
      if (nothing) Atomics.wait(signal, SENT, seen, dozes ? Math.min(wait_ms, DOZE_MS) : wait_ms);
      Atomics.store(signal, WAITS, AWAKE);
    },
    finish(): void {
      takeJournal();
      if (writer.unsigned()) commit([CHECKPOINT]);
      else if (writer.unsynced()) commit([FLUSH]);
      journal.close();
    },
  };
}
