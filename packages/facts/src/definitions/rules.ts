import type { Severity } from "../detect/rule.ts";

/** Something about a definition that a person should see before an agent does. */
export interface DefinitionRule {
  /** Stable, lower case. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
}

/** Where in a definition something was found. */
export interface DefinitionFinding {
  /** One of these rules or of the detectors of text. */
  readonly rule: string;
  readonly severity: Severity;
  /** JSON pointer (RFC 6901) into the definition. */
  readonly path: string;
  /** What it is about: the other tool's `server/name`; empty where the place says it all. */
  readonly about: string;
}

export const HIDDEN_NAME: DefinitionRule = {
  id: "definition.hidden-name",
  title: "A name with characters that are not seen or that paint a terminal",
  severity: "high",
};
export const ODD_NAME: DefinitionRule = {
  id: "definition.odd-name",
  title: "A name with characters outside of A-Z a-z 0-9 _ . -, or longer than 128",
  severity: "low",
};
export const SAME_NAME: DefinitionRule = {
  id: "definition.same-name",
  title: "Another server offers a tool of the same name",
  severity: "low",
};
export const LOOK_ALIKE: DefinitionRule = {
  id: "definition.look-alike",
  title: "A name that people and models can take for that of another tool",
  severity: "medium",
};
export const UNREAD: DefinitionRule = {
  id: "definition.unread",
  title: "A definition that could not be looked at whole",
  severity: "medium",
};

/** Rules beside the detectors of hidden, instruction-like and exfiltrating text. */
export const DEFINITION_RULES: readonly DefinitionRule[] = [
  HIDDEN_NAME,
  ODD_NAME,
  SAME_NAME,
  LOOK_ALIKE,
  UNREAD,
];
