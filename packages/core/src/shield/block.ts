import type { Reason } from "../decision.ts";

/** The lines of the format's own report of a decision, derived from a recorded reason; null for other reasons. */
export function decisionBlock({ outcome, text, threat }: Reason): readonly string[] | null {
  if (threat === undefined) return null;
  return [
    "DECISION",
    `action: ${outcome}`,
    `scope: ${threat.scope}`,
    `threat_id: ${threat.id}`,
    `fingerprint: ${threat.fingerprint ?? "none"}`,
    `matched_on: ${threat.matchedOn ?? "none"}`,
    `match_value: ${threat.value ?? "none"}`,
    `reason: ${text}`,
  ];
}
