import {
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
import { StoreError } from "./errors.ts";
import { TAIL_ENTRIES } from "./limits.ts";
import type { LogRows } from "./log-rows.ts";

/** One record to append, already encoded and within its size limit. */
export interface Append {
  readonly entry: Uint8Array;
  readonly body: { readonly digest: string; readonly bytes: Uint8Array } | null;
  /** Whether the record opens an action that needs a closing record. */
  readonly opens: boolean;
  /** Index of the intent that the record closes, or "earlier" for every one before it. */
  readonly closes: number | "earlier" | null;
}

/** Takes the rows of one log, within the caller's transactions. */
export interface LogSink {
  entry(index: number, leaf: Uint8Array, bytes: Uint8Array): void;
  node(level: number, index: number, hash: Uint8Array): void;
  body(digest: string, bytes: Uint8Array): void;
  open(index: number): void;
  close(index: number): void;
  /** Closes every intent that is open now. */
  closeAll(): void;
  head(size: number, root: Uint8Array): void;
  checkpoint(size: number, note: string): void;
}

/** Appends to the log within the caller's transactions. */
export interface LogWriter {
  /** Index of the new entry, recorded once the transaction around it has committed. */
  append(append: Append): number;
  /** Writes the head; the last step of a transaction that appended. */
  seal(): void;
  /** Signs the present size, unless that is signed already; returns the newest checkpoint. */
  checkpoint(): string;
  size(): number;
  /** Whether the log has exactly this entry at this index. */
  holds(index: number, entry: Uint8Array): Promise<boolean>;
  /** Size that the newest checkpoint covers; -1 when nothing was ever signed. */
  signed(): number;
}

/**
 * Continues a log. Everything that later appends rest on is checked against the entries first:
 * throws `ledger.corrupt` when the rows do not add up, since signing on top of them would vouch for
 * what nobody can check any more.
 */
export async function openLogWriter(
  rows: LogRows,
  sink: LogSink,
  signer: NoteSigner,
): Promise<LogWriter> {
  const head = await rows.head();
  const tree = await verifiedTree(rows, head);
  let newest = await lastSigned(rows, head, signer);

  function append({ entry, body, opens, closes }: Append): number {
    const index = tree.size();
    const leaf = leafHash(entry);
    sink.entry(index, leaf, entry);
    for (const node of tree.append(leaf)) sink.node(node.level, node.index, node.hash);
    if (body !== null) sink.body(body.digest, body.bytes);
    if (closes === "earlier") sink.closeAll();
    else if (closes !== null) sink.close(closes);
    if (opens) sink.open(index);
    return index;
  }

  function checkpoint(): string {
    const size = tree.size();
    if (newest?.size === size) return newest.note;
    const note = signCheckpoint({ origin: signer.name, size, root: tree.root() }, signer);
    sink.checkpoint(size, note);
    newest = { size, note };
    return note;
  }

  return {
    append,
    seal: () => sink.head(tree.size(), tree.root()),
    checkpoint,
    size: () => tree.size(),
    async holds(index, entry): Promise<boolean> {
      const found = index < tree.size() ? await rows.entry(index) : null;
      return found !== null && sameBytes(found, entry);
    },
    signed: () => newest?.size ?? -1,
  };
}

/** The tree of all entries, once the tail re-hashes and the root is the one in the head. */
async function verifiedTree(rows: LogRows, head: Pick<Checkpoint, "size" | "root">): Promise<Tree> {
  const from = Math.max(0, head.size - TAIL_ENTRIES);
  const tail = await rows.tail(from);
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

/** The newest checkpoint, once it is known to be ours and a prefix of this log. */
async function lastSigned(
  rows: LogRows,
  head: Pick<Checkpoint, "size" | "root">,
  signer: NoteSigner,
): Promise<{ readonly size: number; readonly note: string } | null> {
  const newest = await rows.signed();
  if (newest === null) return null;
  const key = parseVerifierKey(signer.vkey);
  const opened = key.ok ? openCheckpoint(newest.note, signer.name, [key.value]) : key;
  if (!opened.ok || opened.value.size > head.size || opened.value.size !== newest.size)
    throw new StoreError("ledger.corrupt", "the last checkpoint does not belong to this log");
  const root = await rootAt(tileSubtrees(rows, head.size), opened.value.size);
  if (!root.ok || !sameBytes(root.value, opened.value.root))
    throw new StoreError("ledger.corrupt", "the log is not a continuation of its last checkpoint");
  return newest;
}
