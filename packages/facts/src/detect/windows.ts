import { KEY_BLOCK_UNITS_MAX, SCAN_UNITS_MAX } from "./limits.ts";
import type { Finding } from "./rule.ts";
import type { Scanner } from "./scan.ts";

/** Units that two windows share, so that what lies across their border is whole in one of them. */
export const OVERLAP_UNITS: number = 2 * KEY_BLOCK_UNITS_MAX;

/**
 * Scans a text of any length, window by window. Out: findings in order; `complete` as a scan says it.
 * Each half of what two windows share belongs to the one that sees more of it.
 */
export function scanWindows(
  text: string,
  scan: Scanner,
  windowUnits: number = SCAN_UNITS_MAX,
): { readonly findings: readonly Finding[]; readonly complete: boolean } {
  const findings: Finding[] = [];
  let complete = true;
  for (let from = 0; ; from += windowUnits - OVERLAP_UNITS) {
    const to = Math.min(text.length, from + windowUnits);
    const scanned = scan(text.slice(from, to));
    complete &&= scanned.complete;
    const first = from === 0 ? 0 : OVERLAP_UNITS / 2;
    const last = to === text.length ? windowUnits : windowUnits - OVERLAP_UNITS / 2;
    for (const { rule, start, end } of scanned.findings)
      if (start >= first && start < last)
        findings.push({ rule, start: from + start, end: from + end });
    if (to === text.length) return { findings, complete };
  }
}
