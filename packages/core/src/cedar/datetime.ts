import { EvaluationFailure } from "./errors.ts";
import { add, modulo, subtract, toLong } from "./long.ts";
import type { DatetimeValue, DurationValue } from "./value.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS: number = 24 * HOUR_MS;

const DATETIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{3})?(?:Z|[+-]\d{4}))?$/;
/** UTF-16 code units of `YYYY-MM-DD`, and of `+hhmm`. */
const DATE_UNITS = 10;
const OFFSET_UNITS = 5;

/** `YYYY-MM-DD`, or that with `Thh:mm:ss`, optional `.SSS` and `Z` or an offset `+hhmm`. */
export function parseDatetime(text: string): DatetimeValue {
  const known = DATETIME.test(text); // then every part stands where it can only stand
  const year = pair(text, 0) * 100 + pair(text, 2);
  const [month, day] = [pair(text, 5), pair(text, 8)];
  const timed = text.length > DATE_UNITS;
  const [hour, minute] = timed ? [pair(text, 11), pair(text, 14)] : [0, 0];
  const second = timed ? pair(text, 17) : 0;
  const milli = text[19] === "." ? digit(text, 20) * 100 + pair(text, 21) : 0;
  const sign = timed && !text.endsWith("Z") ? text.length - OFFSET_UNITS : -1;
  const [offsetHours, offsetMinutes] =
    sign < 0 ? [0, 0] : [pair(text, sign + 1), pair(text, sign + 3)];
  const valid =
    known &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOfMonth(year, month) &&
    Math.max(hour, offsetHours) <= 23 &&
    Math.max(minute, second, offsetMinutes) <= 59;
  if (!valid) throw new EvaluationFailure("extension", `\`${text}\` is not a datetime`);
  const local =
    daysSinceEpoch(year, month, day) * DAY_MS + clock(hour, minute) + second * SECOND_MS;
  const offset = clock(offsetHours, offsetMinutes) * (sign >= 0 && text[sign] === "-" ? -1 : 1);
  return { kind: "datetime", ms: local + milli - offset };
}

/** Whether that knows the text. */
export function isDatetime(text: string): boolean {
  try {
    parseDatetime(text);
    return true;
  } catch {
    return false;
  }
}

const ZERO = 0x30;

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - ZERO;
}

/** The number that two digits write. */
function pair(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function clock(hours: number, minutes: number): number {
  return hours * HOUR_MS + minutes * MINUTE_MS;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Proleptic Gregorian calendar; `Date.UTC` would read the years 0 to 99 as 1900 to 1999. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const cycles = 400; // 400 Gregorian years repeat exactly
  return (Date.UTC(year + cycles, month - 1, day) - Date.UTC(1970 + cycles, 0, 1)) / DAY_MS;
}

const DURATION = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS: readonly number[] = [DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, 1];

/** Parts in the order d h m s ms, at least one, with an optional sign in front. */
export function parseDuration(text: string): DurationValue {
  const [, sign, ...parts] = DURATION.exec(text) ?? [];
  if (parts.every((part) => part === undefined))
    throw new EvaluationFailure("extension", `\`${text}\` is not a duration`);
  const total = UNITS_MS.reduce((sum, unit, i) => sum + BigInt(parts[i] ?? 0) * BigInt(unit), 0n);
  return { kind: "duration", ms: toLong(sign === "-" ? -total : total) };
}

export function offset(moment: DatetimeValue, by: DurationValue): DatetimeValue {
  return { kind: "datetime", ms: add(moment.ms, by.ms) };
}

export function durationSince(end: DatetimeValue, start: DatetimeValue): DurationValue {
  return { kind: "duration", ms: subtract(end.ms, start.ms) };
}

/** Midnight UTC at or before the moment. */
export function toDate(moment: DatetimeValue): DatetimeValue {
  return { kind: "datetime", ms: subtract(moment.ms, modulo(moment.ms, DAY_MS)) };
}

export function toTime(moment: DatetimeValue): DurationValue {
  return { kind: "duration", ms: modulo(moment.ms, DAY_MS) };
}

/** Method name to milliseconds per unit. */
export const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  toMilliseconds: 1,
  toSeconds: SECOND_MS,
  toMinutes: MINUTE_MS,
  toHours: HOUR_MS,
  toDays: DAY_MS,
};
