import type { Json, Result } from "@bylaw/core";
import { after, DEPTH_MAX, match, reading, type SyntaxProblem, Unreadable } from "./reading.ts";

/** Characters of a client's configuration; a larger file is none. */
const FILE_UNITS_MAX = 1_048_576;

/** One `[table]` with what stands in it, up to the next one; the first has no header and no path. */
export interface Table {
  readonly path: readonly string[];
  /** Of `[[table]]`. */
  readonly list: boolean;
  /** UTF-16 offsets of its lines: from its header to the end of its last pair's line, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Where the line after the header begins. */
  readonly body: number;
  readonly pairs: readonly Pair[];
}

/** `key = value` with the lines that it takes. */
export interface Pair {
  /** Inside of its table; more than one part for a dotted key. */
  readonly key: readonly string[];
  /** Dates, times and numbers other than safe integers are their text. */
  readonly value: Json;
  readonly start: number;
  readonly end: number;
  /** The value as it is written. */
  readonly raw: string;
}

const BLANK = /[ \t]*/y;
const COMMENT = /(?:#[^\r\n]*)?/y;
const NEWLINE = /\r?\n/y;
/** Blanks, comments and line ends, as they may stand between the items of a list. */
const GAP = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
const BASIC =
  /"(?:[^"\\\u0000-\u0008\u000a-\u001f\u007f]|\\(?:[btnfre"\\]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"/y;
const LITERAL = /'[^'\u0000-\u0008\u000a-\u001f\u007f]*'/y;
const LONG_BASIC = /"""(?:[^\\"]|\\[\s\S]|"(?!"")|"(?="""))*"""/y;
const LONG_LITERAL = /'''(?:[^']|'(?!'')|'(?='''))*'''/y;
/** Numbers, dates and times: only where they end matters here. */
const SCALAR = /[A-Za-z0-9+_.:-]+(?: [0-9]{2}:[0-9:.+Zz-]+)?/y;

/**
 * Reads TOML (1.0) for what stands where, so that single tables can be replaced and all else stays as it
 * is. A table or key that is defined twice is refused, as clients refuse it.
 */
export function readToml(text: string): Result<readonly Table[], SyntaxProblem> {
  return reading(text, FILE_UNITS_MAX, tables);
}

type Open = { -readonly [K in keyof Table]: Table[K] } & { pairs: Pair[] };

function tables(text: string): readonly Table[] {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  const opened = (path: readonly string[], list: boolean, start: number, body: number): Open => ({
    path,
    list,
    start,
    end: body,
    body,
    pairs: [],
  });
  let open = opened([], false, at, at);
  const all = [open];
  const seen = new Set<string>();
  while (at < text.length) {
    const start = at;
    at = after(BLANK, text, at);
    if (text[at] === "[") {
      const list = text.startsWith("[[", at);
      const [path, end] = key(text, after(BLANK, text, at + (list ? 2 : 1)));
      const close = list ? "]]" : "]";
      if (!text.startsWith(close, end)) throw new Unreadable(end, `expected \`${close}\``);
      const next = lineEnd(text, end + close.length);
      if (list) again(seen, path);
      else once(seen, path, start);
      open = opened(path, list, start, next);
      all.push(open);
      at = next;
    } else if (after(COMMENT, text, at) > at || after(NEWLINE, text, at) > at) {
      at = lineEnd(text, at);
    } else if (at < text.length) {
      const [pair, next] = keyed(text, at);
      open.pairs.push({ ...pair, start, end: next });
      if (!open.list) once(seen, [...open.path, ...pair.key], start);
      at = open.end = next;
    }
  }
  return all;
}

function once(seen: Set<string>, path: readonly string[], at: number): void {
  const name = JSON.stringify(path);
  if (seen.has(name)) throw new Unreadable(at, `\`${path.join(".")}\` is defined twice`);
  seen.add(name);
}

/** The next item of a list of tables starts anew. */
function again(seen: Set<string>, path: readonly string[]): void {
  const inside = JSON.stringify(path).slice(0, -1);
  for (const name of seen) if (name.startsWith(`${inside},`)) seen.delete(name);
}

function keyed(
  text: string,
  start: number,
): readonly [Pick<Pair, "key" | "value" | "raw">, number] {
  const [path, end] = key(text, start);
  if (text[end] !== "=") throw new Unreadable(end, "expected `=`");
  const from = after(BLANK, text, end + 1);
  const [held, to] = value(text, from, 0);
  return [{ key: path, value: held, raw: text.slice(from, to) }, lineEnd(text, to)];
}

/** A key with its dots, and where what follows it stands. */
function key(text: string, start: number): readonly [readonly string[], number] {
  const path: string[] = [];
  for (let at = start; ; ) {
    const bare = match(BARE_KEY, text, at);
    const quoted = bare ?? match(BASIC, text, at) ?? match(LITERAL, text, at);
    if (quoted === null) throw new Unreadable(at, "expected a key");
    path.push(bare ?? unquoted(quoted, at));
    at = after(BLANK, text, at + quoted.length);
    if (text[at] !== ".") return [path, at];
    at = after(BLANK, text, at + 1);
  }
}

/** Nothing but a comment may follow on the line; out: where the next one begins. */
function lineEnd(text: string, start: number): number {
  const at = after(COMMENT, text, after(BLANK, text, start));
  if (at === text.length) return at;
  const next = after(NEWLINE, text, at);
  if (next === at) throw new Unreadable(at, "expected the end of the line");
  return next;
}

function value(text: string, at: number, depth: number): readonly [Json, number] {
  if (depth > DEPTH_MAX) throw new Unreadable(at, "values are nested too deeply");
  if (text[at] === "[") return array(text, at, depth);
  if (text[at] === "{") return inlineTable(text, at, depth);
  const long = match(LONG_BASIC, text, at) ?? match(LONG_LITERAL, text, at);
  if (long !== null) return [unquotedLong(long, at), at + long.length];
  const quoted = match(BASIC, text, at) ?? match(LITERAL, text, at);
  if (quoted !== null) return [unquoted(quoted, at), at + quoted.length];
  const scalar = match(SCALAR, text, at);
  if (scalar === null) throw new Unreadable(at, "expected a value");
  return [scalarOf(scalar), at + scalar.length];
}

function array(text: string, start: number, depth: number): readonly [Json, number] {
  const items: Json[] = [];
  let at = after(GAP, text, start + 1);
  while (text[at] !== "]") {
    const [item, end] = value(text, at, depth + 1);
    items.push(item);
    at = after(GAP, text, end);
    if (text[at] !== "," && text[at] !== "]") throw new Unreadable(at, "expected `,` or `]`");
    if (text[at] === ",") at = after(GAP, text, at + 1);
  }
  return [items, at + 1];
}

function inlineTable(text: string, start: number, depth: number): readonly [Json, number] {
  const members = Object.create(null) as Record<string, Json>;
  let at = after(GAP, text, start + 1);
  while (text[at] !== "}") {
    const [path, equals] = key(text, at);
    if (text[equals] !== "=") throw new Unreadable(equals, "expected `=`");
    const [held, end] = value(text, after(BLANK, text, equals + 1), depth + 1);
    const name = path.join(".");
    if (name in members) throw new Unreadable(at, `\`${name}\` is defined twice`);
    members[name] = held;
    at = after(GAP, text, end);
    if (text[at] !== "," && text[at] !== "}") throw new Unreadable(at, "expected `,` or `}`");
    if (text[at] === ",") at = after(GAP, text, at + 1);
  }
  return [members, at + 1];
}

function scalarOf(text: string): Json {
  if (text === "true") return true;
  if (text === "false") return false;
  const number = /^[+-]?(?:0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : text;
}

const SHORT: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
  '"': '"',
  "\\": "\\",
};

function unquoted(written: string, at: number): string {
  const inside = written.slice(1, -1);
  return written.startsWith("'") ? inside : unescaped(inside, at);
}

function unquotedLong(written: string, at: number): string {
  const inside = written.slice(3, -3).replace(/^\r?\n/, "");
  if (written.startsWith("'")) return inside;
  // A backslash at the end of a line takes the blanks after it away.
  return unescaped(inside.replace(/(?<!\\)((?:\\\\)*)\\[ \t]*\r?\n\s*/g, "$1"), at);
}

function unescaped(text: string, at: number): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))/g,
    (_whole, two?: string, four?: string, eight?: string, short?: string) => {
      const code = two ?? four ?? eight;
      if (code === undefined) {
        const known = SHORT[short ?? ""];
        if (known === undefined) throw new Unreadable(at, "the text has an unknown escape");
        return known;
      }
      const point = Number.parseInt(code, 16);
      if (point > 0x10_ff_ff || (point >= 0xd8_00 && point <= 0xdf_ff))
        throw new Unreadable(at, "the text has an escape that is no character");
      return String.fromCodePoint(point);
    },
  );
}
