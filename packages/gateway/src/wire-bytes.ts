import { hash } from "node:crypto";
import type { ActionRequest } from "@bylaw/core";

/** The bytes of a message as requests and records name them: `sha256:<hex>` and their number. */
export function wireBytes(bytes: Uint8Array): ActionRequest["bytes"] {
  return { digest: `sha256:${hash("sha256", bytes, "hex")}`, length: bytes.byteLength };
}
