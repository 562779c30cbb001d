/** A policy file: its name as errors show it, and its text. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

/** A stretch of a source, in UTF-16 code units; the end is exclusive. */
export interface Span {
  readonly source: PolicyFile;
  readonly start: number;
  readonly end: number;
}

export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}

const MAX_EXCERPT = 160;

/** The span's first line with carets under the part that the span covers. */
export function excerptOf({ source, start, end }: Span): string {
  const { line, column } = positionOf(source.text, start);
  const full = source.text.split("\n")[line - 1] ?? "";
  const shown = visible(full.slice(0, MAX_EXCERPT));
  const width = Math.max(1, Math.min(end - start, full.length - column + 1));
  const number = String(line);
  const margin = " ".repeat(number.length);
  if (column > MAX_EXCERPT) return `${number} | ${shown}`;
  const carets = "^".repeat(Math.min(width, MAX_EXCERPT - column + 1));
  return `${number} | ${shown}\n${margin} | ${" ".repeat(column - 1)}${carets}`;
}

/** One column per code unit, and nothing that a terminal would act on. */
function visible(text: string): string {
  return text.replace(HIDDEN_ALL, "\u{fffd}").replace(/\t/g, " ");
}

/**
 * Characters that make text read differently from what it is: controls (but tab and line ends),
 * everything that shows nothing (bidirectional marks and overrides, zero-width characters, fillers,
 * variation selectors), other line and paragraph ends, interlinear annotation, lone surrogates.
 */
const HIDDEN_CLASS =
  "(?![\\t\\n\\r])\\p{Cc}|\\p{Default_Ignorable_Code_Point}|\\p{Zl}|\\p{Zp}|\\p{Cs}|[\\ufff9-\\ufffb]";
const HIDDEN = new RegExp(HIDDEN_CLASS, "u");
const HIDDEN_ALL = new RegExp(HIDDEN_CLASS, "gu");

/** Offset of the first character that hides something; -1 when there is none. */
export function hiddenCharacter(text: string): number {
  return text.search(HIDDEN);
}

/** As above, for text that stays on one line. */
export function hiddenInLine(text: string): boolean {
  return HIDDEN.test(text) || /[\t\r\n]/.test(text);
}
