/** One token of SQLite text. Words are lower-cased: SQLite compares names without regard to case. */
export interface Token {
  readonly kind: "word" | "string" | "number" | "parameter" | "symbol";
  readonly text: string;
}

const SPACE = /[ \t\n\f\r]+/y;
const LINE_COMMENT = /--[^\n]*/y;
const BLOCK_COMMENT = /\/\*(?:[^*]|\*(?!\/))*\*\//y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const STRING = /'(?:[^']|'')*'/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /\?\d*|[:@][A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOL = /\|\||<=|>=|<>|==|!=|<<|>>|[-+*/%&|~<>=(),.;]/y;

/**
 * Tokens of a text as SQLite's own tokenizer cuts them (https://sqlite.org/lang_expr.html and
 * tokenize.c), or null for anything that engines or versions cut differently: quoted identifiers,
 * which SQLite may take for strings, blobs, hexadecimal and grouped numbers, an open comment or
 * string, and letters beyond ASCII outside of strings and comments.
 */
export function tokenize(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return null;
    at += found.length;
    return found;
  };
  while (at < text.length) {
    if (take(SPACE) !== null || take(LINE_COMMENT) !== null || take(BLOCK_COMMENT) !== null)
      continue;
    const word = take(WORD);
    const next = text[at] ?? "";
    if (word !== null) {
      // `x'00'` is a blob and `a$b` one name; neither is worth a rule.
      if (next === "'" || next === "$" || next >= "\u0080") return null;
      tokens.push({ kind: "word", text: word.toLowerCase() });
      continue;
    }
    const string = take(STRING);
    if (string !== null) {
      tokens.push({ kind: "string", text: string });
      continue;
    }
    const number = take(NUMBER);
    if (number !== null) {
      if (/[A-Za-z0-9_.$\u0080-\uffff]/.test(text[at] ?? "")) return null;
      tokens.push({ kind: "number", text: number });
      continue;
    }
    const parameter = take(PARAMETER);
    if (parameter !== null) {
      tokens.push({ kind: "parameter", text: parameter });
      continue;
    }
    // `/*` here is a comment that never closes.
    const symbol = text.startsWith("/*", at) ? null : take(SYMBOL);
    if (symbol === null) return null;
    tokens.push({ kind: "symbol", text: symbol });
  }
  return tokens;
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === "symbol" && token.text === text;
}
