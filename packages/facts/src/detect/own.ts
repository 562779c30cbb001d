import { fail, ok, type Result } from "@bylaw/core";
import { RE2JS } from "re2js";
import {
  OWN_CONTEXT_UNITS,
  OWN_DETECTORS_MAX,
  OWN_MATCH_UNITS_MAX,
  OWN_PATTERN_UNITS_MAX,
  OWN_SCAN_MAX,
  OWN_STEP_UNITS,
  SCAN_FINDINGS_MAX,
} from "./limits.ts";
import type { Finding, Rule, Severity } from "./rule.ts";

/** What a configuration says about one detector of its own. */
export interface OwnSpec {
  /** The part of the id behind `own.`. */
  readonly name: string;
  /** An RE2 expression. */
  readonly pattern: string;
  readonly kind: "secret" | "personal";
  readonly severity: Severity;
  readonly title: string;
}

/** Detectors of a configuration, compiled. */
export interface OwnDetectors {
  readonly rules: ReadonlyMap<string, Rule>;
  /** A search over the texts of one call; its budget is used up over all of them. */
  readonly search: () => OwnSearch;
}

export interface OwnSearch {
  /** Out: what was found, in order; null once more was asked for than one call may cost. */
  readonly find: (text: string) => readonly Finding[] | null;
}

export const NO_OWN: OwnDetectors = {
  rules: new Map(),
  search: () => ({ find: () => [] }),
};

/** Null, or what is wrong with the expression of a detector. */
export function patternProblem(pattern: string): string | null {
  const compiled = compile(pattern);
  return compiled.ok ? null : compiled.error;
}

/**
 * Compiles detectors. RE2 runs in time that grows with the text alone, whatever the expression; what it
 * does not have (look-around, back references) is refused, and so is one that matches the empty text.
 */
export function ownDetectors(specs: readonly OwnSpec[]): Result<OwnDetectors, string> {
  if (specs.length > OWN_DETECTORS_MAX) return fail(`more than ${OWN_DETECTORS_MAX} detectors`);
  const compiled: Compiled[] = [];
  for (const { name, pattern } of specs) {
    const found = compile(pattern);
    if (!found.ok) return fail(`\`${name}\`: ${found.error}`);
    compiled.push({ id: `own.${name}`, pattern: found.value });
  }
  const rules = specs.map(({ name, kind, severity, title }): [string, Rule] => [
    `own.${name}`,
    { id: `own.${name}`, kind, severity, title },
  ]);
  return ok({ rules: new Map(rules), search: () => createSearch(compiled) });
}

interface Compiled {
  readonly id: string;
  readonly pattern: RE2JS;
}

function compile(pattern: string): Result<RE2JS, string> {
  if (pattern.length > OWN_PATTERN_UNITS_MAX)
    return fail(`longer than ${OWN_PATTERN_UNITS_MAX} characters`);
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.matcher("").find()) return fail("it matches the empty text");
    return ok(compiled);
  } catch (error) {
    return fail(String((error as Error).message).replace(/^error parsing regexp: /, ""));
  }
}

function createSearch(compiled: readonly Compiled[]): OwnSearch {
  let left = OWN_SCAN_MAX;
  const spend = (units: number): boolean => (left -= units) >= 0;
  return {
    find(text) {
      const findings: Finding[] = [];
      for (const one of compiled)
        for (let from = 0; from < text.length; from += OWN_STEP_UNITS)
          if (!step(one, text, from, spend, findings)) return null;
      return findings.sort((a, b) => a.start - b.start || b.end - a.end);
    },
  };
}

/**
 * One stretch of the text. Each look for a match may read as far as the text goes (`x.*y|x`), so that it
 * is given no more than a stretch with what stands around it. False: over the budget.
 */
function step(
  { id, pattern }: Compiled,
  text: string,
  from: number,
  spend: (units: number) => boolean,
  into: Finding[],
): boolean {
  const start = Math.max(0, from - OWN_CONTEXT_UNITS);
  const end = Math.min(
    text.length,
    from + OWN_STEP_UNITS + OWN_MATCH_UNITS_MAX + OWN_CONTEXT_UNITS,
  );
  const stretch = text.slice(start, end);
  const matcher = pattern.matcher(stretch);
  for (;;) {
    if (!spend(stretch.length)) return false;
    if (!matcher.find()) return true;
    const at = start + matcher.start();
    if (at >= from + OWN_STEP_UNITS) return true;
    if (at < from || matcher.end() === matcher.start()) continue;
    if (into.length >= SCAN_FINDINGS_MAX) return false;
    into.push({ rule: id, start: at, end: start + matcher.end() });
  }
}
