import {
  type Checkpoint,
  encodeBundle,
  HASH_BYTES,
  type LogArchive,
  TILE_WIDTH,
} from "@bylaw/ledger";
import { type Kysely, type RawBuilder, sql } from "kysely";
import { StoreError } from "./errors.ts";
import { PAGE_ROWS } from "./limits.ts";
import { type Dialect, query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, first, type Read } from "./work.ts";

export interface EntryRow {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The log as rows; as a LogArchive it hides that there are any. */
export interface LogRows extends LogArchive {
  entry(index: number): Promise<Uint8Array | null>;
  /** Entries [from, to) in order, read a page at a time. */
  entries(from: number, to: number): AsyncIterableIterator<EntryRow>;
  /** Every entry row from `from` on, also those that the head does not count. */
  tail(from: number): Promise<readonly EntryRow[]>;
  /** The newest checkpoint with the size it is filed under. */
  signed(): Promise<{ readonly size: number; readonly note: string } | null>;
  /** Index of the first intent that nothing has closed; null when there is none. */
  firstOpen(): Promise<number | null>;
}

interface Range {
  log: number;
  from: number;
  to: number;
  [name: string]: number;
}
type InLog<T> = { log: number } & T;

/**
 * A whole tile or bundle as one row, its values in order one behind the other: a row for each takes twice as
 * long to read. SQLite joins what it is given as it comes (its `ORDER BY` inside the call sorts copies of all
 * values, which takes three times as long), and is given it in order.
 */
const JOINED: Readonly<Record<Dialect, (column: "leaf" | "bytes") => RawBuilder<Uint8Array>>> = {
  sqlite: (column) => sql`cast(group_concat(${sql.ref(column)}, '') as blob)`,
  postgres: (column) => sql`string_agg(${sql.ref(column)}, '' order by idx)`,
};
/** Bytes of each entry, in order. */
const LENGTHS: Readonly<Record<Dialect, RawBuilder<string>>> = {
  sqlite: sql`group_concat(length(bytes), ',')`,
  postgres: sql`string_agg(length(bytes)::text, ',' order by idx)`,
};

/** Entries of a range, in order. */
const inOrder = (db: Kysely<Tables>, p: Range) =>
  db
    .selectFrom("entry")
    .select(["idx", "leaf", "bytes"])
    .where("log", "=", p.log)
    .where("idx", ">=", p.from)
    .where("idx", "<", p.to)
    .orderBy("idx")
    .as("ordered");

const HEAD = query<{ log: number }>()((db, p) =>
  db.selectFrom("head").select(["size", "root"]).where("log", "=", p.log),
);
const PAGE = query<Range>()((db, p) =>
  db
    .selectFrom("entry")
    .select(["idx as index", "leaf", "bytes"])
    .where("log", "=", p.log)
    .where("idx", ">=", p.from)
    .where("idx", "<", p.to)
    .orderBy("idx"),
);
const LEAVES = query<Range>()((db, p, dialect) =>
  db
    .selectFrom(inOrder(db, p))
    .select(JOINED[dialect]("leaf").as("hashes"))
    .having(sql<number>`count(*)`, ">", 0),
);
const NODES = query<InLog<{ level: number; from: number; to: number }>>()((db, p) =>
  db
    .selectFrom("node")
    .select("hash")
    .where("log", "=", p.log)
    .where("level", "=", p.level)
    .where("idx", ">=", p.from)
    .where("idx", "<", p.to)
    .orderBy("idx"),
);
const CONTENTS = query<Range>()((db, p, dialect) =>
  db
    .selectFrom(inOrder(db, p))
    .select([JOINED[dialect]("bytes").as("entries"), LENGTHS[dialect].as("lengths")])
    .having(sql<number>`count(*)`, ">", 0),
);
const LAST = query<{ log: number }>()((db, p) =>
  db.selectFrom("entry").select("idx").where("log", "=", p.log).orderBy("idx", "desc").limit(1),
);
const NOTES = query<InLog<{ after: number }>>()((db, p) =>
  db
    .selectFrom("checkpoint")
    .select(["size", "note"])
    .where("log", "=", p.log)
    .where("size", ">", p.after)
    .orderBy("size")
    .limit(sql.lit(PAGE_ROWS)),
);
const NEWEST = query<{ log: number }>()((db, p) =>
  db
    .selectFrom("checkpoint")
    .select(["size", "note"])
    .where("log", "=", p.log)
    .orderBy("size", "desc")
    .limit(1),
);
const BODY = query<InLog<{ digest: string }>>()((db, p) =>
  db.selectFrom("body").select("bytes").where("log", "=", p.log).where("digest", "=", p.digest),
);
const FIRST_OPEN = query<{ log: number }>()((db, p) =>
  db.selectFrom("open_intent").select("idx").where("log", "=", p.log).orderBy("idx").limit(1),
);

/** Takes apart what stands one behind the other. */
function cut(joined: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return joined.subarray(end - length, end);
  });
}

