import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./errors.ts";
import { RESERVE_BYTES, RESUME_FREE_BYTES } from "./limits.ts";

const BLOCK_BYTES = 65_536;

/**
 * Makes the file whose only use is its size: deleted when the disk is full, it leaves room to fold
 * the write-ahead log back in and to read and close the store properly.
 *
 * Throws `ledger.unavailable` where there is no room for it and for a while of work besides: a store
 * that went on with less would be full again at once.
 */
export function ensureReserve(folder: string): void {
  const path = pathOf(folder);
  if (existsSync(path)) return;
  const file = openSync(path, "wx", 0o600);
  try {
    // Written, since a hole in a file reserves nothing.
    const block = new Uint8Array(BLOCK_BYTES).fill(0xff);
    for (let at = 0; at < RESERVE_BYTES; at += BLOCK_BYTES) writeSync(file, block);
    fsyncSync(file);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < RESUME_FREE_BYTES) throw new StoreError("ledger.unavailable", FULL);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Gives the reserved room back to the disk. Never throws: it is called when all else failed. */
export function releaseReserve(folder: string): void {
  try {
    rmSync(pathOf(folder), { force: true });
  } catch {
    // A folder that is gone has nothing to give back.
  }
}

const FULL = "the disk is full";

function pathOf(folder: string): string {
  return join(folder, "reserve");
}
