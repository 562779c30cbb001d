import { isObject, type Json, type JsonObject, member, parseStrict } from "@bylaw/core";
import { CREDENTIAL_CHARS_MAX, CREDENTIAL_JSON } from "./limits.ts";

/** A JWS in compact form as text that has one reading, its signature unchecked. */
export interface Compact {
  readonly text: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

export type CompactProblem = "oversize" | "malformed" | "encoding" | "json";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const PARTS = 3;

/**
 * Reads `header.payload.signature` (RFC 7515 section 7.1) so that no other reader can see something
 * else in it: canonical base64url without padding, UTF-8, JSON objects without duplicate keys.
 *
 * The signature may be empty, so that an unsigned token is refused for its algorithm.
 */
export function readCompact(text: string): Compact | CompactProblem {
  if (text.length > CREDENTIAL_CHARS_MAX) return "oversize";
  const parts = text.split(".");
  if (parts.length !== PARTS) return "malformed";
  const [header, payload, signature] = parts.map(bytesOf);
  if (header == null || payload == null || signature == null) return "encoding";
  const [head, claims] = [objectIn(header), objectIn(payload)];
  if (head === null || claims === null) return "json";
  return { text, header: head, payload: claims };
}

/** Node's decoder skips what it does not know; only the canonical spelling counts. */
function bytesOf(part: string): Uint8Array | null {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : null;
}

function objectIn(bytes: Uint8Array): JsonObject | null {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return null;
  }
  const parsed = parseStrict(text, CREDENTIAL_JSON);
  return parsed.ok && isObject(parsed.value) ? parsed.value : null;
}

/** A member that is a text; null where it is absent or anything else. */
export function textOf(object: JsonObject, key: string): string | null {
  const value: Json | undefined = member(object, key);
  return typeof value === "string" ? value : null;
}

export function has(object: JsonObject, key: string): boolean {
  return member(object, key) !== undefined;
}