/**
 * Reads one log. A tile or bundle with a missing row is missing as a whole: indices are unique, so
 * the count of a range, or the length of its hashes, shows every gap.
 */
export function logRows(read: Read, log: number): LogRows {
  const page = (from: number, to: number): Promise<readonly EntryRow[]> =>
    read(all(PAGE, { log, from, to }));

  return {
    async head(): Promise<Pick<Checkpoint, "size" | "root">> {
      const head = await read(first(HEAD, { log }));
      if (head === null) throw new StoreError("ledger.corrupt", "the log has no head");
      return head;
    },
    last: async () => (await read(first(LAST, { log })))?.idx ?? -1,
    checkpoint: async () => (await read(first(NEWEST, { log })))?.note ?? null,
    signed: () => read(first(NEWEST, { log })),
    firstOpen: async () => (await read(first(FIRST_OPEN, { log })))?.idx ?? null,
    async tile(level, index, width): Promise<Uint8Array | null> {
      const from = index * TILE_WIDTH;
      const to = from + width;
      if (level === 0) {
        const leaves = (await read(first(LEAVES, { log, from, to })))?.hashes;
        return leaves?.length === width * HASH_BYTES ? leaves : null;
      }
      const found = await read(all(NODES, { log, level, from, to }));
      if (found.length !== width) return null;
      const tile = new Uint8Array(width * HASH_BYTES);
      for (const [at, { hash }] of found.entries()) {
        if (hash.length !== HASH_BYTES) return null;
        tile.set(hash, at * HASH_BYTES);
      }
      return tile;
    },
    async bundle(index, width): Promise<Uint8Array | null> {
      const from = index * TILE_WIDTH;
      const found = await read(first(CONTENTS, { log, from, to: from + width }));
      const entries =
        found === null ? [] : cut(found.entries, found.lengths.split(",").map(Number));
      return entries.length === width ? encodeBundle(entries) : null;
    },
    async *checkpoints(): AsyncGenerator<string> {
      let after = -1;
      for (;;) {
        const found = await read(all(NOTES, { log, after }));
        for (const { note } of found) yield note;
        const last = found.at(-1);
        if (last === undefined) return;
        after = last.size;
      }
    },
    body: async (digest) => (await read(first(BODY, { log, digest })))?.bytes ?? null,
    async entry(index): Promise<Uint8Array | null> {
      const rows = await read(all(CONTENTS, { log, from: index, to: index + 1 }));
      return rows[0]?.entries ?? null;
    },
    async *entries(from, to): AsyncGenerator<EntryRow> {
      for (let at = from; at < to; at += PAGE_ROWS)
        yield* await page(at, Math.min(to, at + PAGE_ROWS));
    },
    tail: (from) => page(from, Number.MAX_SAFE_INTEGER),
  };
}
