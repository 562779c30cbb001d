import type { LedgerRecord } from "@bylaw/core";
import { decodeBundle, type LogArchive, TILE_WIDTH } from "@bylaw/ledger";
import { CommandError, EXIT } from "../exit.ts";

/** A record with its place in the log. */
export interface Entry {
  readonly index: number;
  readonly record: LedgerRecord;
  /** As the log holds it. */
  readonly bytes: Uint8Array;
}

/**
 * Entries [from, to) of a log, a bundle at a time, so that memory does not grow with the log.
 * Throws `log.unreadable` at the first entry that cannot be read: what follows it would be a story
 * with a hole that nobody sees.
 */
export async function* readEntries(
  archive: Pick<LogArchive, "bundle">,
  from: number,
  to: number,
): AsyncGenerator<readonly Entry[]> {
  for (let tile = Math.floor(from / TILE_WIDTH); tile * TILE_WIDTH < to; tile += 1) {
    const start = tile * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, to - start);
    const bundle = await archive.bundle(tile, width);
    const entries = bundle === null ? null : decodeBundle(bundle, width);
    if (entries === null || !entries.ok) throw unreadable(start);
    yield entries.value
      .map((bytes, at) => ({ index: start + at, bytes }))
      .filter(({ index }) => index >= from)
      .map(({ index, bytes }) => entryOf(index, bytes));
  }
}

/** Read when it is asked for: most of a search is over entries that nobody wants. */
function entryOf(index: number, bytes: Uint8Array): Entry {
  let record: LedgerRecord | null = null;
  return {
    index,
    bytes,
    get record(): LedgerRecord {
      record ??= decoded(bytes, index);
      return record;
    },
  };
}

function decoded(entry: Uint8Array, index: number): LedgerRecord {
  try {
    const text = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString("utf8");
    return JSON.parse(text) as LedgerRecord;
  } catch {
    throw unreadable(index);
  }
}

function unreadable(index: number): CommandError {
  const message = `the log cannot be read at entry ${index}; run: bylaw audit verify`;
  return new CommandError(EXIT.no, "log.unreadable", message);
}
