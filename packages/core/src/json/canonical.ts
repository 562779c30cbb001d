import type { Json } from "./json.ts";

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
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (typeof value === "object") {
    const object = value as { readonly [key: string]: Json };
    // RFC 8785 section 3.2.3 sorts by UTF-16 code units, which is JavaScript's default order.
    const members = Object.keys(object)
      .sort()
      .map((key) => `${quote(key)}:${canonicalize(object[key] as Json)}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`canonical json cannot carry a value of type \`${typeof value}\``);
}

function number(value: number): string {
  if (!Number.isFinite(value))
    throw new TypeError("canonical json cannot carry a non-finite number");
  return JSON.stringify(value); // ECMAScript's shortest form is the one RFC 8785 section 3.2.2.3 asks for
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("canonical json cannot carry a lone surrogate");
  return JSON.stringify(text);
}
