import { hash } from "node:crypto";
import { ENTRY_BYTES_MAX } from "./limits.ts";

export const HASH_BYTES = 32;

// One scratch buffer each: hashing is synchronous, and an allocation per entry would cost more.
const leafScratch = new Uint8Array(1 + ENTRY_BYTES_MAX);
const nodeScratch = new Uint8Array(1 + 2 * HASH_BYTES);
nodeScratch[0] = 1;

/** RFC 6962 section 2.1: SHA-256(0x00 || entry). In: at most 65,535 bytes. */
export function leafHash(entry: Uint8Array): Uint8Array {
  leafScratch.set(entry, 1);
  return sha256(leafScratch.subarray(0, entry.length + 1));
}

/** RFC 6962 section 2.1: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  // A shorter input would leave bytes of an earlier hash in the scratch buffer.
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError("a tree node joins two hashes");
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}

/** Root of the tree without entries: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** Equality of public values; not constant-time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** `sha256:<hex>`: how records name a body that is kept beside the log. */
export function bodyDigest(bytes: Uint8Array): string {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}
