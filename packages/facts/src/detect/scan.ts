import { SCAN_FINDINGS_MAX, SCAN_UNITS_MAX } from "./limits.ts";
import type { Finding, Kind } from "./rule.ts";
import { secretScanner } from "./secrets.ts";

/** What was found in one text, in order of place. */
export interface Scanned {
  readonly findings: readonly Finding[];
  /** UTF-16 units from the start that were looked at. */
  readonly scanned: number;
  /** False when the text goes on beyond them, or had more findings than are kept. */
  readonly complete: boolean;
}

/** In: a text; the name it stands under (a key, an argument), which says what it may be. Never throws. */
export type Scanner = (text: string, name?: string) => Scanned;

type Search = (text: string, name?: string) => readonly Finding[];

const SEARCHES: Readonly<Partial<Record<Kind, Search>>> = { secret: secretScanner() };

/** A scanner for some kinds of findings. Time and memory grow with the length of the text alone. */
export function scanner(kinds: ReadonlySet<Kind>): Scanner {
  const searches = [...kinds].flatMap((kind) => SEARCHES[kind] ?? []);
  return (text, name) => {
    const scanned = Math.min(text.length, SCAN_UNITS_MAX);
    const within = scanned === text.length ? text : text.slice(0, scanned);
    const found = searches.flatMap((search) => search(within, name));
    const findings = found
      .slice(0, SCAN_FINDINGS_MAX)
      .sort((a, b) => a.start - b.start || b.end - a.end);
    const complete = scanned === text.length && found.length <= SCAN_FINDINGS_MAX;
    return { findings, scanned, complete };
  };
}
