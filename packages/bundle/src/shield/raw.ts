/** One entry as a layout holds it: texts by field name, nothing judged yet. */
export interface RawEntry {
  readonly file: string;
  /** From 1; of a feed, the number of the entry. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
  /** Indicators, which only feeds have. */
  readonly indicators: readonly { readonly type: string; readonly value: string }[];
}

/** Why a SHIELD file is refused; the codes are stable and documented in docs/shield.md. */
export const SHIELD_CODES = {
  "shield.limit": "a file, a field or the whole is larger than its limit",
  "shield.empty": "the file has no entries, and does not say so with a `(none)` row",
  "shield.no_list": "the heading `## Active threats (compressed)` is missing",
  "shield.version": "the file is of another version than 0.1",
  "shield.layout": "text that looks like an entry and is in none of the layouts",
  "shield.feed": "the feed is not the JSON document that it should be",
  "shield.entry": "a value of an entry is missing or not readable",
  "shield.duplicate": "two entries with the same id say different things",
  "shield.unacknowledged": "a part of the entry could not be read and nobody has acknowledged it",
} as const;
export type ShieldCode = keyof typeof SHIELD_CODES;

export interface ShieldProblem {
  readonly code: ShieldCode;
  readonly message: string;
  readonly file: string;
  /** From 1, of a feed the number of the entry; null for the file as a whole. */
  readonly line: number | null;
  readonly entry: string | null;
}

/** What a layout reader found in a text. */
export interface Layout {
  readonly entries: readonly RawEntry[];
  readonly problems: readonly ShieldProblem[];
  /** The text says itself that it lists nothing. */
  readonly none: boolean;
}

export function problemAt(
  file: string,
  line: number | null,
  code: ShieldCode,
  message: string,
  entry: string | null = null,
): ShieldProblem {
  return { code, message, file, line, entry };
}

export function renderProblem({ code, message, file, line, entry }: ShieldProblem): string {
  const about = entry === null ? "" : `entry \`${entry}\`: `;
  return `${file}${line === null ? "" : `:${line}`}: ${code}: ${about}${message}`;
}

/** The fields that a table has a column for, in the order of the columns. */
export const COLUMNS = [
  "id",
  "fingerprint",
  "category",
  "severity",
  "confidence",
  "action",
  "title",
  "recommendation_agent",
  "expires_at",
  "revoked",
] as const;

/** Field names that the format knows; other keys of an entry say nothing to it. */
export const FIELDS: ReadonlySet<string> = new Set([...COLUMNS, "revoked_at", "description"]);

/** Characters of a field's name; a longer text is none. */
const MAX_NAME_CHARS = 64;

/** `**Title (short)**` is `title`. */
export function fieldName(text: string): string {
  if (text.length > MAX_NAME_CHARS) return text;
  const bare = text.replace(/[*`]/g, "").replace(/\([^)]*\)/, "");
  return bare.trim().toLowerCase().replace(/[ -]+/g, "_");
}

/** A template says what belongs in its place: `<id>`. */
export function isTemplate(id: string): boolean {
  return /^<[^<>]*>$/.test(id.trim());
}

/** How files write "there is nothing here". */
export function isNone(text: string): boolean {
  return /^(?:|null|none|\(none\)|n\/a|~|[-\u2013\u2014]+)$/i.test(text.trim());
}
