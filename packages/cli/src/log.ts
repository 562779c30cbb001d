import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogArchive } from "@bylaw/ledger";
import { openArchive, StoreError } from "@bylaw/store";
import { CommandError, EXIT } from "./exit.ts";

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

/** Runs a command on the log of a data folder and lets go of it, however that ends. */
export async function withArchive<T>(
  folder: string,
  work: (archive: LogArchive) => Promise<T>,
): Promise<T> {
  const archive = archiveOf(folder);
  try {
    return await work(archive);
  } finally {
    archive.close();
  }
}
