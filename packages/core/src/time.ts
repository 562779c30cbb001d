/** Canonical time of records and Facts: UTC with milliseconds, `2026-02-03T09:00:00.000Z`. In: ms since the epoch. */
export function canonicalTime(ms: number): string {
  return new Date(ms).toISOString();
}
