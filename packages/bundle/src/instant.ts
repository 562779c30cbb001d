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
  if (!TIME.test(text)) return false;
  const [year, month, day] = [pair(text, 0) * 100 + pair(text, 2), pair(text, 5), pair(text, 8)];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  return pair(text, 11) < 24 && pair(text, 14) < 60 && pair(text, 17) < 60;
}

const ZERO = 0x30;

/** The number that two digits write. */
function pair(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
