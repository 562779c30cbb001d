import { isObject, type JsonObject, member, RECEIPT_KEY, type RecordReceipt } from "@bylaw/core";
import { encode } from "./jsonrpc.ts";

/** Where a reply says with which arguments a person had the call run. */
export const EDITED_KEY = "dev.bylaw/edited";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * The response with a receipt in its result's `_meta`; everything else keeps its bytes. A result whose
 * `_meta` is no object stays as it is: there is no place for it.
 *
 * In: a response that the strict reader has accepted, its result as read, and the arguments that a person
 * put in the place of the caller's, which are said beside it.
 */
export function withReceipt(
  bytes: Uint8Array,
  result: JsonObject,
  receipt: RecordReceipt,
  edited: JsonObject | null = null,
): Uint8Array {
  const meta = member(result, "_meta");
  if (meta !== undefined && !isObject(meta)) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Only this gateway says where its log has the record.
  const taken = meta !== undefined && (RECEIPT_KEY in meta || EDITED_KEY in meta);
  const added = {
    [RECEIPT_KEY]: { ...receipt },
    ...(edited === null ? {} : { [EDITED_KEY]: edited }),
  };
  if (taken) return replaced(buffer, meta, added);
  const inResult = valueOf(buffer, skipBlank(buffer, 0), "result");
  const at = meta === undefined ? inResult : valueOf(buffer, inResult, "_meta");
  const own = JSON.stringify(added).slice(1, -1);
  const text = meta === undefined ? `"_meta":{${own}}` : own;
  const last = buffer[skipBlank(buffer, at + 1)] === CLOSE;
  return Buffer.concat([
    buffer.subarray(0, at + 1),
    Buffer.from(last ? text : `${text},`),
    buffer.subarray(at + 1),
  ]);
}

/** The upstream has written a receipt of its own, which would be taken for this gateway's. */
function replaced(buffer: Buffer, meta: JsonObject, added: JsonObject): Buffer {
  const inResult = valueOf(buffer, skipBlank(buffer, 0), "result");
  const from = valueOf(buffer, inResult, "_meta");
  return Buffer.concat([
    buffer.subarray(0, from),
    encode({ ...ofOthers(meta), ...added }),
    buffer.subarray(skipValue(buffer, from)),
  ]);
}

function ofOthers(meta: JsonObject): JsonObject {
  const own = new Set([RECEIPT_KEY, EDITED_KEY]);
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !own.has(key)));
}

/** Offset of the value of a member that the object at `from` is known to have. */
function valueOf(buffer: Buffer, from: number, key: string): number {
  let at = skipBlank(buffer, from + 1);
  for (;;) {
    if (buffer[at] !== QUOTE) throw new Error("the object has no such member");
    const end = skipString(buffer, at);
    const name = JSON.parse(buffer.toString("utf8", at, end)) as string;
    const value = skipBlank(buffer, skipBlank(buffer, end) + 1); // after the colon
    if (name === key) return value;
    at = skipBlank(buffer, skipValue(buffer, value));
    if (buffer[at] === COMMA) at = skipBlank(buffer, at + 1);
  }
}

/** Offset after the value at `at`. */
function skipValue(buffer: Buffer, at: number): number {
  let depth = 0;
  for (let here = at; here < buffer.length; here += 1) {
    const byte = buffer[here];
    if (byte === QUOTE) here = skipString(buffer, here) - 1;
    else if (byte === OPEN || byte === 0x5b) depth += 1;
    else if (byte === CLOSE || byte === 0x5d) {
      if (depth === 0) return here; // the end of what a number or word stands in
      depth -= 1;
    } else if (byte === COMMA && depth === 0) return here;
    if (depth === 0 && (byte === QUOTE || byte === CLOSE || byte === 0x5d)) return here + 1;
  }
  return buffer.length;
}

/** Offset after the string at `at`: behind the first quote that no odd run of backslashes precedes. */
function skipString(buffer: Buffer, at: number): number {
  let end = at;
  for (;;) {
    end = buffer.indexOf(QUOTE, end + 1);
    if (end < 0) throw new Error("a string without an end");
    let before = end - 1;
    while (buffer[before] === BACKSLASH) before -= 1;
    if ((end - 1 - before) % 2 === 0) return end + 1;
  }
}

function skipBlank(buffer: Buffer, from: number): number {
  let at = from;
  while (buffer[at] === 0x20 || buffer[at] === 0x0a || buffer[at] === 0x0d || buffer[at] === 0x09)
    at += 1;
  return at;
}
