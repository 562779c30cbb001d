/** ISO 8601 date, or date and time; without an offset in UTC. */
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Canonical time of a date or a time as threat files write it; null for anything else, and for days
 * that the calendar does not have. A date alone is the first moment of that day.
 */
export function readTime(text: string): string | null {
  const found = TIME.exec(text.trim());
  if (found === null) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", part = "", zone = "Z"] =
    found;
  const date = `${year}-${month}-${day}`;
  const clock = `${hour}:${minute}:${second}.${part.padEnd(3, "0").slice(0, 3)}`;
  const offset = zone.toUpperCase().replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${date}T${clock}${offset}`);
  // Engines differ on 30 February: some refuse it, some make it a day in March.
  const there = new Date(Date.parse(`${date}T00:00:00.000Z`));
  if (Number.isNaN(ms) || Number.isNaN(there.getTime())) return null;
  return there.toISOString().startsWith(date) && hour !== "24" ? new Date(ms).toISOString() : null;
}
