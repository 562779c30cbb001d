import { isDatetime } from "@bylaw/core";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;

/**
 * Milliseconds since the epoch of `YYYY-MM-DDThh:mm:ss[.sss]Z`; null for any other text and for days
 * that do not exist, which JavaScript would take for days of the next month.
 */
export function instantOf(text: string): number | null {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) return null;
  return new Date(ms).toISOString().startsWith(text.slice(0, 19)) ? ms : null;
}

/** Whether `instantOf` knows the text, without making a date of it. */
export function isInstant(text: string): boolean {
  return TIME.test(text) && isDatetime(text);
}
