import { ALNUM, type Alphabet, contains, HEX } from "./alphabets.ts";

/** `min` to `max` characters of one alphabet. */
export interface Run {
  readonly of: Alphabet;
  readonly min: number;
  readonly max: number;
}

/**
 * How a token is written: literals and runs, matched from left to right without going back. A run takes
 * all it can, so one that may end early must be followed by a literal outside its alphabet.
 */
export type Format = readonly (string | Run)[];

export function run(of: Alphabet, min: number, max: number = min): Run {
  return { of, min, max };
}

/** A UUID as it is mostly written: five groups of hexadecimal digits. */
export function uuid(): Format {
  const four = run(HEX, 4);
  return [run(HEX, 8), "-", four, "-", four, "-", four, "-", run(HEX, 12)];
}

/** Where in `text` a format is looked for: its first literal, and how far that is from the start. */
export interface Anchor {
  readonly literal: string;
  /** UTF-16 units of fixed runs before the literal. */
  readonly offset: number;
}

export function anchorOf(format: Format): Anchor {
  let offset = 0;
  for (const part of format) {
    if (typeof part === "string") return { literal: part, offset };
    if (part.min !== part.max) break;
    offset += part.max;
  }
  throw new Error("a format needs a literal behind runs of fixed length");
}

/** Out: where the match that starts at `at` ends, or -1. Looks at no more characters than the format has. */
export function matchFormat(format: Format, text: string, at: number): number {
  let here = at;
  for (const part of format) {
    if (typeof part === "string") {
      if (!text.startsWith(part, here)) return -1;
      here += part.length;
      continue;
    }
    const limit = Math.min(text.length, here + part.max);
    const start = here;
    while (here < limit && contains(part.of, text.charCodeAt(here))) here += 1;
    if (here - start < part.min) return -1;
  }
  return endsThere(format, text, here) ? here : -1;
}

/** A longer run of the same kind is another thing: a digest that begins like a token. */
function endsThere(format: Format, text: string, end: number): boolean {
  const last = format.at(-1);
  if (end >= text.length) return true;
  return !contains(typeof last === "string" ? ALNUM : (last?.of ?? ALNUM), text.charCodeAt(end));
}

/**
 * Whether a token can start at `at`: no letter or digit stands before it, unless that belongs to an
 * escape (`\n`, `%3D`) of a text inside a text.
 */
export function startsThere(text: string, at: number): boolean {
  if (at === 0) return true;
  if (!contains(ALNUM, text.charCodeAt(at - 1))) return true;
  if (at >= 2 && text[at - 2] === "\\") return true;
  return at >= 3 && text[at - 3] === "%";
}
