import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { createPrivate } from "./driver.ts";
import { StoreError } from "./errors.ts";

/** Held by the one process that may write to a data folder. */
export interface Ownership {
  release(): void;
}

/**
 * Takes the data folder for this process, or throws `store.owned` with the owner's pid.
 *
 * The lock is the operating system's own, held through an exclusive transaction on a file that
 * holds nothing: it goes with the process however that ends, so there is no stale lock to detect.
 * The pid file beside it only says whom to ask. (A lock file that is read or deleted by its rivals
 * would race; one on the log itself would shut out readers.)
 */
export function takeOwnership(folder: string): Ownership {
  const pidFile = join(folder, "owner.pid");
  const lockFile = join(folder, "owner.lock");
  createPrivate(lockFile);
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new StoreError("store.owned", `the data folder belongs to process ${ownerOf(pidFile)}`);
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return { release: () => lock.close() };
}

function ownerOf(pidFile: string): string {
  try {
    return readFileSync(pidFile, "utf8").trim();
  } catch {
    return "unknown"; // the owner has taken the lock and not written its pid yet
  }
}
