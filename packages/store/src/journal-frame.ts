import { crc32 } from "node:zlib";
import type { Append } from "./log-writer.ts";

/** One entry of the journal: what is to be appended, and at which index. */
export interface Frame {
  readonly index: number;
  readonly append: Append;
  /** Bytes that the frame takes. */
  readonly length: number;
}

/**
 * Offsets of the fixed part, all integers little-endian: a checksum of everything after it, the bytes
 * after these eight, the index, what the record closes, whether it opens, and the lengths of what
 * follows: the entry, the digest of its body, and the body.
 */
const CHECKSUM = 0;
const LENGTH = 4;
const INDEX = 8;
const CLOSES = 14;
const OPENS = 20;
const ENTRY_LENGTH = 21;
const DIGEST_LENGTH = 25;
const BODY_LENGTH = 27;
const HEADER_BYTES = 31;
/** The checksum and the length itself. */
const UNCOUNTED = 8;
const INTEGER_BYTES = 6;
const NOTHING = new Uint8Array(0);

/** `closes` of a record that closes nothing, and of one that closes all before it: no index is as high. */
const CLOSES_NOTHING = 2 ** 48 - 1;
const CLOSES_EARLIER = 2 ** 48 - 2;

/** Bytes that a frame of this takes. */
export function frameBytes({ entry, body }: Append): number {
  const beside = body === null ? 0 : body.digest.length + body.bytes.length;
  return HEADER_BYTES + entry.length + beside;
}

/** Writes a frame over the whole of a buffer that is as long as `frameBytes` says. */
export function encodeFrame(
  frame: Buffer,
  index: number,
  { entry, body, opens, closes }: Append,
): void {
  const digest = body?.digest ?? "";
  const content = body?.bytes ?? NOTHING;
  const { length } = frame;
  frame.writeUInt32LE(length - UNCOUNTED, LENGTH);
  frame.writeUIntLE(index, INDEX, INTEGER_BYTES);
  frame.writeUIntLE(linkOf(closes), CLOSES, INTEGER_BYTES);
  frame.writeUInt8(opens ? 1 : 0, OPENS);
  frame.writeUInt32LE(entry.length, ENTRY_LENGTH);
  frame.writeUInt16LE(digest.length, DIGEST_LENGTH);
  frame.writeUInt32LE(content.length, BODY_LENGTH);
  frame.set(entry, HEADER_BYTES);
  frame.write(digest, HEADER_BYTES + entry.length, "latin1");
  frame.set(content, length - content.length);
  frame.writeUInt32LE(crc32(frame.subarray(LENGTH)), CHECKSUM);
}

/** Bytes of the frame that starts here, as far as it says; 0 when these bytes start none. */
export function frameLength(bytes: Buffer, at: number): number {
  if (bytes.length < at + HEADER_BYTES) return 0;
  const counted = bytes.readUInt32LE(at + LENGTH);
  return counted < HEADER_BYTES - UNCOUNTED ? 0 : counted + UNCOUNTED;
}

/** The frame that starts at an offset; null when there is none, whole and undamaged. Its arrays are views. */
export function decodeFrame(bytes: Buffer, at: number): Frame | null {
  const length = frameLength(bytes, at);
  if (length === 0 || bytes.length < at + length) return null;
  const frame = bytes.subarray(at, at + length);
  if (crc32(frame.subarray(LENGTH)) !== frame.readUInt32LE(CHECKSUM)) return null;
  const toDigest = HEADER_BYTES + frame.readUInt32LE(ENTRY_LENGTH);
  const toBody = toDigest + frame.readUInt16LE(DIGEST_LENGTH);
  if (toBody + frame.readUInt32LE(BODY_LENGTH) !== length) return null;
  const digest = frame.toString("latin1", toDigest, toBody);
  return {
    index: frame.readUIntLE(INDEX, INTEGER_BYTES),
    length,
    append: {
      entry: frame.subarray(HEADER_BYTES, toDigest),
      body: digest === "" ? null : { digest, bytes: frame.subarray(toBody) },
      opens: frame.readUInt8(OPENS) === 1,
      closes: linkAt(frame.readUIntLE(CLOSES, INTEGER_BYTES)),
    },
  };
}

function linkOf(closes: Append["closes"]): number {
  if (closes === null) return CLOSES_NOTHING;
  return closes === "earlier" ? CLOSES_EARLIER : closes;
}

function linkAt(link: number): Append["closes"] {
  if (link === CLOSES_NOTHING) return null;
  return link === CLOSES_EARLIER ? "earlier" : link;
}
