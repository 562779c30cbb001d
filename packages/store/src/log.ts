import type { LedgerRecord } from "@bylaw/core";
import {
  bodyDigest,
  encodeRecord,
  type LogArchive,
  leafHash,
  type NoteSigner,
  parseCheckpoint,
  signNote,
} from "@bylaw/ledger";
import { StoreError } from "./errors.ts";
import type { EntryRow, LogRows } from "./log-rows.ts";
import type { Append } from "./log-writer.ts";
import type { WriterClient } from "./writes.ts";

/** How safe a record must be before its append resolves. */
export type Durability =
  /** As `write`, a millisecond later: for what nobody waits for. */
  | "soon"
  /** Survives a crash of the process; on disk within 25 ms. */
  | "write"
  /** Survives power loss. */
  | "sync";

/** A document kept beside the log in the same transaction; the record names it by digest. */
export interface Body {
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** Where a record stands, and the hash that the tree has for it. */
export interface Appended {
  readonly index: number;
  /** RFC 6962 leaf hash. */
  readonly leaf: Uint8Array;
}

/** The tamper-evident log of this gateway. */
export interface Log {
  /** Names the log in its checkpoints. */
  readonly origin: string;
  /** The public key that others verify checkpoints with. */
  readonly vkey: string;
  /**
   * Appends a record. Rejects, and has acknowledged nothing, with a StoreError: `entry.too_large` (over
   * 65,535 bytes), `body.digest`, or `ledger.unavailable`; after the last the log may have the record.
   */
  append(record: LedgerRecord, durability: Durability, body: Body | null): Promise<Appended>;
  size(): Promise<number>;
  /** RFC 6962 root of all entries. */
  root(): Promise<Uint8Array>;
  /** Bytes of one entry; null beyond the end. */
  entry(index: number): Promise<Uint8Array | null>;
  /** Entries [from, to) in order, as they are when they are read. */
  entries(from: number, to: number): AsyncIterableIterator<EntryRow>;
  body(digest: string): Promise<Uint8Array | null>;
  /**
   * Index of the first intent of an earlier run that nothing has closed, as a start record names
   * it; the next index when there is none.
   */
  unclosed(): Promise<number>;
  /** Signs everything recorded so far; returns the signed note. */
  checkpoint(): Promise<string>;
  /**
   * Signs another document of this gateway with the log's key. In: text that ends in a newline; a
   * text that reads as a checkpoint throws, since a checkpoint is a promise about the log.
   */
  sign(text: string): string;
  /** The log as verifiers and proof makers read it. */
  archive(): LogArchive;
}

export function createLog(writer: WriterClient, rows: LogRows, signer: NoteSigner): Log {
  async function append(
    record: LedgerRecord,
    durability: Durability,
    body: Body | null,
  ): Promise<Appended> {
    const entry = encodeRecord(record);
    if (!entry.ok) throw new StoreError("entry.too_large", entry.error.message);
    if (body !== null && bodyDigest(body.bytes) !== body.digest)
      throw new StoreError("body.digest", `the body is not what \`${body.digest}\` names`);
    const input: Append = { entry: entry.value, body, ...linkOf(record) };
    const index = await writer.append(input, durability);
    return { index, leaf: leafHash(entry.value) };
  }

  return {
    origin: signer.name,
    vkey: signer.vkey,
    append,
    size: async () => (await rows.head()).size,
    root: async () => (await rows.head()).root,
    entry: (index) => rows.entry(index),
    entries: (from, to) => rows.entries(from, to),
    body: (digest) => rows.body(digest),
    unclosed: async () => (await rows.firstOpen()) ?? (await rows.head()).size,
    checkpoint: () => writer.call("checkpoint", null, true),
    sign(text): string {
      if (parseCheckpoint(text).ok) throw new RangeError("only the log signs its checkpoints");
      return signNote(text, [signer]);
    },
    archive: () => asArchive(rows),
  };
}

/** Which action a record opens or closes: kept as rows, so that a start need not read the log. */
function linkOf(record: LedgerRecord): Pick<Append, "opens" | "closes"> {
  switch (record.kind) {
    case "intent":
      return { opens: true, closes: null };
    case "outcome":
      return { opens: false, closes: record.intent };
    case "start":
      return { opens: false, closes: "earlier" };
    default:
      return { opens: false, closes: null };
  }
}

export function asArchive(rows: LogRows): LogArchive {
  return {
    last: () => rows.last(),
    checkpoint: () => rows.checkpoint(),
    tile: (level, index, width) => rows.tile(level, index, width),
    bundle: (index, width) => rows.bundle(index, width),
    checkpoints: () => rows.checkpoints(),
    body: (digest) => rows.body(digest),
    head: () => rows.head(),
  };
}
