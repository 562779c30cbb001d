import { isUtf8 } from "node:buffer";

/** A stretch that decodes to text. */
export interface DecodedRun {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const RUN = /[A-Za-z0-9+/_-]{32,65536}={0,2}|(?:%[0-9A-Fa-f]{2}){8,4096}/g;
/** Decoded bytes of all runs of one text; a message that is one large file is no hidden text. */
const DECODED_BYTES_MAX = 262_144;
const PRINTABLE_SHARE_MIN = 0.95;

/** The base64, hexadecimal and percent-encoded stretches of a text that hold text themselves. */
export function decodedRuns(text: string): readonly DecodedRun[] {
  const runs: DecodedRun[] = [];
  let left = DECODED_BYTES_MAX;
  for (const found of text.matchAll(RUN)) {
    const [run] = found;
    if (run.length > left) break;
    const decoded = decode(run);
    if (decoded === null) continue;
    left -= run.length;
    runs.push({ start: found.index, end: found.index + run.length, text: decoded });
  }
  return runs;
}

function decode(run: string): string | null {
  if (run.startsWith("%")) return readable(percentBytes(run));
  if (/^[0-9a-fA-F]+$/.test(run))
    return run.length % 2 === 0 ? readable(Buffer.from(run, "hex")) : null;
  return readable(Buffer.from(run, "base64"));
}

function percentBytes(run: string): Uint8Array {
  return Buffer.from(run.replaceAll("%", ""), "hex");
}

function readable(bytes: Uint8Array): string | null {
  // Most runs are ids and digests: a decoder that throws for them would cost more than all the rules.
  if (!isUtf8(bytes)) return null;
  const text = new TextDecoder().decode(bytes);
  const printable = text.replace(/[^\t\n\r\u0020-\u007e\u00a0-\uffff]/g, "").length;
  return text.length >= 8 && printable >= text.length * PRINTABLE_SHARE_MIN ? text : null;
}
