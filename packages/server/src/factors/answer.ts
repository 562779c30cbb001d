import type { Assertion } from "@bylaw/identity";
import type { StoredFactor } from "@bylaw/store";
import * as z from "zod";

/** In place of an answer: do nothing, and say what would have to be proved. */
export const ASK = "ask";

/** Characters of an answer: a passkey's is the longest. */
const PROOF_CHARS_MAX = 8_192;

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,4096}$/);
const common = { nonce: base64url, factor: z.string().min(1).max(64) };
const answer: z.ZodType<Answered> = z.union([
  z.strictObject({ ...common, signature: base64url }),
  z.strictObject({
    ...common,
    assertion: z.strictObject({
      authenticatorData: base64url,
      clientData: base64url,
      signature: base64url,
    }),
  }),
  z.strictObject({ ...common, code: z.string().regex(/^\d{6}$/) }),
]);

/** What a person's program answers: a signature over the statement, or a code. */
export type Answered = {
  readonly nonce: string;
  readonly factor: string;
} & (
  | { readonly signature: string }
  | { readonly code: string }
  | { readonly assertion: Assertion }
);

/** In: the header. Null for what is no answer. */
export function readAnswer(header: string): Answered | null {
  if (header.length > PROOF_CHARS_MAX) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    return answer.safeParse(value).data ?? null;
  } catch {
    return null;
  }
}

/** A factor as anybody with the administrative token sees it. */
export interface FactorRow {
  readonly id: string;
  readonly person: string;
  readonly kind: StoredFactor["kind"];
  /** Canonical time. */
  readonly created: string;
  /** Who vouched for it. */
  readonly addedBy: string;
  /** False where `factors.accept` does not name its kind. */
  readonly accepted: boolean;
}
