import { eligible, SHIELD_ACTIONS, SHIELD_SEVERITIES, type ShieldEntry } from "@bylaw/core";
import { CONTEXT_ENTRIES } from "./limits.ts";
import { COLUMNS } from "./raw.ts";

/** Characters of a fingerprint and of a title in a model's context. */
const SHORT_FINGERPRINT = 13;
const SHORT_TITLE = 60;

export interface ExportOptions {
  /** The form for a model's context: 25 entries, shortened. */
  readonly context: boolean;
  /** Canonical time; entries that have ended by then are left out. */
  readonly now: string;
}

/**
 * The list of a SHIELD.md, heading included: entries in force, strongest action first, then
 * severity, otherwise in the order given. What a model is shown is only advice to it.
 */
export function exportShield(entries: readonly ShieldEntry[], options: ExportOptions): string {
  const rank = (entry: ShieldEntry): number =>
    SHIELD_ACTIONS.indexOf(entry.action) * SHIELD_SEVERITIES.length +
    SHIELD_SEVERITIES.indexOf(entry.severity);
  const sorted = entries
    .filter((entry) => eligible(entry, options.now))
    .sort((a, b) => rank(a) - rank(b));
  const shown = options.context ? sorted.slice(0, CONTEXT_ENTRIES) : sorted;
  const none = COLUMNS.map((name) =>
    name === "id" ? "(none)" : name === "title" ? "No active threats" : "\u2014",
  );
  const rows = shown.map((entry) => cellsOf(entry, options.context));
  const table = [COLUMNS, COLUMNS.map(() => "---"), ...(rows.length === 0 ? [none] : rows)];
  const lines = table.map((cells) => `| ${cells.join(" | ")} |`);
  return `## Active threats (compressed)\n\n${lines.join("\n")}\n`;
}

function cellsOf(entry: ShieldEntry, context: boolean): readonly string[] {
  const { fingerprint, title, expires } = entry;
  const print = fingerprint ?? "";
  return [
    entry.id,
    context && print !== "" ? `${cut(print, SHORT_FINGERPRINT)}...` : print,
    entry.category,
    entry.severity,
    String(entry.confidence),
    entry.action,
    context ? cut(title, SHORT_TITLE) : title,
    entry.recommendation,
    expires === null ? "none" : context ? expires.slice(0, 10) : expires,
    "false",
  ].map(cell);
}

/** By characters, so that no half of a pair is left. */
function cut(text: string, length: number): string {
  return [...text].slice(0, length).join("");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\r\n|\r|\n/g, "<br>");
}
