import type { Decision, JsonObject } from "@bylaw/core";

/** Takes out of results what policies name; a gateway itself knows no detector. */
export interface Redactor {
  /** Whether the value of a `redact` obligation names something that can be found. */
  readonly knows: (detector: string) => boolean;
  /** Out: the very same value if nothing is found; null if not all of it could be looked at. */
  readonly redact: (value: JsonObject, detectors: readonly string[]) => JsonObject | null;
}

/** What a decision wants taken out of the result. */
export function redactions(decision: Decision): readonly string[] {
  return decision.obligations.flatMap(({ type, value }) => (type === "redact" ? [value] : []));
}

/** Whether a decision asks for something that cannot be done to a result: then nothing is sent for it. */
export function unsupported(decision: Decision, redactor: Redactor): boolean {
  return !redactions(decision).every(redactor.knows);
}
