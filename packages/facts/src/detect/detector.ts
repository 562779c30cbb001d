import type { Finding, Rule } from "./rule.ts";

/** A rule with the search that belongs to it. */
export interface Detector extends Rule {
  /** Whether a text can hold anything at all: one cheap look before the search. */
  readonly mayHold: RegExp;
  /** In: text within SCAN_UNITS_MAX. Out: what was found, in order. */
  readonly search: (text: string) => readonly Finding[];
}

/** Every match of a pattern that cannot go back: its repetitions are bounded or exclude what follows. */
export function matchesOf(
  rule: string,
  pattern: RegExp,
  text: string,
  accept: (found: RegExpExecArray) => boolean = () => true,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const found of text.matchAll(pattern)) {
    if (found[0] === "" || !accept(found)) continue;
    findings.push({ rule, start: found.index, end: found.index + found[0].length });
  }
  return findings;
}
