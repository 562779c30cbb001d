import {
  type Checkpoint,
  encodeBundle,
  HASH_BYTES,
  type LogArchive,
  TILE_WIDTH,
} from "@bylaw/ledger";
import { blob, integer, one, type SqliteDriver, text } from "./driver.ts";
import { PAGE_ROWS } from "./limits.ts";

export interface EntryRow {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The log as rows; as a LogArchive it hides that there are any. */
export interface LogRows extends Omit<LogArchive, "head"> {
  head(): Pick<Checkpoint, "size" | "root">;
  entry(index: number): Uint8Array | null;
  /** Entries [from, to) in order, read a page at a time. */
  entries(from: number, to: number): IterableIterator<EntryRow>;
  /** Every entry row from `from` on, also those that the head does not count. */
  tail(from: number): readonly EntryRow[];
}

/**
 * Reads the log over one connection. A tile or bundle with a missing row is missing as a whole:
 * indices are unique, so the count of a range shows every gap.
 */
export function logRows(db: SqliteDriver): LogRows {
  const page = db.prepare(
    "SELECT idx, leaf, bytes FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx",
  );
  const leaves = db.prepare(
    "SELECT leaf AS hash FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx",
  );
  const nodes = db.prepare(
    "SELECT hash FROM node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx",
  );
  const last = db.prepare("SELECT idx FROM entry ORDER BY idx DESC LIMIT 1");
  const contents = db.prepare("SELECT bytes FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx");
  const single = db.prepare("SELECT bytes FROM entry WHERE idx = ?");
  const notes = db.prepare(
    "SELECT size, note FROM checkpoint WHERE size > ? ORDER BY size LIMIT ?",
  );
  const newest = db.prepare("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1");
  const bodies = db.prepare("SELECT bytes FROM body WHERE digest = ?");

  function rows(from: number, to: number): readonly EntryRow[] {
    return page.all(from, to).map((row) => ({
      index: integer(row, "idx"),
      leaf: blob(row, "leaf"),
      bytes: blob(row, "bytes"),
    }));
  }

  return {
    head(): Pick<Checkpoint, "size" | "root"> {
      const row = one(db, "SELECT size, root FROM head");
      return { size: integer(row, "size"), root: blob(row, "root") };
    },
    async last(): Promise<number> {
      const row = last.get();
      return row === null ? -1 : integer(row, "idx");
    },
    async checkpoint(): Promise<string | null> {
      const row = newest.get();
      return row === null ? null : text(row, "note");
    },
    async tile(level, index, width): Promise<Uint8Array | null> {
      const from = index * TILE_WIDTH;
      const found =
        level === 0 ? leaves.all(from, from + width) : nodes.all(level, from, from + width);
      if (found.length !== width) return null;
      const tile = new Uint8Array(width * HASH_BYTES);
      for (const [at, row] of found.entries()) {
        const hash = blob(row, "hash");
        if (hash.length !== HASH_BYTES) return null;
        tile.set(hash, at * HASH_BYTES);
      }
      return tile;
    },
    async bundle(index, width): Promise<Uint8Array | null> {
      const from = index * TILE_WIDTH;
      const found = contents.all(from, from + width);
      if (found.length !== width) return null;
      return encodeBundle(found.map((row) => blob(row, "bytes")));
    },
    async *checkpoints(): AsyncGenerator<string> {
      let after = -1;
      for (;;) {
        const found = notes.all(after, PAGE_ROWS);
        for (const row of found) yield text(row, "note");
        const last = found.at(-1);
        if (last === undefined) return;
        after = integer(last, "size");
      }
    },
    async body(digest): Promise<Uint8Array | null> {
      const row = bodies.get(digest);
      return row === null ? null : blob(row, "bytes");
    },
    entry(index): Uint8Array | null {
      const row = single.get(index);
      return row === null ? null : blob(row, "bytes");
    },
    *entries(from, to): IterableIterator<EntryRow> {
      for (let at = from; at < to; at += PAGE_ROWS) yield* rows(at, Math.min(to, at + PAGE_ROWS));
    },
    tail: (from) => rows(from, Number.MAX_SAFE_INTEGER),
  };
}
