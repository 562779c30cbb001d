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
  // RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is JavaScript's default order.
  for (const key of Object.keys(object).sort())
    text += `${text.length === 1 ? "" : ","}${quote(key)}:${canonicalize(object[key] as Json)}`;
  return `${text}}`;
}

function number(value: number): string {
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
