import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { decodeFrame, type Frame } from "./journal-frame.ts";
import { JOURNAL_BYTES } from "./limits.ts";

/** Two, so that one can be written while what the other holds goes into the database. */
export const JOURNAL_FILES = ["journal.0", "journal.1"] as const;

/**
 * Makes both files anew, empty and with room already taken from the disk: writing within it needs no
 * change of the file's own record, which makes syncing it cheap. New files, since after a failed fsync
 * the kernel holds pages of the old ones for clean that never reached the disk.
 */
export function createJournal(folder: string): void {
  for (const name of JOURNAL_FILES) {
    const path = join(folder, name);
    rmSync(path, { force: true });
    const file = openSync(path, "wx", 0o600);
    try {
      writeFileSync(file, new Uint8Array(JOURNAL_BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  syncFolder(folder);
}

/** A new file is found again after power loss only once its folder is on disk. Not needed on Windows. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * What the journal of a folder holds, each file in order and the older one first. Within a file entries
 * have consecutive numbers: what follows the last of them is of an earlier round, or was cut off.
 */
export function readJournal(folder: string): readonly Frame[] {
  return JOURNAL_FILES.map((name) => framesIn(join(folder, name)))
    .sort((one, other) => (one[0]?.index ?? 0) - (other[0]?.index ?? 0))
    .flat();
}

/** Number of the last entry of each file that has any. */
export function lastEntries(folder: string): readonly number[] {
  return JOURNAL_FILES.flatMap((name) => framesIn(join(folder, name)).at(-1)?.index ?? []);
}

function framesIn(path: string): readonly Frame[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const frames: Frame[] = [];
  for (let at = 0; ; ) {
    const frame = decodeFrame(bytes, at);
    const last = frames.at(-1);
    if (frame === null || (last !== undefined && frame.index !== last.index + 1)) return frames;
    frames.push(frame);
    at += frame.length;
  }
}
