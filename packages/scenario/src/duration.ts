const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration such as `16m`. */
export function durationOf(text: string): number {
  const [, digits = "0", unit = "ms"] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(digits) * (UNITS[unit] ?? 1);
}
