import { isArray, type Json, type JsonArray, type JsonObject } from "./json.ts";

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
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return number(value);
  if (isArray(value)) return list(value);
  if (typeof value === "object") return members(value);
  throw new TypeError(`canonical json cannot carry a value of type \`${typeof value}\``);
}

// Every record and every digest passes through here: texts are joined as they come, since arrays of
// parts would cost more than the parts.
function list(array: JsonArray): string {
  let text = "[";
  for (let at = 0; at < array.length; at += 1)
    text += (at === 0 ? "" : ",") + canonicalize(array[at] as Json);
  return `${text}]`;
}

function members(object: JsonObject): string {
  let text = "{";
  for (const key of sorted(Object.keys(object)))
    text += `${text.length === 1 ? "" : ","}${label(key)}${canonicalize(object[key] as Json)}`;
  return `${text}}`;
}

/** More than this are left to the runtime: what it costs to begin is little against the rest. */
const FEW_KEYS = 24;

/** RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is how JavaScript compares. In place. */
function sorted(keys: string[]): string[] {
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] as string;
    let to = at - 1;
    for (; to >= 0 && (keys[to] as string) > key; to -= 1) keys[to + 1] = keys[to] as string;
    keys[to + 1] = key;
  }
  return keys;
}

/** Names of members as they are written: the same few stand in every record. */
const LABELS = new Map<string, string>();
const LABELS_MAX = 4_096;
const LABEL_UNITS_MAX = 64;

function label(key: string): string {
  const known = LABELS.get(key);
  if (known !== undefined) return known;
  const written = `${quote(key)}:`;
  if (LABELS.size < LABELS_MAX && key.length <= LABEL_UNITS_MAX) LABELS.set(key, written);
  return written;
}

function number(value: number): string {
  if ((value | 0) === value && value !== 0) return `${value}`;
  if (!Number.isFinite(value))
    throw new TypeError("canonical json cannot carry a non-finite number");
  return JSON.stringify(value); // ECMAScript's shortest form is the one RFC 8785 section 3.2.2.3 asks for
}

/** Printable ASCII but for the quote and the backslash: what JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError("canonical json cannot carry a lone surrogate");
  return JSON.stringify(text);
}
