import {
  bodyDigest,
  type Checkpoint,
  leafHash,
  type NoteSigner,
  openCheckpoint,
  parseVerifierKey,
  rootAt,
  sameBytes,
  signCheckpoint,
  type Tree,
  tileSubtrees,
  treeAt,
} from "@bylaw/ledger";
import { integer, one, type SqliteDriver, type Statement, text } from "./driver.ts";
import { StoreError } from "./errors.ts";
import { TAIL_ENTRIES } from "./limits.ts";
import { type LogRows, logRows } from "./log-rows.ts";

/** One record to append, already encoded and within its size limit. */
export interface Append {
  readonly entry: Uint8Array;
  readonly body: { readonly digest: string; readonly bytes: Uint8Array } | null;
  /** Whether the record opens an action that needs a closing record. */
  readonly opens: boolean;
  /** Index of the intent that the record closes, or "earlier" for every one before it. */
  readonly closes: number | "earlier" | null;
}

/** Appends to the log within the caller's transactions. */
export interface LogWriter {
  /**
   * Index of the new entry, recorded once the transaction around it has committed; `body.digest`,
   * and nothing changed, when the body is not what its digest names.
   */
  append(append: Append): number | "body.digest";
  /** Writes the head; the last step of a transaction that appended. */
  seal(): void;
  /** Signs the present size, unless that is signed already; returns the newest checkpoint. */
  checkpoint(): string;
  size(): number;
  /** Whether the log has exactly this entry at this index. */
  holds(index: number, entry: Uint8Array): boolean;
  /** Size that the newest checkpoint covers; -1 when nothing was ever signed. */
  signed(): number;
}

/**
 * Continues the log in this database. Everything that later appends rest on is checked against the
 * entries first: throws `ledger.corrupt` when the rows do not add up, since signing on top of them
 * would vouch for what nobody can check any more.
 */
export async function openLogWriter(db: SqliteDriver, signer: NoteSigner): Promise<LogWriter> {
  const rows = logRows(db);
  const head = rows.head();
  const tree = await verifiedTree(rows, head);
  let signed = await lastSigned(db, rows, head, signer);
  const statements = prepare(db);

  function append({ entry, body, opens, closes }: Append): number | "body.digest" {
    if (body !== null && bodyDigest(body.bytes) !== body.digest) return "body.digest";
    const index = tree.size();
    const leaf = leafHash(entry);
    statements.entry.run(index, leaf, entry);
    for (const node of tree.append(leaf)) statements.node.run(node.level, node.index, node.hash);
    if (body !== null) statements.body.run(body.digest, body.bytes);
    if (closes === "earlier") statements.closeAll.run();
    else if (closes !== null) statements.close.run(closes);
    if (opens) statements.open.run(index);
    return index;
  }

  function checkpoint(): string {
    const size = tree.size();
    if (size !== signed) {
      const note = signCheckpoint({ origin: signer.name, size, root: tree.root() }, signer);
      statements.checkpoint.run(size, note);
      signed = size;
      return note;
    }
    return text(one(db, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"), "note");
  }

  return {
    append,
    seal: () => void statements.head.run(tree.size(), tree.root()),
    checkpoint,
    size: () => tree.size(),
    holds(index, entry): boolean {
      const found = index < tree.size() ? rows.entry(index) : null;
      return found !== null && sameBytes(found, entry);
    },
    signed: () => signed,
  };
}

function prepare(
  db: SqliteDriver,
): Readonly<
  Record<
    "entry" | "node" | "body" | "open" | "close" | "closeAll" | "head" | "checkpoint",
    Statement
  >
> {
  return {
    entry: db.prepare("INSERT INTO entry (idx, leaf, bytes) VALUES (?, ?, ?)"),
    node: db.prepare("INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)"),
    body: db.prepare("INSERT INTO body (digest, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING"),
    open: db.prepare("INSERT INTO open_intent (idx) VALUES (?)"),
    close: db.prepare("DELETE FROM open_intent WHERE idx = ?"),
    closeAll: db.prepare("DELETE FROM open_intent"),
    head: db.prepare("UPDATE head SET size = ?, root = ? WHERE id = 1"),
    checkpoint: db.prepare("INSERT INTO checkpoint (size, note) VALUES (?, ?)"),
  };
}

/** The tree of all entries, once the tail re-hashes and the root is the one in the head. */
async function verifiedTree(rows: LogRows, head: Pick<Checkpoint, "size" | "root">): Promise<Tree> {
  const from = Math.max(0, head.size - TAIL_ENTRIES);
  const tail = rows.tail(from);
  const sound = tail.every(
    ({ index, leaf, bytes }, at) => index === from + at && sameBytes(leafHash(bytes), leaf),
  );
  const tree = await treeAt(tileSubtrees(rows, head.size), head.size);
  if (!sound || tail.length !== head.size - from || !tree.ok)
    throw new StoreError("ledger.corrupt", "the last entries are not what was recorded");
  if (!sameBytes(tree.value.root(), head.root))
    throw new StoreError("ledger.corrupt", "the tree does not have the recorded root");
  return tree.value;
}

/** Size of the newest checkpoint, once it is known to be ours and a prefix of this log. */
async function lastSigned(
  db: SqliteDriver,
  rows: LogRows,
  head: Pick<Checkpoint, "size" | "root">,
  signer: NoteSigner,
): Promise<number> {
  const row = db.prepare("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").get();
  if (row === null) return -1;
  const key = parseVerifierKey(signer.vkey);
  const opened = key.ok ? openCheckpoint(text(row, "note"), signer.name, [key.value]) : key;
  if (!opened.ok || opened.value.size > head.size || opened.value.size !== integer(row, "size"))
    throw new StoreError("ledger.corrupt", "the last checkpoint does not belong to this log");
  const root = await rootAt(tileSubtrees(rows, head.size), opened.value.size);
  if (!root.ok || !sameBytes(root.value, opened.value.root))
    throw new StoreError("ledger.corrupt", "the log is not a continuation of its last checkpoint");
  return opened.value.size;
}
