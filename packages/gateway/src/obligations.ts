import type { Decision } from "@bylaw/core";

/** What a decision wants taken out of the result. */
export function redactions(decision: Decision): readonly string[] {
  return decision.obligations.flatMap(({ type, value }) => (type === "redact" ? [value] : []));
}
