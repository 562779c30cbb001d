/** Bytes of one line of a batch; a longer one is an error of its own and is never held in memory whole. */
const LINE_BYTES_MAX = 16_777_216;

/** One line of a file, or why there is none: too long, or not UTF-8. */
export type Line =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: "line.too_long" | "line.encoding" };

const LF = 10;

/** Splits bytes into lines. A line without its end is a line; the text after the last end is one if it is not empty. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number = LINE_BYTES_MAX,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      yield read(parts, chunk.subarray(from, at), length + at - from, bytesMax);
      [parts, length, from] = [[], 0, at + 1];
    }
    length += chunk.length - from;
    // What exceeds the limit is only counted.
    if (length <= bytesMax) parts.push(chunk.slice(from));
    else parts = [];
  }
  if (length > 0) yield read(parts, new Uint8Array(0), length, bytesMax);
}

function read(
  parts: readonly Uint8Array[],
  last: Uint8Array,
  length: number,
  bytesMax: number,
): Line {
  if (length > bytesMax) return { ok: false, code: "line.too_long" };
  try {
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, code: "line.encoding" };
  }
}
