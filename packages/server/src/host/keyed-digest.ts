import { createHmac, hash } from "node:crypto";

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Bytes of content that are digested in one go; for more, what a stateful hash costs is nothing. */
const SMALL_BYTES = 12_288;
/** Bytes that a UTF-16 code unit takes in UTF-8, at most. */
const UNIT_BYTES = 3;

// Hashing is synchronous, and an allocation per digest would cost more.
const inner = Buffer.alloc(BLOCK_BYTES + SMALL_BYTES);
const outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);

/**
 * `hmac-sha256:<hex>` (RFC 2104). Every action has several, and a native HMAC object for each costs more
 * than the hashing. In: a key of at most 64 bytes.
 */
export function keyedDigest(key: Uint8Array, content: string | Uint8Array): string {
  const atMost = typeof content === "string" ? UNIT_BYTES * content.length : content.length;
  if (atMost > SMALL_BYTES || key.length > BLOCK_BYTES)
    return `hmac-sha256:${createHmac("sha256", key).update(content).digest("hex")}`;
  const length = put(content);
  pad(inner, key, 0x36);
  pad(outer, key, 0x5c);
  outer.set(hash("sha256", inner.subarray(0, BLOCK_BYTES + length), "buffer"), BLOCK_BYTES);
  const digest = hash("sha256", outer, "hex");
  // A key that is shredded must not be left over here.
  inner.fill(0, 0, BLOCK_BYTES);
  outer.fill(0, 0, BLOCK_BYTES);
  return `hmac-sha256:${digest}`;
}

function put(content: string | Uint8Array): number {
  if (typeof content === "string") return inner.write(content, BLOCK_BYTES);
  inner.set(content, BLOCK_BYTES);
  return content.length;
}

function pad(buffer: Buffer, key: Uint8Array, mask: number): void {
  for (let at = 0; at < BLOCK_BYTES; at += 1) buffer[at] = (key[at] ?? 0) ^ mask;
}
