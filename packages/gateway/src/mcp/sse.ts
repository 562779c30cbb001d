import { oneLine } from "./wire.ts";

/** One event of a `text/event-stream`, or one that was too long to keep. */
export type SseEvent =
  | { readonly kind: "message"; readonly data: Uint8Array }
  | { readonly kind: "endpoint"; readonly data: Uint8Array }
  | { readonly kind: "oversize" };

export interface SseReader {
  /** Id of the last event that has one, and how long to wait before asking for what came after it. */
  readonly resume: { readonly id: string; readonly retryMs: number | null } | null;
  push(chunk: Uint8Array): readonly SseEvent[];
}

const RETURN = 0x0d;
const NEWLINE = 0x0a;
const EVENT_HEAD = Buffer.from("event: message\ndata: ");
const EVENT_TAIL = Buffer.from("\n\n");

/**
 * Reads the events of type `message` (the default type) and `endpoint`; comments, ids, retry hints, other types and
 * events without data are left out. An event ends with an empty line, so a cut-off one never counts.
 * Source: WHATWG HTML, section 9.2.6.
 */
export function createSseReader(maxBytes: number): SseReader {
  let data: Uint8Array[] = [];
  let size = 0;
  let type = "message";
  let oversize = false;
  let afterReturn = false;
  let pending: Uint8Array[] = [];
  let pendingSize = 0;
  let lastId: string | null = null;
  let retryMs: number | null = null;

  const dispatch = (): SseEvent | null => {
    const event: SseEvent | null = oversize
      ? { kind: "oversize" }
      : (type === "message" || type === "endpoint") && size > 0
        ? { kind: type, data: join(data) }
        : null;
    data = [];
    size = 0;
    type = "message";
    oversize = false;
    return event;
  };

  const field = (line: Uint8Array): void => {
    const colon = line.indexOf(0x3a);
    const name = Buffer.from(colon === -1 ? line : line.subarray(0, colon)).toString("latin1");
    if (!FIELDS.includes(name)) return;
    let value = colon === -1 ? new Uint8Array(0) : line.subarray(colon + 1);
    if (value[0] === 0x20) value = value.subarray(1);
    if (name === "retry") retryMs = milliseconds(value) ?? retryMs;
    else if (name === "id") lastId = idOf(value) ?? lastId;
    else if (name === "event") type = Buffer.from(value).toString("utf8") || "message";
    else {
      size += value.byteLength;
      if (size > maxBytes) oversize = true;
      else if (!oversize) data.push(value);
    }
    if (oversize) data = [];
  };

  const keep = (part: Uint8Array): void => {
    pendingSize += part.byteLength;
    if (pendingSize > maxBytes) {
      oversize = true;
      pending = [];
    } else if (part.byteLength > 0) pending.push(part);
  };

  return {
    get resume() {
      return lastId === null ? null : { id: lastId, retryMs };
    },
    push(chunk) {
      const events: SseEvent[] = [];
      let from = 0;
      for (let at = 0; at < chunk.byteLength; at += 1) {
        const byte = chunk[at];
        const second = afterReturn && byte === NEWLINE; // \r\n is one line end, also across chunks
        afterReturn = byte === RETURN;
        if (second) from = at + 1;
        if (second || (byte !== RETURN && byte !== NEWLINE)) continue;
        keep(chunk.subarray(from, at));
        from = at + 1;
        const blank = pendingSize === 0;
        if (blank) {
          const event = dispatch();
          if (event !== null) events.push(event);
        } else if (pendingSize <= maxBytes) field(Buffer.concat(pending));
        pending = [];
        pendingSize = 0;
      }
      keep(chunk.subarray(from));
      return events;
    },
  };
}

const FIELDS: readonly string[] = ["data", "event", "id", "retry"];
/** It goes into a header of a later request: nothing else than what one may hold. */
const EVENT_ID = /^[\x21-\x7e]{1,1024}$/;

function idOf(value: Uint8Array): string | null {
  const text = Buffer.from(value).toString("latin1");
  return EVENT_ID.test(text) ? text : null;
}

function milliseconds(value: Uint8Array): number | null {
  const text = Buffer.from(value).toString("latin1");
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const newline = Buffer.from("\n");
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [newline, part])));
}

/** A message as one SSE event. */
export function sseEvent(bytes: Uint8Array, id?: string): Buffer {
  const head = id === undefined ? EVENT_HEAD : Buffer.from(`id: ${id}\nevent: message\ndata: `);
  return Buffer.concat([head, oneLine(bytes), EVENT_TAIL]);
}

/** An event that is no message: where a client stands, and when it may come back. */
export function ssePrimer(id: string, retryMs: number): Buffer {
  return Buffer.from(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`);
}
