import type { Format } from "./format.ts";

/** How much a finding weighs. `low` ones are worth a look and are not redacted unless asked for. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What kind of thing a rule finds; a policy's obligation names one. */
export const KINDS = [
  "secret",
  "hidden",
  "encoded",
  "instruction",
  "exfiltration",
  "personal",
] as const;
export type Kind = (typeof KINDS)[number];

/** One thing that text is searched for. */
export interface Rule {
  /** `kind.name`: stable, lower case. */
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly severity: Severity;
}

/** A credential whose issuer writes it in a form of its own. */
export interface ProviderRule extends Rule {
  readonly kind: "secret";
  readonly formats: readonly Format[];
  /** Whether the token's own checksum fits; absent where the form has none. */
  readonly checks?: (token: string) => boolean;
}

/** Where something is: UTF-16 offsets, `end` exclusive. */
export interface Finding {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}
