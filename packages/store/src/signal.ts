/**
 * What the thread that takes records and the one that writes the database tell each other without a
 * message. Numbers of entries are kept modulo 2^32 (`ToInt32`): they are compared over far less.
 */
export type Signal = Int32Array;

/** Counts the messages to the worker, so that it can sleep until there is one more. */
export const SENT = 0;
/** How the worker waits: one of the three below. Only a sleeping one has to be woken for a record. */
export const WAITS = 1;
/** Number of the entry that comes next into the journal. */
export const WRITTEN = 2;
/** Entries below this number survive power loss: in the journal, by a sync of it. */
export const SYNCED = 3;
/** Entries below this number survive power loss in the database: nothing of the journal is needed for them. */
export const STORED = 4;
/** Entries below this number can be read in the database. */
export const READABLE = 5;
const SLOTS = 6;

export const AWAKE = 0;
/** Looks again by itself within `DOZE_MS`. */
export const DOZES = 1;
export const ASLEEP = 2;

export function createSignal(): Signal {
  return new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether one number of an entry is at or behind another. */
export function reached(number: number, by: number): boolean {
  return ((by - number) | 0) >= 0;
}
