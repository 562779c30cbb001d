import { TextDecoder } from "node:util";
import {
  canonicalize,
  fail,
  isArray,
  type Json,
  type LedgerRecord,
  ok,
  type Result,
} from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";

/** The bytes of a record in the log: UTF-8 of its canonical JSON. Error: `entry.too_large`. */
export function encodeRecord(record: LedgerRecord): Result<Uint8Array, LedgerError> {
  const bytes = Buffer.from(canonicalize(record as unknown as Json));
  return bytes.length > ENTRY_BYTES_MAX
    ? fail(ledgerError("entry.too_large", `record of ${bytes.length} bytes`))
    : ok(bytes);
}

const decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The JSON value of an entry, or null unless its bytes are exactly the canonical encoding of one.
 * Comparing with the canonical text leaves a duplicate key, a lone surrogate or a number out of
 * range no way through, so the platform's fast parser is enough here.
 */
export function decodeCanonical(bytes: Uint8Array): { readonly value: Json } | null {
  try {
    const text = decoder.decode(bytes);
    const value = JSON.parse(text) as Json;
    return isPlainly(text, value) || canonicalize(value) === text ? { value } : null;
  } catch {
    return null; // not UTF-8, not JSON, or nested too deep to be a record
  }
}

/**
 * Whether the text is canonical for a reason that is cheap to see: the platform writes the value in
 * just this way, and its names are in order. The platform differs from the canonical form in that
 * order and in lone surrogates alone, and writes those as escapes. In: the value, parsed from it.
 */
function isPlainly(text: string, value: Json): boolean {
  return !text.includes("\\ud") && isOrdered(value) && JSON.stringify(value) === text;
}

function isOrdered(value: Json): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (isArray(value)) return value.every(isOrdered);
  let before: string | null = null;
  for (const key of Object.keys(value)) {
    if (before !== null && before >= key) return false;
    if (!isOrdered(value[key] as Json)) return false;
    before = key;
  }
  return true;
}
