const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1000, KB: 1024, MB: 1_048_576 };

/** `50s`, `15m`, `250ms`, `1h`, `90d` in milliseconds; null for any other text. */
export function durationMs(text: string): number | null {
  return scaled(text, DURATION_MS);
}

/** `4MB` (binary), `64KB`, `500B` in bytes; null for any other text. */
export function sizeBytes(text: string): number | null {
  return scaled(text, SIZE_BYTES);
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return null;
  return Number(digits) * (units[unit] as number);
}
