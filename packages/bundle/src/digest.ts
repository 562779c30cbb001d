import { createHash } from "node:crypto";
import { canonicalize, type Json } from "@bylaw/core";

/** `sha256:` and the hex digest of a value's canonical JSON. */
export function digestOf(value: Json): string {
  return `sha256:${createHash("sha256").update(canonicalize(value), "utf8").digest("hex")}`;
}
