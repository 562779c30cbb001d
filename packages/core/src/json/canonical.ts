import { isArray, type Json, type JsonArray, type JsonObject } from "./json.ts";
import { UNCONTROLLED } from "./text.ts";

/**
 * Canonical JSON text of a value (RFC 8785): the bytes every digest in Bylaw is taken over.
 *
 * In: a JSON value; properties whose value is undefined are not JSON and throw.
 * Out: the canonical text; encode it as UTF-8 before hashing.
 * Throws TypeError for what JSON cannot carry (non-finite numbers, lone surrogates, other types):
 * reaching one is a bug, since the strict reader refuses them at the wire.
 */
export function canonicalize(value: Json): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value === null) return "null";
  if (isArray(value)) return list(value);
  if (typeof value === "object") return members(value);
  throw new TypeError(`canonical json cannot carry a value of type \`${typeof value}\``);
}

// Every record and every digest passes through here: texts are joined as they come, since arrays of
// parts would cost more than the parts.
function list(array: JsonArray): string {
  if (array.length === 0) return "[]";
  let text = "";
  for (let at = 0; at < array.length; at += 1)
    text += (at === 0 ? "[" : ",") + canonicalize(array[at] as Json);
  return `${text}]`;
}

function members(object: JsonObject): string {
  const keys = Object.keys(object);
  if (keys.length === 0) return "{}";
  const { order, labels, openLabels } = layoutOf(keys);
  let text = "";
  for (let at = 0; at < order.length; at += 1) {
    const value = object[order[at] as string] as Json;
    if (typeof value === "string" && isPlain(value)) text += `${openLabels[at]}${value}"`;
    else text += (labels[at] as string) + canonicalize(value);
  }
  return `${text}}`;
}

/** How objects with the same names in the same order are written. */
interface Layout {
  readonly keys: readonly string[];
  /** RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is how JavaScript compares. */
  readonly order: readonly string[];
  /** In that order, what stands before a value: `{"a":`, then `,"b":`. */
  readonly labels: readonly string[];
  /** The same with the quote of a text. */
  readonly openLabels: readonly string[];
}

/** The same few layouts are in every record; a newer one takes the place of an older one. */
const NO_LAYOUT: Layout = makeLayout([]);
const LAYOUTS: Layout[] = Array.from({ length: 512 }, () => NO_LAYOUT); // a power of two
const LAYOUT_KEYS_MAX = 32;
const LAYOUT_KEY_UNITS_MAX = 48;

function layoutOf(keys: readonly string[]): Layout {
  const place = placeOf(keys);
  const known = LAYOUTS[place] as Layout;
  if (areSame(known.keys, keys)) return known;
  const older = LAYOUTS[place ^ 1] as Layout;
  if (areSame(older.keys, keys)) return older;
  const made = makeLayout(keys);
  if (keys.length > LAYOUT_KEYS_MAX || keys.some((key) => key.length > LAYOUT_KEY_UNITS_MAX))
    return made;
  LAYOUTS[place ^ 1] = known;
  LAYOUTS[place] = made;
  return made;
}

/** Where layouts of such names are kept: what it takes of the names is little, and different for most. */
function placeOf(keys: readonly string[]): number {
  const [first, last] = [keys[0] as string, keys[keys.length - 1] as string];
  const mixed = keys.length * 131 + first.length * 31 + last.length * 7;
  return (mixed + first.charCodeAt(0) * 17 + last.charCodeAt(0)) & (LAYOUTS.length - 1);
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

function makeLayout(keys: readonly string[]): Layout {
  const order = [...keys].sort();
  // `join` makes one text, where a concatenation may keep its parts and every document would go through them.
  const labels = order.map((key, at) => [at === 0 ? "{" : ",", quote(key), ":"].join(""));
  return { keys, order, labels, openLabels: labels.map((label) => [label, '"'].join("")) };
}

function number(value: number): string {
  if (!Number.isFinite(value))
    throw new TypeError("canonical json cannot carry a non-finite number");
  return String(value); // ECMAScript's shortest form is the one RFC 8785 section 3.2.2.3 asks for
}

function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError("canonical json cannot carry a lone surrogate");
  return JSON.stringify(text);
}

/** Printable ASCII but for the quote and the backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** From here on, in UTF-16 code units, several searches for little each beat one for much. */
const LONG_UNITS = 256;

/** Whether JSON writes the text as it is; a no for a short one may be wrong. */
function isPlain(text: string): boolean {
  if (text.length < LONG_UNITS) return PLAIN.test(text);
  return (
    !text.includes('"') && !text.includes("\\") && UNCONTROLLED.test(text) && text.isWellFormed()
  );
}
