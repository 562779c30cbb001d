import {
  isArray,
  isObject,
  JSON_LIMITS,
  type Json,
  type JsonObject,
  member,
  parseStrict,
} from "@bylaw/core";
import { FIELDS, type Layout, problemAt, type RawEntry, type ShieldProblem } from "./raw.ts";

/** Reads a MoltThreats feed: `{success, data: [entry + iocs]}`, or the list of entries alone. */
export function readFeed(file: string, text: string): Layout {
  const parsed = parseStrict(text, JSON_LIMITS, "nearest");
  if (!parsed.ok) return refused(problem(file, `not JSON (${parsed.error.code})`));
  const root = parsed.value;
  if (isObject(root) && member(root, "success") !== true)
    return refused(problem(file, "`success` is not true: an answer of a failed request"));
  const data = isObject(root) ? member(root, "data") : root;
  if (!isArray(data)) return refused(problem(file, "`data` is not a list of entries"));
  const entries: RawEntry[] = [];
  const problems: ShieldProblem[] = [];
  for (const [at, item] of data.entries()) {
    const entry = isObject(item) ? readItem(file, at + 1, item) : "not an object";
    if (typeof entry === "string") problems.push(problem(file, `data[${at}]: ${entry}`));
    else entries.push(entry);
  }
  return { entries, problems, none: data.length === 0 };
}

function problem(file: string, message: string): ShieldProblem {
  return problemAt(file, null, "shield.feed", message);
}

function refused(one: ShieldProblem): Layout {
  return { entries: [], problems: [one], none: false };
}

/** In: the place in the list, from 1, which stands for the line. Out: the entry, or what is wrong. */
function readItem(file: string, line: number, item: JsonObject): RawEntry | string {
  const fields = new Map<string, string>();
  for (const name of FIELDS) {
    const value = member(item, name);
    if (value === undefined || value === null) continue;
    if (typeof value === "object") return `\`${name}\` is not a scalar`;
    fields.set(name, String(value));
  }
  const iocs = member(item, "iocs") ?? [];
  if (!isArray(iocs)) return "`iocs` is not a list";
  const indicators = iocs.map(indicator);
  if (!indicators.every((one) => one !== null))
    return "`iocs` holds something without type and value";
  return { file, line, fields, indicators };
}

function indicator(value: Json): RawEntry["indicators"][number] | null {
  if (!isObject(value)) return null;
  const [type, text] = [member(value, "type"), member(value, "value")];
  return typeof type === "string" && typeof text === "string" ? { type, value: text } : null;
}
