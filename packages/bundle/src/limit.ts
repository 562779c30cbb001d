import { LIMIT_SUBJECTS, type LIMIT_UNITS, type Limit } from "@bylaw/core";

/** Longest window of a limit. */
const MAX_WINDOW_MS = 31 * 86_400_000;
/** Largest limit: sums of what exceeds it still fit a double. */
const MAX_MOST = 1_000_000_000_000;
const MICROS = 1_000_000;

const DURATION_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const UNITS: Readonly<Record<string, (typeof LIMIT_UNITS)[number]>> = {
  call: "calls",
  calls: "calls",
  item: "items",
  items: "items",
  byte: "bytes",
  bytes: "bytes",
  usd: "usd",
  token: "tokens",
  tokens: "tokens",
};
const FORM =
  /^(?<most>\d{1,13}(?:\.\d{1,6})?) (?<unit>[a-z]+) (?:per (?<count>[1-9]\d{0,5})(?<span>[smhd])|at once)(?: per (?<per>[a-z]+(?: and [a-z]+)*))?$/;

/** `10 items per 1h per agent`, `3 calls at once per upstream`; null for any other text. */
export function limitOf(text: string): Limit | null {
  const parts = FORM.exec(text)?.groups;
  if (parts === undefined) return null;
  const unit = Object.hasOwn(UNITS, parts["unit"] ?? "") ? UNITS[parts["unit"] ?? ""] : undefined;
  const per = (parts["per"]?.split(" and ") ?? []) as Limit["per"];
  if (unit === undefined || new Set(per).size !== per.length) return null;
  if (per.some((subject) => !LIMIT_SUBJECTS.includes(subject))) return null;
  const windowMs = windowOf(parts["count"], parts["span"]);
  // What is in flight has no amount that comes back: only calls end.
  if (windowMs === null && unit !== "calls") return null;
  const most = mostOf(parts["most"] ?? "", unit);
  if (most === null || (windowMs !== null && windowMs > MAX_WINDOW_MS)) return null;
  return { most, unit, windowMs, per };
}

function windowOf(count: string | undefined, span: string | undefined): number | null {
  return count === undefined ? null : Number(count) * (DURATION_MS[span ?? ""] ?? 0);
}

/** Whole numbers, except of money. */
function mostOf(text: string, unit: Limit["unit"]): number | null {
  if (unit !== "usd" && text.includes(".")) return null;
  const most = unit === "usd" ? Math.round(Number(text) * MICROS) : Number(text);
  return most > 0 && most <= MAX_MOST ? most : null;
}
