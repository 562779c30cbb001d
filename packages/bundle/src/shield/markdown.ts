import { FlatError, type Line, readFlat } from "./flat.ts";
import {
  FIELDS,
  fieldName,
  isTemplate,
  type Layout,
  problemAt,
  type RawEntry,
  type ShieldProblem,
} from "./raw.ts";
import { readTable, startsTable } from "./table.ts";

const MARKER = /^##[ \t]+Active threats \(compressed\)$/i;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const BULLET =
  /^[-*+][ \t]+(\*{0,2}`?[A-Za-z_][A-Za-z0-9_ ()-]*`?\*{0,2}):(\*{0,2})(?:[ \t]+(.*)|)$/;
const RULE = /^---[ \t]*$/;

/**
 * The entries of a SHIELD.md, in whatever mixture of layouts. Only what follows the heading of the
 * list counts, and nothing inside HTML comments or quoted examples. Strict: what looks like an entry
 * and is in no layout is a problem, since skipping it would leave out a protection.
 */
export function readMarkdown(file: string, text: string): Layout {
  const lines = text.split(/\r\n|\r|\n/).map((line, at): Line => ({ text: line, number: at + 1 }));
  const version = versionOf(lines);
  if (version !== null && version !== "0.1")
    return failed(problemAt(file, 1, "shield.version", `version \`${version}\` is not known`));
  const start = markerAt(lines);
  if (start === null)
    return failed(
      problemAt(file, null, "shield.no_list", "no heading `## Active threats (compressed)`"),
    );
  const scanner = new Scanner(file, lines.slice(start + 1));
  scanner.scan();
  return scanner;
}

function failed(problem: ShieldProblem): Layout {
  return { entries: [], problems: [problem], none: false };
}

/** `version` of the front matter; null when there is none. */
function versionOf(lines: readonly Line[]): string | null {
  if (lines[0]?.text.trimEnd() !== "---") return null;
  for (const { text } of lines.slice(1)) {
    if (RULE.test(text)) return null;
    const found = /^version:[ \t]*["']?([^"'\s]+)["']?[ \t]*$/.exec(text);
    if (found !== null) return found[1] ?? "";
  }
  return null;
}

/** Index of the list's heading outside quoted examples; null if there is none. */
function markerAt(lines: readonly Line[]): number | null {
  let fence: string | null = null;
  for (const [at, { text }] of lines.entries()) {
    fence = fenceAfter(fence, text);
    if (fence === null && MARKER.test(text.trimEnd())) return at;
  }
  return null;
}

/** The fence that is open after a line: its marks, or null. */
function fenceAfter(open: string | null, text: string): string | null {
  if (open !== null) return closes(open, text) ? null : open;
  return FENCE.exec(text)?.[1] ?? null;
}

function closes(open: string, text: string): boolean {
  const mark = text.trim();
  return mark.length >= open.length && mark === (open[0] ?? "`").repeat(mark.length);
}

class Scanner implements Layout {
  readonly entries: RawEntry[] = [];
  readonly problems: ShieldProblem[] = [];
  none = false;
  readonly #file: string;
  readonly #lines: readonly Line[];
  #at = 0;
  #bullets: { line: number; fields: Map<string, string>; last: string | null } | null = null;

  constructor(file: string, lines: readonly Line[]) {
    this.#file = file;
    this.#lines = lines;
  }

  scan(): void {
    for (let line = this.#take(); line !== undefined; line = this.#take()) {
      try {
        this.#one(line);
      } catch (error) {
        if (!(error instanceof FlatError)) throw error;
        this.#problem(error.line, error.message);
      }
    }
    this.#finish();
  }

