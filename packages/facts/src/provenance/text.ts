import { LEAF_UNITS_MAX } from "./limits.ts";

/** Compatibility forms folded, lower case, white space folded, typographic punctuation made plain. */
export function normalise(text: string): string {
  return PLAIN.test(text) ? text.toLowerCase() : folded(text);
}

/** Nothing but ASCII that folds to its lower case: most of what is read. */
const PLAIN = /^(?! )(?:[!-&(-[\]-~]|'(?!')| (?! |$))*$/;

/** What `normalise` makes of a text in general. */
export function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\\[nrt]/g, " ")
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, "")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2015]/g, "-")
    .replace(/''/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}

/** Words of prose: letters, digits and an inner apostrophe or underscore-free hyphen split apart. */
export function wordsOfText(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu)?.map(withoutClitic) ?? [];
}

function withoutClitic(word: string): string {
  return word.endsWith("'s") ? word.slice(0, -2) : word;
}

/** Lower-case words of an identifier: camelCase, snake_case, kebab-case or dotted. */
export function wordsOfName(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

const WORD = /[\p{L}\p{N}]/u;

/**
 * Where `value` stands in `text` on token boundaries, at most `limit` times. Both normalised. A
 * boundary is needed only where the value itself ends in a letter or digit.
 */
export function occurrences(text: string, value: string, limit: number): readonly number[] {
  const found: number[] = [];
  if (value === "") return found;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    if (isBounded(text, value, at) && found.push(at) >= limit) break;
  }
  return found;
}

export function contains(text: string, value: string): boolean {
  return occurrences(text, value, 1).length > 0;
}

function isBounded(text: string, value: string, at: number): boolean {
  const before = text.charAt(at - 1);
  const after = text.charAt(at + value.length);
  const opens = WORD.test(value.charAt(0)) && WORD.test(before);
  const closes = WORD.test(value.charAt(value.length - 1)) && WORD.test(after);
  return !opens && !closes;
}

/**
 * The pattern of an identifier: letters and digits as `a` and `9`, the rest as it is. Null for what has no
 * letter or no digit, is too short to be one, or has blanks inside of one.
 */
export function patternOf(value: string): string | null {
  const text = value.trim();
  if (text.length < PATTERN_UNITS_MIN || text.length > PATTERN_UNITS_MAX) return null;
  if (!/\d/.test(text) || !/[a-z]/i.test(text) || !/^[\w-]+(?: [\w-]+)?$/.test(text)) return null;
  return text.replace(/[a-z]/gi, "a").replace(/\d/g, "9");
}

const PATTERN_UNITS_MIN = 4;
const PATTERN_UNITS_MAX = 40;

/** `email`, `account` (an account number of any country) and `url`: shapes nobody makes up. */
export type Shape = "email" | "account" | "url" | "phone" | null;

export function shapeOf(value: string): Shape {
  const text = value.trim();
  if (text.length > 2_048) return null;
  if (/\s/.test(text)) return SPACED_IBAN.test(text) ? "account" : phoneOf(text);
  if (/^(?:mailto:)?[^@/]+@[^@/]+\.[^@/.]{2,}$/.test(text)) return "email";
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^www\./i.test(text)) return "url";
  if (/^[a-z]{2}\d{2}[a-z0-9]{6,30}$/i.test(text)) return "account";
  if (/^(?:0x[0-9a-f]{40}|(?:bc1|[13])[a-z0-9]{25,60})$/i.test(text)) return "account";
  if (/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}(?::\d+)?\/\S*$/i.test(text)) return "url";
  return phoneOf(text) ?? (/^\d[\d-]{8,32}$/.test(text) && !isDate(text) ? "account" : null);
}

/** In groups of four, as it is printed. */
const SPACED_IBAN = /^[a-z]{2}\d{2}(?: [a-z0-9]{4}){2,7}(?: [a-z0-9]{1,3})?$/i;

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(text);
}

function phoneOf(text: string): Shape {
  return /^(?:\+\d[\d ()./-]{6,20}|0\d{2,5}[ /-]\d[\d /-]{4,14}\d)$/.test(text) ? "phone" : null;
}

/** The host of a URL with or without its scheme: no user info, port, `www.` or trailing dot. Null for none. */
export function hostOf(value: string): string | null {
  const bare = value
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/*/, "");
  const authority = bare.split(/[/?#\\\s]/)[0] ?? "";
  const host = authority
    .slice(authority.lastIndexOf("@") + 1)
    .replace(/:\d*$/, "")
    .replace(/\.+$/, "")
    .replace(/^www\./, "");
  return /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u.test(host) ? host : null;
}

/** The value and what it is an encoding of, one level deep: percent, base64, hexadecimal. */
export function readings(value: string): readonly string[] {
  const text = value.length <= LEAF_UNITS_MAX ? value : value.slice(0, LEAF_UNITS_MAX);
  const found = [text];
  const add = (decoded: string | null): void => {
    if (decoded !== null && decoded !== "" && !found.includes(decoded)) found.push(decoded);
  };
  if (text.includes("%") && /%[0-9a-f]{2}/i.test(text)) add(percentDecoded(text));
  // Neither has blanks, and most values of some length do.
  if (text.includes(" ")) return found;
  if (/^[A-Za-z0-9+/_-]{12,}={0,2}$/.test(text)) add(base64Decoded(text));
  if (/^(?:[0-9a-f]{2}){6,}$/i.test(text)) add(hexDecoded(text));
  return found;
}

/** The same normalised, but for what is then empty. */
export function plainReadings(value: string): readonly string[] {
  if (value === lastRead.value) return lastRead.plain;
  const plain = readings(value)
    .map(normalise)
    .filter((reading) => reading !== "");
  lastRead = { value, plain };
  return plain;
}

/** A value is looked for in the request, and then in what was seen. */
let lastRead: { readonly value: string; readonly plain: readonly string[] } = {
  value: "",
  plain: [],
};

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function base64Decoded(text: string): string | null {
  try {
    return printable(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}

function hexDecoded(text: string): string | null {
  const bytes = text.match(/../g) ?? [];
  return printable(bytes.map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join(""));
}

/** Decoded text counts only when it reads as text: random bytes mean the guess was wrong. */
function printable(text: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /^[\t\n\r\x20-\x7e]+$/.test(text) ? text : null;
}
