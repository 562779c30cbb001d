import type { Line } from "./flat.ts";
import { FlatError } from "./flat.ts";
import { fieldName, isNone, isTemplate, type RawEntry } from "./raw.ts";

/** Columns without which a row says nothing that could be enforced. */
const NEEDED = ["id", "action", "recommendation_agent"];

export interface TableRows {
  readonly entries: readonly RawEntry[];
  /** It has the row that says that nothing is listed. */
  readonly none: boolean;
}

/** Whether a line starts a table: it has cells, and the line below is the rule under a header. */
export function startsTable(line: string, below: string | undefined): boolean {
  return line.includes("|") && below !== undefined && isRule(below);
}

function isRule(line: string): boolean {
  return /^[\s:|-]+$/.test(line) && line.includes("|") && line.includes("-");
}

/**
 * Rows by the names of their header, wherever a column stands. In: header, rule and rows. Throws
 * `FlatError` for a table that does not hold threats, and for a row with more or fewer cells than
 * the header: a bar that nobody escaped shifts every cell after it.
 */
export function readTable(file: string, lines: readonly Line[]): TableRows {
  const [header, , ...rows] = lines;
  if (header === undefined) return { entries: [], none: false };
  const names = cellsOf(header.text).map(fieldName);
  const missing = NEEDED.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new FlatError(header.number, `a table without a column \`${missing}\``);
  if (new Set(names).size < names.length)
    throw new FlatError(header.number, "a table with two columns of one name");
  const entries: RawEntry[] = [];
  let none = false;
  for (const { text, number } of rows) {
    const cells = cellsOf(text);
    if (cells.length !== names.length)
      throw new FlatError(number, `a row of ${cells.length} cells under ${names.length} columns`);
    const fields = new Map(names.map((name, at) => [name, cells[at] ?? ""]));
    const id = fields.get("id") ?? "";
    if (id.trim() === "(none)") none = true;
    else if (!isTemplate(id) && !cells.every(isNone))
      entries.push({ file, line: number, fields, indicators: [] });
  }
  return { entries, none };
}

/** Cells between bars; `\|` is a bar inside a cell. */
function cellsOf(line: string): readonly string[] {
  const cells: string[] = [];
  let cell = "";
  const text = line.trim();
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\" && text[at + 1] === "|") {
      cell += "|";
      at += 1;
    } else if (text[at] === "|") {
      cells.push(cell);
      cell = "";
    } else cell += text[at];
  }
  cells.push(cell);
  if (text.startsWith("|")) cells.shift();
  if (text.endsWith("|") && !text.endsWith("\\|")) cells.pop();
  return cells.map(plainCell);
}

/** Without the marks that make a whole cell bold or code. */
function plainCell(text: string): string {
  const cell = text.trim();
  const wrapped = /^(?:`([^`]*)`|\*\*([^*]*)\*\*)$/.exec(cell);
  return wrapped === null ? cell : (wrapped[1] ?? wrapped[2] ?? "").trim();
}
