import { alphabet, contains } from "./alphabets.ts";
import { BARE_UNITS_MAX, NAME_UNITS_MAX, VALUE_UNITS_MAX } from "./limits.ts";

/** `name = value` in any of the ways that configuration, code, headers and addresses write it. */
export interface Assignment {
  readonly name: string;
  /** UTF-16 offsets of the value without its quotes. */
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** The separator is `=` with nothing around it, at the start of a line or after a word: a setting, no code. */
  readonly setting: boolean;
}

const NAME = alphabet("A-Za-z0-9_.-");
const OPERATORS = alphabet("=!<>+*/%^|&~");
const BLANK_UNITS_MAX = 16;
/** Blanks, `>`, a letter that says how to read what follows, `\\`: then the quote itself. */
const QUOTE_UNITS_MAX = 1 + BLANK_UNITS_MAX + 1 + 1 + 1;
const BARE_STOPS = alphabet("\u0000-\u0020\"'`,;<>)}]|\\");
const SETTING_STOPS = alphabet("\u0000-\u0020\"'`;<>|");

/** In: where a `=` or `:` stands. Out: null when nothing is assigned there. */
export function assignmentAt(text: string, at: number): Assignment | null {
  const name = nameBefore(text, at);
  const found = name === null ? null : valueAfter(text, at, name);
  // Without quotes, what something is compared with is another name.
  return found?.quoted === false && isComparison(text, at) ? null : found;
}

function isComparison(text: string, at: number): boolean {
  return text[at] === "=" && /[=!]/.test(text[at - 1] ?? "");
}

/** The name that ends before a separator; null where the separator is part of something else. */
function nameBefore(text: string, at: number): string | null {
  const next = text[at + 1];
  if (text[at] === ":" && (next === ":" || next === "/" || next === "=")) return null;
  if (text[at] === "=" && next === "=") return null;
  let end = at;
  // `:=`, `::=`, `?=`, `||=`, and comparisons with a value that stands there: `!==`.
  while (text[at] === "=" && end > at - 4 && /[:=!?|.+]/.test(text[end - 1] ?? "")) end -= 1;
  if (end === at && contains(OPERATORS, text.charCodeAt(end - 1))) return null;
  const name = nameEndingAt(text, end);
  if (name === null || text[at] !== "=" || !TYPES.has(name.text)) return name?.text ?? null;
  // `var token string = …`, `token: str = …`
  return nameEndingAt(text, skipColon(text, name.start))?.text ?? name.text;
}

/** Words that stand between a name and its value in languages with types. */
const TYPES = new Set(["string", "String", "str", "char", "text", "any", "var", "const"]);

interface Name {
  readonly text: string;
  readonly start: number;
}

function nameEndingAt(text: string, at: number): Name | null {
  const end = skipBack(text, at);
  let start = end;
  const limit = Math.max(0, end - NAME_UNITS_MAX);
  while (start > limit && contains(NAME, text.charCodeAt(start - 1))) start -= 1;
  return start === end ? null : { text: text.slice(start, end), start };
}

function skipColon(text: string, from: number): number {
  const at = skipBack(text, from);
  return text[at - 1] === ":" ? at - 1 : at;
}

/**
 * A quoted value behind a name and a comma, `||`, `??` or blanks: `("TOKEN", "…")`, `#define TOKEN "…"`.
 * In: where the separator ends. Out: null where no name stands before it, or no quoted value behind it.
 */
export function neighbourAt(text: string, at: number): Assignment | null {
  if (!mayBeQuoted(text, at)) return null;
  let end = at;
  while (end > 0 && end > at - 2 && /[,|?]/.test(text[end - 1] ?? "")) end -= 1;
  const name = nameEndingAt(text, end);
  const found = name === null ? null : valueAfter(text, at - 1, name.text);
  return found?.quoted === true ? found : null;
}

/** False only where no quote stands near enough behind a place, as is so behind nearly every comma. */
function mayBeQuoted(text: string, at: number): boolean {
  const end = at + QUOTE_UNITS_MAX;
  for (let here = at; here < end; here += 1) {
    const unit = text.charCodeAt(here);
    if (unit === 34 || unit === 39 || unit === 96) return true;
  }
  return false;
}

/** The name in `name: TOKEN`, in front of the `value:` whose separator stands at `at`; null for none. */
export function siblingName(text: string, at: number): string | null {
  const before = text.slice(Math.max(0, at - SIBLING_UNITS_MAX), at);
  return SIBLING.exec(before)?.[1] ?? null;
}

const SIBLING_UNITS_MAX = 160;
const SIBLING =
  /\b(?:name|key|Name|Key)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([\w.-]{3,80})["']?[ \t,;]{0,4}\s{0,24}[-"']{0,2}(?:value|Value)["']?[ \t]{0,4}$/;

/** Blanks, quotes and brackets between a name and its separator: `"a\" :`, `['a'] =`. */
function skipBack(text: string, from: number): number {
  let at = from;
  const limit = Math.max(0, from - BLANK_UNITS_MAX);
  while (at > limit && /[ \t"'`\\\]?]/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}

export function valueAfter(text: string, at: number, name: string): Assignment | null {
  let start = at + 1;
  if (text[start] === ">") start += 1;
  const limit = Math.min(text.length, start + BLANK_UNITS_MAX);
  while (start < limit && (text[start] === " " || text[start] === "\t")) start += 1;
  // `@"…"`, `r'…'`: letters in front of the quote say how to read it.
  if (/[@rbufLR$]/.test(text[start] ?? "") && /["']/.test(text[start + 1] ?? "")) start += 1;
  const escape = text[start] === "\\" && /["'`]/.test(text[start + 1] ?? "") ? "\\" : "";
  const quote = text[start + escape.length] ?? "";
  if (quote === '"' || quote === "'" || quote === "`") {
    const first = start + escape.length + 1;
    return {
      name,
      start: first,
      end: quotedEnd(text, first, quote, escape),
      quoted: true,
      setting: false,
    };
  }
  const setting = text[at] === "=" && start === at + 1 && isSetting(text, at, name);
  const end = bareEnd(text, start, setting, isQuery(text, at, name));
  return end === start ? null : { name, start, end, quoted: false, setting };
}

function quotedEnd(text: string, start: number, quote: string, escape: string): number {
  const limit = Math.min(text.length, start + VALUE_UNITS_MAX);
  for (let at = start; at < limit; at += 1) {
    const unit = text[at];
    if (unit === "\n") return at;
    if (escape === "" && unit === "\\") at += 1;
    else if (unit === "\\" && text[at + 1] === quote) return at;
    else if (unit === quote) return at;
  }
  return limit;
}

function bareEnd(text: string, start: number, setting: boolean, query: boolean): number {
  const stops = setting ? SETTING_STOPS : BARE_STOPS;
  const limit = Math.min(text.length, start + BARE_UNITS_MAX);
  let at = start;
  while (
    at < limit &&
    !contains(stops, text.charCodeAt(at)) &&
    !(query && /[&#]/.test(text[at] ?? ""))
  )
    at += 1;
  return at;
}

/** A line of an environment file, an `export`, an option of a command. */
function isSetting(text: string, at: number, name: string): boolean {
  const before = text[at - name.length - 1] ?? "\n";
  return /[\s"']/.test(before) && !isQuery(text, at, name);
}

/** A parameter of an address or a form: the next `&` ends it. */
function isQuery(text: string, at: number, name: string): boolean {
  return /[?&]/.test(text[at - name.length - 1] ?? "");
}
