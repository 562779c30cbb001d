import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { decodeBundle, type LogArchive, TILE_WIDTH } from "@bylaw/ledger";
import { openArchive, StoreError } from "@bylaw/store";
import { CommandError, EXIT } from "./exit.ts";

export interface ShownEntry {
  readonly index: number;
  readonly record: LedgerRecord;
}

/** The log of a data folder, read-only: a running gateway does not mind. */
export function archiveOf(folder: string): LogArchive & { close(): void } {
  try {
    return openArchive(folder);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof StoreError ? error.code : "log.unreadable";
    throw new CommandError(EXIT.usage, code, `no log can be read in \`${folder}\`: ${message}`);
  }
}

/** The public key that a data folder's log is verified with, and the name of the log in it. */
export function keyOf(folder: string): { readonly vkey: string; readonly origin: string } {
  try {
    const vkey = readFileSync(join(folder, "log.vkey"), "utf8").trim();
    return { vkey, origin: originOf(vkey) };
  } catch {
    const message = `no \`log.vkey\` in \`${folder}\`; name the key with --key`;
    throw new CommandError(EXIT.usage, "key.missing", message);
  }
}

/** The name in a verifier key (C2SP signed-note): everything before its first `+`. */
export function originOf(vkey: string): string {
  return vkey.split("+", 1)[0] ?? "";
}

/** The last `count` entries, oldest first. An entry that does not read is an error with its index. */
export async function lastEntries(
  archive: LogArchive,
  count: number,
): Promise<readonly ShownEntry[]> {
  const { size } = await archive.head();
  const from = Math.max(0, size - count);
  const shown: ShownEntry[] = [];
  for (let tile = Math.floor(from / TILE_WIDTH); tile * TILE_WIDTH < size; tile += 1) {
    const start = tile * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, size - start);
    const bytes = await archive.bundle(tile, width);
    const entries = bytes === null ? null : decodeBundle(bytes, width);
    if (entries === null || !entries.ok) throw unreadable(start);
    for (const [offset, entry] of entries.value.entries()) {
      if (start + offset < from) continue;
      shown.push({ index: start + offset, record: decoded(entry, start + offset) });
    }
  }
  return shown;
}

function decoded(entry: Uint8Array, index: number): LedgerRecord {
  try {
    return JSON.parse(Buffer.from(entry).toString("utf8")) as LedgerRecord;
  } catch {
    throw unreadable(index);
  }
}

function unreadable(index: number): CommandError {
  const message = `the log cannot be read at entry ${index}; run: bylaw audit verify`;
  return new CommandError(EXIT.no, "log.unreadable", message);
}
