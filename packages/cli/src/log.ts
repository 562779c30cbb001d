import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogArchive } from "@bylaw/ledger";
import { databaseAddress } from "@bylaw/server/log";
import { isShared, openArchive, openSharedArchive, StoreError } from "@bylaw/store";
import { CommandError, EXIT } from "./exit.ts";

/** A log to read; `close` lets go of it. */
export type OpenArchive = LogArchive & { close(): void | Promise<void> };

/**
 * The log of a data folder, read-only: a running gateway does not mind. Entries that are in
 * PostgreSQL are found through the configuration that names it.
 */
export async function archiveOf(folder: string): Promise<OpenArchive> {
  try {
    return isShared(folder)
      ? await openSharedArchive(folder, await address(folder))
      : openArchive(folder);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof StoreError ? error.code : "log.unreadable";
    throw new CommandError(EXIT.usage, code, `no log can be read in \`${folder}\`: ${message}`);
  }
}

/** Address of the database that a data folder's gateway shares; null where it has its own. Throws CommandError. */
export async function databaseOf(folder: string): Promise<string | null> {
  return isShared(folder) ? address(folder) : null;
}

async function address(folder: string): Promise<string> {
  const { readConfig } = await import("./read-config.ts"); // most logs are in their folder
  const found = databaseAddress(readConfig(undefined).store.postgres);
  if (found.ok && found.value !== null) return found.value;
  const why = found.ok ? "name the configuration that says where with $BYLAW_CONFIG" : found.error;
  const message = `the log of \`${folder}\` is in PostgreSQL; ${why}`;
  throw new CommandError(EXIT.usage, "store.postgres_url", message);
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
  const archive = await archiveOf(folder);
  try {
    return await work(archive);
  } finally {
    await archive.close();
  }
}
