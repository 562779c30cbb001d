import type { ClientBase } from "pg";
import { StoreError } from "../errors.ts";
import type { LogSink } from "../log-writer.ts";

const HEAD = "update head set size = $2, root = $3 where log = $1 and size = $4";
const ENTRIES = `insert into entry (log, idx, leaf, bytes)
  select $1, * from unnest($2::bigint[], $3::bytea[], $4::bytea[])`;
const NODES = `insert into node (log, level, idx, hash)
  select $1, * from unnest($2::bigint[], $3::bigint[], $4::bytea[])`;
const BODIES = `insert into body (log, digest, bytes)
  select $1, * from unnest($2::text[], $3::bytea[]) on conflict do nothing`;
const OPENED = "insert into open_intent (log, idx) select $1, * from unnest($2::bigint[])";
const CLOSED = "delete from open_intent where log = $1 and idx = any($2::bigint[])";
const CLOSED_ALL = "delete from open_intent where log = $1";
const CHECKPOINT = "insert into checkpoint (log, size, note) values ($1, $2, $3)";

/** Rows of one transaction, collected so that a batch costs a few statements however large it is. */
export interface CollectingSink extends LogSink {
  /** Writes what was collected. In: the size that the head must still have. */
  flush(client: ClientBase, before: number): Promise<void>;
}

export function collectingSink(log: number): CollectingSink {
  let rows = empty();

  return {
    entry: (index, leaf, bytes) => void rows.entries.push([index, leaf, bytes]),
    node: (level, index, hash) => void rows.nodes.push([level, index, hash]),
    body: (digest, bytes) => void rows.bodies.push([digest, bytes]),
    open: (index) => void rows.opened.add(index),
    close(index): void {
      if (!rows.opened.delete(index)) rows.closed.push(index);
    },
    closeAll(): void {
      rows.closedAll = true;
      rows.opened.clear();
      rows.closed = [];
    },
    head(size, root): void {
      rows.head = { size, root };
    },
    checkpoint: (size, note) => void rows.checkpoints.push([size, note]),
    async flush(client, before): Promise<void> {
      const { head, entries, nodes, bodies, opened, closed, closedAll, checkpoints } = rows;
      rows = empty();
      // First, and only from the size that this process believes in: whoever else writes this log
      // waits for the row and then finds another size.
      if (head !== null) {
        const values = [log, head.size, Buffer.from(head.root), before];
        const { rowCount } = await client.query({ name: "bylaw_head", text: HEAD, values });
        if (rowCount !== 1)
          throw new StoreError("store.owned", "another process writes to this gateway's log");
      }
      const run = async (name: string, text: string, ...values: unknown[]): Promise<void> =>
        void (await client.query({ name: `bylaw_${name}`, text, values: [log, ...values] }));
      if (entries.length > 0)
        await run("entries", ENTRIES, column(entries, 0), bytes(entries, 1), bytes(entries, 2));
      if (nodes.length > 0)
        await run("nodes", NODES, column(nodes, 0), column(nodes, 1), bytes(nodes, 2));
      if (bodies.length > 0) await run("bodies", BODIES, column(bodies, 0), bytes(bodies, 1));
      if (closedAll) await run("closed_all", CLOSED_ALL);
      if (closed.length > 0) await run("closed", CLOSED, closed);
      if (opened.size > 0) await run("opened", OPENED, [...opened]);
      for (const [size, note] of checkpoints) await run("checkpoint", CHECKPOINT, size, note);
    },
  };
}

interface Rows {
  readonly entries: [index: number, leaf: Uint8Array, bytes: Uint8Array][];
  readonly nodes: [level: number, index: number, hash: Uint8Array][];
  readonly bodies: [digest: string, bytes: Uint8Array][];
  readonly opened: Set<number>;
  closed: number[];
  closedAll: boolean;
  head: { readonly size: number; readonly root: Uint8Array } | null;
  readonly checkpoints: [size: number, note: string][];
}

function empty(): Rows {
  return {
    entries: [],
    nodes: [],
    bodies: [],
    opened: new Set(),
    closed: [],
    closedAll: false,
    head: null,
    checkpoints: [],
  };
}

function column(rows: readonly (readonly unknown[])[], at: number): unknown[] {
  return rows.map((row) => row[at]);
}

function bytes(rows: readonly (readonly unknown[])[], at: number): Buffer[] {
  return rows.map((row) => Buffer.from(row[at] as Uint8Array));
}
