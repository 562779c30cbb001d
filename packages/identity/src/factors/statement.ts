import { createHash } from "node:crypto";
import { canonicalize, type Json } from "@bylaw/core";

/** What a person's factor answers for: one request to one gateway, once, within minutes. */
export interface Statement {
  readonly v: 1;
  /** Name of the gateway's log. */
  readonly gateway: string;
  readonly person: string;
  /** Method and path, such as `POST /approvals/apr_1f0c/votes`. */
  readonly request: string;
  /** Digest of the whole body: the vote, edits, waiver and reason stand in it. */
  readonly body: string;
  /** What the request is about as it stands now, such as the exact-action digest of what is held. */
  readonly covers: readonly string[];
  /** The gateway's, good once. */
  readonly nonce: string;
  /** Canonical time. */
  readonly expires: string;
}

/** What a key signs for this never means anything in another protocol. */
const DOMAIN = "bylaw factor v1\n";

/** The exact text that is signed. */
export function statementText(statement: Statement): string {
  return `${DOMAIN}${canonicalize(statement as unknown as Json)}`;
}

/** In: the body as it was parsed. Throws for what is no JSON with one reading. */
export function bodyDigest(body: Json): string {
  return `sha256:${createHash("sha256").update(canonicalize(body)).digest("hex")}`;
}
