import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 65_536;

/** A file that a person named is larger than what is read of it. */
export class InputTooLarge extends Error {
  constructor(file: string, max: number) {
    super(`\`${file}\` has more than ${max} bytes`);
  }
}

/**
 * The text of a file, a pipe or a device that a person has named, whatever its size says: a device
 * such as `/dev/zero` has none and no end. Throws InputTooLarge, or what the file system does.
 */
export function readInput(file: string, maxBytes: number): string {
  const fd = openSync(file, "r");
  try {
    const chunks: Buffer[] = [];
    for (let total = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(fd, chunk, 0, CHUNK_BYTES, null);
      if (read === 0) return Buffer.concat(chunks).toString("utf8");
      total += read;
      if (total > maxBytes) throw new InputTooLarge(file, maxBytes);
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}
