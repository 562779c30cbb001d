import { DETECTORS } from "./detectors.ts";
import { decodedRuns } from "./encoded/decode.ts";
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

/** Encodings inside one another that are opened. */
const NESTED_MAX = 2;

const secrets = secretScanner();
const NOTHING: readonly Finding[] = [];

/**
 * A scanner for some kinds of findings. Time and memory grow with the length of the text alone. What is
 * found inside base64, hexadecimal or percent-encoded text has the place of the encoded stretch.
 */
export function scanner(kinds: ReadonlySet<Kind>): Scanner {
  const detectors = DETECTORS.filter(({ kind }) => kinds.has(kind));
  const forSecrets = kinds.has("secret");
  const search = (text: string, name: string | undefined): readonly Finding[] => {
    const found = forSecrets ? secrets(text, name) : NOTHING;
    if (detectors.length === 0) return found;
    return [
      ...found,
      ...detectors.flatMap((one) => (one.mayHold.test(text) ? one.search(text) : [])),
    ];
  };
  return (text, name) => {
    const scanned = Math.min(text.length, SCAN_UNITS_MAX);
    const within = scanned === text.length ? text : text.slice(0, scanned);
    const plain = search(within, name);
    const hidden = inside(within, search, NESTED_MAX);
    if (plain.length === 0 && hidden.length === 0)
      return { findings: NOTHING, scanned, complete: scanned === text.length };
    const found = [...plain, ...hidden].sort(
      (a, b) => a.start - b.start || b.end - a.end || (a.rule < b.rule ? -1 : 1),
    );
    const complete = scanned === text.length && found.length <= SCAN_FINDINGS_MAX;
    return { findings: found.slice(0, SCAN_FINDINGS_MAX), scanned, complete };
  };
}

/** What encoded stretches hide: each rule once for each stretch. */
function inside(
  text: string,
  search: (text: string, name: undefined) => readonly Finding[],
  depth: number,
): readonly Finding[] {
  if (depth === 0) return [];
  const runs = decodedRuns(text);
  if (runs.length === 0) return NOTHING;
  return runs.flatMap((run) => {
    const found = [...search(run.text, undefined), ...inside(run.text, search, depth - 1)];
    return [...new Set(found.map(({ rule }) => rule))].map((rule) => ({
      rule,
      start: run.start,
      end: run.end,
    }));
  });
}
