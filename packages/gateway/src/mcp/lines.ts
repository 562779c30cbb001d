import { oneLine } from "./wire.ts";

/** One line of a newline-delimited stream, or what is left of one that was too long to keep. */
export type Line =
  | { readonly kind: "line"; readonly bytes: Uint8Array }
  | {
      readonly kind: "oversize";
      readonly length: number;
      readonly head: string;
      readonly tail: string;
    };

const NEWLINE = 0x0a;
const LINE_END = Buffer.of(NEWLINE);
const RETURN = 0x0d;
const EDGE_BYTES = 512;

/** A message as a line of such a stream. */
export function lineOf(bytes: Uint8Array): Buffer {
  return Buffer.concat([oneLine(bytes), LINE_END]);
}

export interface LineSplitter {
  /** Lines that this chunk completes; empty ones are left out. */
  push(chunk: Uint8Array): readonly Line[];
  /** The last line of a stream that ended without a newline. */
  end(): readonly Line[];
}

/**
 * Splits on bytes, before any decoding, so that a multi-byte character across two chunks stays whole.
 * Holds at most `maxBytes`; of a longer line only its two ends are kept.
 */
export function createLineSplitter(maxBytes: number): LineSplitter {
  let parts: Uint8Array[] = [];
  let length = 0;
  let head: Buffer | null = null;
  let tail: Buffer = Buffer.alloc(0);

  const add = (bytes: Uint8Array): void => {
    length += bytes.byteLength;
    if (head === null) parts.push(bytes);
    else tail = lastBytes(tail, bytes);
    if (head === null && length > maxBytes) {
      const whole = Buffer.concat(parts);
      head = Buffer.from(whole.subarray(0, EDGE_BYTES));
      tail = Buffer.from(whole.subarray(-EDGE_BYTES));
      parts = [];
    }
  };

  const take = (): Line | null => {
    const line: Line =
      head === null
        ? {
            kind: "line",
            bytes: trimReturn(parts.length === 1 ? first(parts) : Buffer.concat(parts)),
          }
        : {
            kind: "oversize",
            length,
            head: head.toString("latin1"),
            tail: tail.toString("latin1"),
          };
    parts = [];
    length = 0;
    head = null;
    return line.kind === "line" && line.bytes.byteLength === 0 ? null : line;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        add(chunk.subarray(from, at));
        from = at + 1;
        const line = take();
        if (line !== null) lines.push(line);
      }
      if (from < chunk.byteLength) add(chunk.subarray(from));
      return lines;
    },
    end() {
      const line = length === 0 ? null : take();
      return line === null ? [] : [line];
    },
  };
}

function first(parts: readonly Uint8Array[]): Uint8Array {
  return parts[0] as Uint8Array;
}

function trimReturn(bytes: Uint8Array): Uint8Array {
  return bytes[bytes.byteLength - 1] === RETURN ? bytes.subarray(0, -1) : bytes;
}

function lastBytes(before: Buffer, bytes: Uint8Array): Buffer {
  if (bytes.byteLength >= EDGE_BYTES) return Buffer.from(bytes.subarray(-EDGE_BYTES));
  return Buffer.concat([before, bytes]).subarray(-EDGE_BYTES);
}
