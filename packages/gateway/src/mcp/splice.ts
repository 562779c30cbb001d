const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const PLAIN_NAME = /^[\w/.-]*$/;

/**
 * A JSON document with one member of one of its objects set; every other byte stays as it was written.
 *
 * In: a document that the strict reader has accepted; the keys that lead to the object, all there; the
 * member's key, and its value as JSON.
 */
export function withMember(
  bytes: Uint8Array,
  path: readonly string[],
  key: string,
  value: string,
): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let object = skipBlank(buffer, 0);
  for (const step of path) {
    const next = find(buffer, object, step);
    if (next === null) throw new Error("the document has no such object");
    object = next;
  }
  const at = find(buffer, object, key);
  if (at !== null) return replaced(buffer, at, skipValue(buffer, at), value);
  const last = buffer[skipBlank(buffer, object + 1)] === CLOSE;
  const text = `${JSON.stringify(key)}:${value}`;
  return replaced(buffer, object + 1, object + 1, last ? text : `${text},`);
}

function replaced(buffer: Buffer, from: number, to: number, text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(buffer.length - (to - from) + length);
  buffer.copy(bytes, 0, 0, from);
  bytes.write(text, from);
  buffer.copy(bytes, from + length, to);
  return bytes;
}

/** Offset of the value of a member of the object at `from`; null when it has none. */
function find(buffer: Buffer, from: number, key: string): number | null {
  let at = skipBlank(buffer, from + 1);
  for (;;) {
    if (buffer[at] !== QUOTE) return null;
    const end = skipString(buffer, at);
    const name = nameAt(buffer, at, end);
    const value = skipBlank(buffer, skipBlank(buffer, end) + 1); // after the colon
    if (name === key) return value;
    at = skipBlank(buffer, skipValue(buffer, value));
    if (buffer[at] === COMMA) at = skipBlank(buffer, at + 1);
  }
}

/** The text of the string between two offsets; most names are plain ASCII. */
function nameAt(buffer: Buffer, at: number, end: number): string {
  const plain = buffer.toString("latin1", at + 1, end - 1);
  return PLAIN_NAME.test(plain) ? plain : (JSON.parse(buffer.toString("utf8", at, end)) as string);
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
