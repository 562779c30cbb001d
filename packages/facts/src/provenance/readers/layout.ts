import { AUTHOR_KEYS } from "../lexicon/words.ts";
import { isBlank } from "./blank.ts";
import type { Entry, Piece } from "./document.ts";

/** A line of a text that is laid out, with what it shows of its place. */
interface Row {
  readonly text: string;
  readonly indent: number;
  /** Cells apart by tabs, bars or two blanks and more; one for a line of running text. */
  readonly cells: readonly string[];
}

const LINE_UNITS_MAX = 4_096;

/** Rows of which a text is a table, or a list of cards: fewer are chance. */
const ROWS_MIN = 2;

/** Lines by which it is seen what parts the cells. */
const SAMPLE_LINES = 64;

/** Cells of one row: more are no table that anybody reads. */
const CELLS_MAX = 64;

/**
 * Entries of a text laid out for the eye: a row of a table, or a heading line with what is set deeper below
 * it, is one; so is a block of `Label   value` lines. Null where nothing is laid out: then it is lines.
 */
export function readLayout(text: string): readonly Entry[] | null {
  if (!text.includes("\n")) return null;
  const lines = text.split("\n");
  const delimited = delimiterOf(lines);
  const rows = lines.map((line) => rowOf(line, delimited));
  if (rows.filter(({ cells }) => cells.length > 1).length < ROWS_MIN) return null;
  const entries: Piece[][] = [];
  let entry: Piece[] = [];
  let header: readonly string[] | null = null;
  /** How deep the row stands whose entry is open; null in a block. */
  let under: number | null = null;
  const close = (): void => {
    if (entry.length > 0) entries.push(entry);
    entry = [];
    under = null;
  };
  for (const { text: line, indent, cells } of rows) {
    if (line === "" || isRule(line)) {
      close();
      if (line === "") header = null;
    } else if (cells.length > 1 && !isLabelled(cells)) {
      close();
      if (header === null && isHeader(cells)) header = cells;
      entry = cells.map((cell, at) => pieceOf(cell, header?.[at] ?? ""));
      under = indent;
    } else {
      if (under !== null && indent <= under) close();
      entry.push(...labelledPieces(line, cells));
    }
  }
  close();
  return entries;
}

function rowOf(line: string, delimiter: string | null): Row {
  const text = line.trim();
  const indent = line.length - line.trimStart().length;
  if (text.length > LINE_UNITS_MAX) return { text, indent, cells: [text] };
  const cells = delimiter === null ? apart(text) : splitCells(text, delimiter);
  return { text, indent, cells: cells.length > CELLS_MAX ? [text] : cells };
}

function apart(text: string): readonly string[] {
  return text.includes("  ") || text.includes("\t") ? text.split(/(?: {2,}|\t+)(?:\| *)?/) : [text];
}

/** The character that parts the cells of most lines, as often in each. */
function delimiterOf(lines: readonly string[]): string | null {
  const filled = lines
    .slice(0, SAMPLE_LINES)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const found = ["|", "\t", ";", ","].find((delimiter) => {
    // A bar or a tab stands for nothing else: lines without one are no part of the table.
    const lone = delimiter === "|" || delimiter === "\t";
    const counts = filled
      .filter((line) => !lone || (line.includes(delimiter) && !isRule(line)))
      .map((line) => splitCells(line, delimiter).length);
    const [first = 1] = counts;
    const same = counts.filter((count) => count === first).length;
    return first > (lone ? 1 : 2) && same >= ROWS_MIN && 4 * same >= 3 * counts.length;
  });
  return found ?? (filled.filter((line) => line.startsWith("|")).length >= ROWS_MIN ? "|" : null);
}

/** Cells of one line; a delimiter inside double quotes is part of its cell. */
function splitCells(line: string, delimiter: string): readonly string[] {
  if (!line.includes(delimiter)) return [line];
  const inner = delimiter === "|" ? line.replace(/^\|/, "").replace(/\|$/, "") : line;
  if (!inner.includes('"')) return inner.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const char of inner) {
    if (char === '"') quoted = !quoted;
    if (char === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else if (char !== '"') cell += char;
  }
  return [...cells, cell.trim()];
}

function isRule(line: string): boolean {
  return /^[-=_*+|: ]{3,}$/.test(line);
}

/** Names of columns: words alone. */
function isHeader(cells: readonly string[]): boolean {
  return cells.every((cell) => /^[\p{L}][\p{L} _.()/%#-]{0,40}$/u.test(cell) && !/@/.test(cell));
}

/** `Client     Miller, Josephine`: the first cell names the second. */
function isLabelled(cells: readonly string[]): boolean {
  return cells.length < 4 && /^\p{Lu}\p{Ll}+(?: \p{Ll}+)?:?$/u.test(cells[0] ?? "");
}

function labelledPieces(line: string, cells: readonly string[]): readonly Piece[] {
  const [label = "", ...values] = cells;
  if (values.length > 0)
    return values.map((text) => ({ key: label.replace(/:$/, ""), text, prose: false }));
  return [{ ...pieceOf(line, ""), prose: !isShort(line) }];
}

/** A cell under its column's name; `from Ann Lee` names itself. */
function pieceOf(cell: string, column: string): Piece {
  const [, word = "", rest = ""] = /^(\p{L}+):? (.+)$/u.exec(cell) ?? [];
  const own = AUTHOR_KEYS.has(word.toLowerCase());
  return own ? { key: word, text: rest, prose: false } : { key: column, text: cell, prose: false };
}

/** A line that is a list item or a name rather than a sentence. */
export function isShort(line: string): boolean {
  return line.length <= 80 && !/[.!?]\s*$/.test(line) && hasWords(line, 6);
}

/** Whether a line falls into so many pieces at its blanks, or fewer. */
function hasWords(line: string, most: number): boolean {
  let pieces = 1;
  for (let at = 0; at < line.length && pieces <= most; at += 1) {
    const code = line.charCodeAt(at);
    if (isBlank(code) && !(at > 0 && isBlank(line.charCodeAt(at - 1)))) pieces += 1;
  }
  return pieces <= most;
}