  #take(): Line | undefined {
    const line = this.#lines[this.#at];
    this.#at += 1;
    return line;
  }

  #problem(line: number, message: string): void {
    this.problems.push(problemAt(this.#file, line, "shield.layout", message));
  }

  #one(line: Line): void {
    const { text } = line;
    const fence = FENCE.exec(text);
    if (fence !== null) return this.#fenced(line, fence[1] ?? "", (fence[2] ?? "").trim());
    if (text.trimStart().startsWith("<!--")) return this.#comment(line);
    if (/^#{1,6}[ \t]/.test(text)) return this.#finish();
    const below = this.#lines[this.#at]?.text;
    if (startsTable(text, below)) return this.#table();
    if (RULE.test(text) && below !== undefined && /^[A-Za-z_*][\w* ()-]*:/.test(below))
      return this.#block(line);
    const bullet = BULLET.exec(text);
    if (bullet !== null) return this.#bullet(line, bullet[1] ?? "", (bullet[3] ?? "").trim());
    if (/^[ \t]+\S/.test(text) && this.#bullets !== null) return this.#continue(text);
    if (text.trim() === "") return;
    this.#prose(line);
  }

  /** Text of which nothing is read must not be an entry in a layout that nobody knows. */
  #prose({ text, number }: Line): void {
    if (this.#bullets !== null) this.#bullets.last = null;
    if (/^\s*\**id\**\s*:/i.test(text) || /^\s*(?:BLOCK|APPROVE|LOG): /.test(text))
      this.#problem(number, "an entry or a directive in none of the layouts");
    else if (/^\s*\|/.test(text)) this.#problem(number, "a table row without a header");
  }

  #comment(line: Line): void {
    let text: string | undefined = line.text.slice(line.text.indexOf("<!--") + 4);
    for (; text !== undefined; text = this.#take()?.text) {
      const end = text.indexOf("-->");
      if (end < 0) continue;
      if (text.slice(end + 3).trim() !== "")
        this.#problem(line.number, "text after a comment on the same line");
      return;
    }
    this.#problem(line.number, "a comment that does not end");
  }

  #fenced(line: Line, marks: string, language: string): void {
    this.#finish();
    const body: Line[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (!closes(marks, next.text)) {
        body.push(next);
        continue;
      }
      // Other fences quote examples.
      if (/^ya?ml$/i.test(language)) this.#flat(body, "yaml");
      return;
    }
    this.#problem(line.number, "a code block that does not end");
  }

  #flat(body: readonly Line[], mode: "yaml" | "lines"): void {
    for (const { line, fields } of readFlat(body, mode)) this.#add(line, named(fields));
  }

  #table(): void {
    this.#finish();
    const from = this.#at - 1;
    while (this.#lines[this.#at]?.text.includes("|")) this.#at += 1;
    const { entries, none } = readTable(this.#file, this.#lines.slice(from, this.#at));
    this.entries.push(...entries);
    this.none ||= none;
  }

  #block(line: Line): void {
    this.#finish();
    const body: Line[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (RULE.test(next.text)) {
        this.#flat(body, "lines");
        return this.#description();
      }
      body.push(next);
    }
    this.#problem(line.number, "a `---` block that does not end");
  }

  /** Free text below a block is its description: nothing in it is an entry. */
  #description(): void {
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      const below = this.#lines[this.#at + 1]?.text;
      const { text } = line;
      const ends = RULE.test(text) || /^#{1,6}[ \t]/.test(text) || FENCE.test(text);
      if (ends || startsTable(text, below) || text.trimStart().startsWith("<!--")) return;
      if (/^[-*+][ \t]+\**id\**:/i.test(text)) return;
      this.#at += 1;
    }
  }

  #bullet(line: Line, written: string, value: string): void {
    const name = fieldName(written);
    if (!FIELDS.has(name)) {
      if (this.#bullets !== null) this.#bullets.last = null;
      return;
    }
    if (name === "id" && this.#bullets?.fields.has("id")) this.#finish();
    this.#bullets ??= { line: line.number, fields: new Map(), last: null };
    if (this.#bullets.fields.has(name)) this.#problem(line.number, `\`${name}\` is given twice`);
    this.#bullets.fields.set(name, unquoted(value));
    this.#bullets.last = name;
  }

  /** Indented lines below a bullet belong to it. */
  #continue(text: string): void {
    const open = this.#bullets;
    if (open === null || open.last === null) return;
    const more = text.trim().replace(/^[-*+][ \t]+/, "");
    const before = open.fields.get(open.last) ?? "";
    open.fields.set(open.last, before === "" ? more : `${before}\n${more}`);
  }

  #finish(): void {
    const open = this.#bullets;
    this.#bullets = null;
    if (open !== null) this.#add(open.line, open.fields);
  }

  #add(line: number, fields: ReadonlyMap<string, string>): void {
    const id = fields.get("id") ?? "";
    if (isTemplate(id)) return;
    this.entries.push({ file: this.#file, line, fields, indicators: [] });
  }
}

function named(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...fields].map(([key, value]) => [fieldName(key), value]));
}

/** Quotes around a whole value are not part of it. */
function unquoted(text: string): string {
  const found = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`)$/.exec(text);
  return found === null ? text : (found[1] ?? found[2] ?? found[3] ?? "");
}
