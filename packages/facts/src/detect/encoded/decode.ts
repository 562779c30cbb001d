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
  for (const { start, end } of stretches(text))
    for (const found of text.slice(start, end + PADDING_UNITS).matchAll(RUN)) {
      const [run] = found;
      if (run.length > left) return runs;
      const decoded = decode(run);
      if (decoded === null) continue;
      left -= run.length;
      const at = start + found.index;
      runs.push({ start: at, end: at + run.length, text: decoded });
    }
  return runs;
}

/** Units of the shortest run. */
const RUN_UNITS_MIN = 24;
/** What may stand behind one. */
const PADDING_UNITS = 2;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * Wherever so many units that a run is made of stand side by side. One unit in 24 is looked at: a run covers
 * one of them, and words hardly ever go on that long around it.
 */
function stretches(text: string): readonly Stretch[] {
  let found: Stretch[] | null = null;
  let past = 0;
  for (let at = RUN_UNITS_MIN - 1; at < text.length; at += RUN_UNITS_MIN) {
    if (!isOfRun(text.charCodeAt(at))) continue;
    let start = at;
    let end = at + 1;
    while (start > past && isOfRun(text.charCodeAt(start - 1))) start -= 1;
    while (end < text.length && isOfRun(text.charCodeAt(end))) end += 1;
    past = end;
    if (end - start >= RUN_UNITS_MIN) (found ??= []).push({ start, end });
    at = Math.max(at, end - 1);
  }
  return found ?? NO_STRETCHES;
}

const NO_STRETCHES: readonly Stretch[] = [];

/** Letters, digits and `+ / _ - %`. */
function isOfRun(code: number): boolean {
  if (code >= 97) return code <= 122;
  if (code >= 65) return code <= 90 || code === 95;
  return (code >= 47 && code <= 57) || code === 43 || code === 45 || code === 37;
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
