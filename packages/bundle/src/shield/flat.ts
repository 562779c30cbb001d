/** A line of text and where it stands. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

export interface FlatMap {
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** Where text is no flat map; thrown inside this folder only and caught by the layout reader. */
export class FlatError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/**
 * `yaml` reads the flat subset of YAML that threat files are written in; `lines` the same shape with
 * values taken to the end of the line, as blocks between `---` have them.
 */
export type FlatMode = "yaml" | "lines";

/**
 * One map, or a list of maps, of scalars: plain, quoted, and block scalars. A plain value may hold
 * `: `, since every directive does. Everything else of YAML (nesting, flow, anchors, tags) throws:
 * what is read differently by another reader must not be enforced from here.
 */
export function readFlat(lines: readonly Line[], mode: FlatMode): readonly FlatMap[] {
  const reader = new Reader(lines, mode);
  return reader.read();
}

const KEY = /^(\*{0,2}[A-Za-z_][A-Za-z0-9_ ()-]*\*{0,2}):\*{0,2}(?:[ \t]+(.*)|)$/;

class Reader {
  readonly #lines: readonly Line[];
  readonly #mode: FlatMode;
  #at = 0;

  constructor(lines: readonly Line[], mode: FlatMode) {
    this.#lines = lines;
    this.#mode = mode;
  }

  read(): readonly FlatMap[] {
    const maps: FlatMap[] = [];
    let list: number | null | undefined;
    let open: { line: number; indent: number; fields: Map<string, string> } | null = null;
    for (let line = this.#next(); line !== undefined; line = this.#next()) {
      if (/^---\s*$/.test(line.text)) {
        [open, list] = [null, undefined];
        continue;
      }
      const item = /^( *)- +(.*)$/.exec(line.text);
      const body = item === null ? line.text.trimStart() : (item[2] ?? "");
      const indent =
        line.text.length - (item === null ? line.text.trimStart().length : body.length);
      if (item !== null || open === null) {
        // Items of one list stand in one column; a list inside an entry is nested.
        const column = item === null ? null : (item[1] ?? "").length;
        if (list !== undefined && list !== column)
          throw new FlatError(line.number, "a list inside an entry is not read");
        list = column;
        if (open === null && item === null && indent > 0)
          throw new FlatError(line.number, "an indented line that continues nothing");
        open = { line: line.number, indent, fields: new Map() };
        maps.push(open);
      } else if (indent !== open.indent)
        throw new FlatError(line.number, "nested or unevenly indented values are not read");
      const found = KEY.exec(body);
      if (found === null) throw new FlatError(line.number, "expected `key: value`");
      const key = (found[1] ?? "").replace(/\*/g, "").trim().toLowerCase();
      if (open.fields.has(key)) throw new FlatError(line.number, `\`${key}\` is given twice`);
      open.fields.set(key, this.#value((found[2] ?? "").trim(), open.indent, line.number));
    }
    return maps;
  }

  /** The next line that says something. */
  #next(): Line | undefined {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] as Line;
      this.#at += 1;
      if (line.text.includes("\t") && /^\s*\t/.test(line.text))
        throw new FlatError(line.number, "tabs cannot indent");
      if (line.text.trim() === "") continue;
      if (this.#mode === "yaml" && /^\s*#/.test(line.text)) continue;
      return line;
    }
    return undefined;
  }

  #value(text: string, indent: number, line: number): string {
    if (/^[|>][+-]?\s*$/.test(text)) return this.#block(text.startsWith(">"), indent, line);
    const quoted = quotedValue(text, this.#mode, line);
    if (quoted !== null) return quoted;
    if (this.#mode === "yaml") {
      if (/^[[\]{}&*!%@`|>"'?]/.test(text) && text !== "")
        throw new FlatError(line, "only plain, quoted and block values are read");
      const plain = text.startsWith("#") ? "" : text.replace(/\s#.*$/, "");
      return this.#continued(plain.trim(), indent);
    }
    return this.#continued(text, indent);
  }

  /** Deeper lines below a plain value belong to it, joined by blanks as YAML has it. */
  #continued(text: string, indent: number): string {
    const parts = [text];
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      const depth = line.text.length - line.text.trimStart().length;
      const body = line.text.trim();
      if (body === "" || depth <= indent || body.startsWith("- ") || text === "") break;
      if (this.#mode === "yaml" && body.startsWith("#")) break;
      parts.push(this.#mode === "yaml" ? body.replace(/\s#.*$/, "").trim() : body);
      this.#at += 1;
    }
    return parts.join(" ");
  }

  #block(folded: boolean, indent: number, from: number): string {
    const body: string[] = [];
    let depth: number | null = null;
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      const own = line.text.length - line.text.trimStart().length;
      if (line.text.trim() !== "") {
        if (own <= indent) break;
        depth ??= own;
        if (own < depth || (folded && own > depth))
          throw new FlatError(line.number, "unevenly indented block");
      }
      body.push(line.text.slice(depth ?? 0).trimEnd());
      this.#at += 1;
    }
    if (depth === null) throw new FlatError(from, "a block without lines");
    return (folded ? fold(body) : body.join("\n")).trim();
  }
}

/** `>` joins lines by blanks; an empty line stays a line end. */
function fold(lines: readonly string[]): string {
  return lines.reduce((text, line) => {
    if (line === "") return `${text}\n`;
    return text === "" || text.endsWith("\n") ? text + line : `${text} ${line}`;
  }, "");
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  '"': '"',
  "\\": "\\",
  "/": "/",
};

/** The content of a quoted value; null when the text is not quoted. */
function quotedValue(text: string, mode: FlatMode, line: number): string | null {
  const single = /^'((?:[^']|'')*)'(?:\s+#.*)?$/.exec(text);
  if (single !== null) return (single[1] ?? "").replaceAll("''", "'");
  const double = /^"((?:[^"\\]|\\.)*)"(?:\s+#.*)?$/.exec(text);
  if (double === null) {
    if (mode === "yaml" && /^["']/.test(text))
      throw new FlatError(line, "a quoted value ends on its own line, and the line with it");
    return null;
  }
  return (double[1] ?? "").replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/g,
    (_, u, x, c) => {
      const code = (u ?? x) as string | undefined;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      const known = ESCAPES[c as string];
      if (known === undefined) throw new FlatError(line, `unknown escape \`\\${String(c)}\``);
      return known;
    },
  );
}
