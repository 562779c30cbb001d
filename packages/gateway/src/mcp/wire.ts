import { isUtf8 } from "node:buffer";
import {
  fail,
  isObject,
  JSON_LIMITS,
  type Json,
  type JsonErrorCode,
  type JsonNumbers,
  member,
  ok,
  parseStrict,
  type Result,
} from "@bylaw/core";
import { classify, isId, type Message, type MessageErrorCode, type RequestId } from "./jsonrpc.ts";

/** A message together with the exact bytes it was read from. */
export interface Item<M extends Message = Message> {
  readonly message: M;
  readonly bytes: Uint8Array;
}

export type Wire =
  | { readonly kind: "single"; readonly item: Item }
  | { readonly kind: "batch"; readonly items: readonly Item[] };

export type WireErrorCode =
  | "wire.utf8"
  | "wire.oversize"
  | "batch.empty"
  | "batch.items"
  | JsonErrorCode
  | MessageErrorCode;

export interface WireError {
  readonly code: WireErrorCode;
  /** To address the error to; a courtesy read leniently, never used to decide anything. */
  readonly id: RequestId | null;
}

/**
 * Reads one JSON document as a message or a batch. Nothing that two readers could understand
 * differently gets through (invariant 6); the items' bytes are slices of the input.
 *
 * In: complete bytes, bounded by the caller. `numbers`: `nearest` for what upstreams send.
 */
export function readWire(
  bytes: Uint8Array,
  maxItems: number,
  numbers: JsonNumbers = "exact",
): Result<Wire, WireError> {
  if (!isUtf8(bytes)) return fail({ code: "wire.utf8", id: null });
  const text = asText(bytes);
  const parsed = parseStrict(text, JSON_LIMITS, numbers);
  if (!parsed.ok) return fail({ code: parsed.error.code, id: salvageId(text) });
  if (!Array.isArray(parsed.value)) {
    const message = classify(parsed.value);
    if (!message.ok) return fail({ code: message.error, id: idOf(parsed.value) });
    return ok({ kind: "single", item: { message: message.value, bytes } });
  }
  return batch(parsed.value, text, maxItems);
}

function batch(values: readonly Json[], text: string, maxItems: number): Result<Wire, WireError> {
  if (values.length === 0) return fail({ code: "batch.empty", id: null });
  if (values.length > maxItems) return fail({ code: "batch.items", id: null });
  const slices = splitArray(text);
  const items: Item[] = [];
  for (const [index, value] of values.entries()) {
    const message = classify(value);
    if (!message.ok) return fail({ code: message.error, id: null });
    items.push({ message: message.value, bytes: Buffer.from(slices[index] as string) });
  }
  return ok({ kind: "batch", items });
}

/**
 * The source texts of an array's elements, so that each can be forwarded as it was written.
 *
 * In: the text of a JSON array that the strict reader has accepted.
 */
export function splitArray(text: string): readonly string[] {
  const slices: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
      continue;
    }
    if (character === '"') quoted = true;
    else if (character === "[" || character === "{") {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (character === "]" || character === "}") {
      depth -= 1;
      if (depth === 0) slices.push(text.slice(start, at).trim());
    } else if (character === "," && depth === 1) {
      slices.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return slices;
}

/**
 * The same JSON without line ends, for newline-delimited transports. Control characters cannot occur
 * inside JSON strings, so every such byte is white space between tokens.
 */
export function oneLine(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x0a) && !bytes.includes(0x0d)) return bytes;
  return bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function idOf(value: Json): RequestId | null {
  const id = isObject(value) ? member(value, "id") : undefined;
  return isId(id) ? id : null;
}

function salvageId(text: string): RequestId | null {
  try {
    return idOf(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

const EDGE_ID = /"id"\s*:\s*("[^"\\]{1,128}"|-?\d{1,15})\s*[,}]/;

/** The id that the beginning or the end of an over-long message shows, to address the error to. */
export function edgeId(head: string, tail: string): RequestId | null {
  const found = EDGE_ID.exec(tail)?.[1] ?? EDGE_ID.exec(head)?.[1];
  if (found === undefined) return null;
  return found.startsWith('"') ? found.slice(1, -1) : Number(found);
}
