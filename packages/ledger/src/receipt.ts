import {
  fail,
  isObject,
  type Json,
  member,
  ok,
  parseStrict,
  RECEIPT_KEY,
  type RecordReceipt,
  type Result,
} from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { HASH_BYTES } from "./hash.ts";
import { RECEIPT_CHARS_MAX } from "./limits.ts";

/** The value of the `bylaw-receipt` header: base64url of the receipt's JSON. */
export function encodeReceiptHeader(receipt: RecordReceipt): string {
  return Buffer.from(JSON.stringify(receipt)).toString("base64url");
}

/**
 * Reads what somebody kept, whatever they kept: a receipt as JSON, alone or as the `_meta` or the
 * whole reply around it; the header with or without its name; or a bare signed checkpoint.
 * Error: `receipt.malformed`.
 */
export function parseKept(
  text: string,
): Result<RecordReceipt | { readonly checkpoint: string }, LedgerError> {
  if (text.length > RECEIPT_CHARS_MAX) return malformed();
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return receiptIn(trimmed);
  if (trimmed.includes("\n\n\u2014 ")) return ok({ checkpoint: `${trimmed}\n` });
  const encoded = trimmed.replace(/^bylaw-receipt:\s*/i, "");
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return malformed();
  return receiptIn(Buffer.from(encoded, "base64url").toString("utf8"));
}

function receiptIn(text: string): Result<RecordReceipt, LedgerError> {
  const parsed = parseStrict(text);
  if (!parsed.ok) return malformed();
  for (const candidate of candidates(parsed.value)) {
    const receipt = receiptOf(candidate);
    if (receipt !== null) return ok(receipt);
  }
  return malformed();
}

/** The value itself and the places where replies keep a receipt. */
function candidates(value: Json): readonly (Json | undefined)[] {
  const at = (from: Json | undefined, key: string): Json | undefined =>
    isObject(from) ? member(from, key) : undefined;
  const result = at(value, "result") ?? value;
  const data = at(at(value, "error"), "data");
  return [
    value,
    at(value, RECEIPT_KEY),
    at(value, "receipt"),
    at(at(result, "_meta"), RECEIPT_KEY),
    at(data, "receipt"),
  ];
}

function receiptOf(value: Json | undefined): RecordReceipt | null {
  if (!isObject(value)) return null;
  const { origin, index, leaf, checkpoint } = value;
  if (typeof origin !== "string" || typeof leaf !== "string") return null;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0) return null;
  if (typeof checkpoint !== "string" && checkpoint !== null) return null;
  const hash = Buffer.from(leaf, "base64");
  if (hash.length !== HASH_BYTES || hash.toString("base64") !== leaf) return null;
  return { origin, index, leaf, checkpoint };
}

function malformed(): Result<never, LedgerError> {
  return fail(ledgerError("receipt.malformed", "neither a receipt nor a signed checkpoint"));
}
