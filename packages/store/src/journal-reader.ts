import { closeSync, fdatasyncSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./errors.ts";
import { JOURNAL_FILES } from "./journal-files.ts";
import { decodeFrame, type Frame, frameLength } from "./journal-frame.ts";
import { BATCH_WRITES_MAX } from "./limits.ts";

const CHUNK_BYTES = 262_144;

/** Follows the journal that the other thread writes. */
export interface JournalReader {
  /**
   * Some of the next entries before `written` (modulo 2^32); none when all were taken. They hold until the
   * next call. Throws `ledger.unavailable` when the files do not have what was written.
   */
  take(written: number): readonly Frame[];
  /** Puts what is in the file that was read last on disk; the other one was synced before this was begun. */
  sync(): void;
  close(): void;
}

interface Place {
  readonly file: number;
  readonly position: number;
}

/** In: the number of the entry that comes first. */
export function followJournal(folder: string, first: number): JournalReader {
  // Open for writing as well: some systems sync only what may be written.
  const files = JOURNAL_FILES.map((name) => openSync(join(folder, name), "r+"));
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let next = first;
  let place: Place = { file: 0, position: 0 };

  function framesAt({ file, position }: Place, written: number): readonly Frame[] {
    const fd = files[file] as number;
    const bytes = whole(
      fd,
      position,
      chunk.subarray(0, readSync(fd, chunk, 0, CHUNK_BYTES, position)),
    );
    const frames: Frame[] = [];
    for (let at = 0; frames.length < BATCH_WRITES_MAX; ) {
      const expected = next + frames.length;
      const frame = (expected | 0) === written ? null : decodeFrame(bytes, at);
      if (frame === null || frame.index !== expected) break;
      frames.push(frame);
      at += frame.length;
    }
    return frames;
  }

  return {
    take(written): readonly Frame[] {
      if ((next | 0) === written) return [];
      // The writer goes on behind the last entry, or at the beginning of either file.
      const places = [
        place,
        { file: place.file, position: 0 },
        { file: 1 - place.file, position: 0 },
      ];
      for (const { file, position } of places) {
        const frames = framesAt({ file, position }, written);
        if (frames.length === 0) continue;
        next += frames.length;
        place = { file, position: frames.reduce((end, { length }) => end + length, position) };
        return frames;
      }
      throw new StoreError(
        "ledger.unavailable",
        "the journal does not have what was written to it",
      );
    },
    sync: () => fdatasyncSync(files[place.file] as number),
    close: () => files.forEach(closeSync),
  };
}

/** More of the file where the first entry is larger than the chunk. */
function whole(fd: number, position: number, bytes: Buffer): Buffer {
  const length = frameLength(bytes, 0);
  if (length <= bytes.length || position + length > fstatSync(fd).size) return bytes;
  const all = Buffer.alloc(length);
  readSync(fd, all, 0, length, position);
  return all;
}
