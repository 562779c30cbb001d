import { createHash, createHmac } from "node:crypto";
import { canonicalize, type Json } from "@bylaw/core";

/** `sha256:` over a value's canonical JSON: how records name Facts, and decisions a bundle. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256")
    .update(canonicalize(value as Json))
    .digest("hex")}`;
}

/** The examples' key; a real one is generated with the data folder and never leaves it. */
const KEY = "an example key that guards nothing";

export function keyedDigestOf(value: unknown): string {
  const text = canonicalize(value as Json);
  return `hmac-sha256:${createHmac("sha256", KEY).update(text).digest("hex")}`;
}
