import { gunzipSync } from "node:zlib";

const BLOCK_BYTES = 512;
const ARCHIVE_BYTES_MAX = 64 * 1024 * 1024;

/** The regular files of a gzipped tar archive (ustar, GNU long names), by name. Throws for anything it does not read. */
export function readTarGz(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const archive = gunzipSync(bytes, { maxOutputLength: ARCHIVE_BYTES_MAX });
  const files = new Map<string, Uint8Array>();
  let longName: string | null = null;
  for (let at = 0; at + BLOCK_BYTES <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(field(header, 124, 12), 8);
    const type = field(header, 156, 1);
    const body = archive.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + size);
    if (type === "L") longName = field(body, 0, size);
    else if (type === "0" || type === "") {
      files.set(longName ?? name(header), body);
      longName = null;
    } else if (type !== "5") throw new Error(`archive member of type \`${type}\``);
    at += BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}

function name(header: Buffer): string {
  const prefix = field(header, 345, 155);
  return prefix === "" ? field(header, 0, 100) : `${prefix}/${field(header, 0, 100)}`;
}

function field(header: Buffer, from: number, length: number): string {
  const text = header.toString("latin1", from, from + length);
  return (text.split("\0")[0] ?? "").trim();
}
