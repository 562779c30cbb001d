/** Canonical time of records and Facts: UTC with milliseconds, `2026-02-03T09:00:00.000Z`. In: ms since the epoch. */
export function canonicalTime(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** One action asks for the same millisecond again and again. */
let last = { ms: Number.NaN, text: "" };
