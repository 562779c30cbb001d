import type { Part, Script, Word } from "./ast.ts";
import { decodeEscapes } from "./escapes.ts";
import { type Scanner, Unparsed } from "./scanner.ts";

/** How the scripts inside words are read; handed in, since scripts consist of words. */
export interface Inner {
  /** Reads commands up to a closing parenthesis, which it takes. */
  parenthesized(scanner: Scanner): Script;
  /** Reads a whole text of its own. */
  text(text: string, scanner: Scanner): Script;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPECIAL = /[0-9@*#?$!-]/y;
const BLANK = /\s/;
/** What ends an unquoted word. */
export const META = ";&|<>() \t\n";

/**
 * Reads one word at the position, empty when there is none. `stops` are the characters that end it
 * besides; `meta` says whether the shell's own do.
 */
export function readWord(scanner: Scanner, inner: Inner, stops = "", meta = true): Word {
  const parts: Part[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain, quoted: false });
    plain = "";
  };
  while (!scanner.done) {
    const { next } = scanner;
    if (stops.includes(next)) break;
    if (isProcess(scanner) && meta) {
      flush();
      parts.push(readProcess(scanner, inner));
    } else if ("?*+@!".includes(next) && scanner.peek(1) === "(" && meta && stops === "") {
      plain += readExtendedGlob(scanner);
    } else if (meta && META.includes(next)) break;
    else if (next === "\\") {
      scanner.at += 1;
      const escaped = scanner.next;
      scanner.at += 1;
      if (escaped === "\n") continue;
      flush();
      parts.push({ kind: "text", text: escaped === "" ? "\\" : escaped, quoted: true });
    } else if (`'"$\``.includes(next)) {
      flush();
      const part = readQuoteOrExpansion(scanner, inner);
      parts.push(...part);
    } else {
      plain += next;
      scanner.at += 1;
    }
  }
  flush();
  return parts;
}

function isProcess(scanner: Scanner): boolean {
  return (scanner.next === "<" || scanner.next === ">") && scanner.peek(1) === "(";
}

function readProcess(scanner: Scanner, inner: Inner): Part {
  const input = scanner.next === "<";
  scanner.at += 2;
  return { kind: "process", script: inner.parenthesized(scanner), input };
}

/** `@(a|b)`: kept as written, a pattern like any other. */
function readExtendedGlob(scanner: Scanner): string {
  // Without extended patterns switched on, `!(a)` is a command that runs.
  if (scanner.next === "!") throw new Unparsed("ambiguous pattern");
  const from = scanner.at;
  scanner.at += 2;
  for (let depth = 1; depth > 0; scanner.at += 1) {
    if (scanner.done || "$`".includes(scanner.next)) throw new Unparsed("pattern");
    if (scanner.next === "\\") scanner.at += 1;
    else if (scanner.next === "(") depth += 1;
    else if (scanner.next === ")") depth -= 1;
  }
  const pattern = scanner.text.slice(from, scanner.at);
  // In zsh the same characters are qualifiers, some of which run commands.
  if (!/^.\([\w.|*?/[\]@+()-]*\)$/.test(pattern)) throw new Unparsed("pattern");
  return pattern;
}

function readQuoteOrExpansion(scanner: Scanner, inner: Inner): readonly Part[] {
  scanner.node();
  const { next } = scanner;
  if (next === "'") return [readSingle(scanner)];
  if (next === '"') return readDouble(scanner, inner);
  if (next === "`") return [readBackticks(scanner, inner, false)];
  if (scanner.peek(1) === "'") return [readAnsi(scanner)];
  if (scanner.peek(1) === '"') {
    scanner.at += 1;
    return readDouble(scanner, inner);
  }
  return [readDollar(scanner, inner, false)];
}

function readSingle(scanner: Scanner): Part {
  const end = scanner.text.indexOf("'", scanner.at + 1);
  if (end === -1) throw new Unparsed("single quote");
  const text = scanner.text.slice(scanner.at + 1, end);
  scanner.at = end + 1;
  return { kind: "text", text, quoted: true };
}

function readAnsi(scanner: Scanner): Part {
  scanner.at += 2;
  const from = scanner.at;
  for (; scanner.next !== "'"; scanner.at += 1) {
    if (scanner.done) throw new Unparsed("quote");
    if (scanner.next === "\\") scanner.at += 1;
  }
  const text = decodeEscapes(scanner.text.slice(from, scanner.at));
  scanner.at += 1;
  return { kind: "text", text, quoted: true };
}

function readDouble(scanner: Scanner, inner: Inner): readonly Part[] {
  scanner.expect('"');
  const parts = readExpanding(scanner, inner, '"');
  scanner.expect('"');
  // `""` is a field of its own.
  return parts.length === 0 ? [{ kind: "text", text: "", quoted: true }] : parts;
}

/** Text in which only `$`, backticks and backslashes mean something, up to `end` or the end of the text. */
export function readExpanding(scanner: Scanner, inner: Inner, end: string): readonly Part[] {
  const parts: Part[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain, quoted: true });
    plain = "";
  };
  while (!scanner.done && (end === "" || !scanner.sees(end))) {
    const { next } = scanner;
    if (next === "\\") {
      const escaped = scanner.peek(1);
      scanner.at += escaped === "" ? 1 : 2;
      if (escaped === "\n") continue;
      plain += `$\`\\${end}`.includes(escaped) && escaped !== "" ? escaped : `\\${escaped}`;
    } else if (next === "$") {
      flush();
      parts.push(readDollar(scanner, inner, true));
    } else if (next === "`") {
      flush();
      parts.push(readBackticks(scanner, inner, true));
    } else {
      plain += next;
      scanner.at += 1;
    }
  }
  flush();
  return parts;
}

function readBackticks(scanner: Scanner, inner: Inner, quoted: boolean): Part {
  scanner.at += 1;
  let text = "";
  for (; scanner.next !== "`"; scanner.at += 1) {
    if (scanner.done) throw new Unparsed("backtick");
    if (
      scanner.next === "\\" &&
      (`$\`\\`.includes(scanner.peek(1)) || (quoted && scanner.peek(1) === '"'))
    )
      scanner.at += 1;
    text += scanner.next;
  }
  scanner.at += 1;
  return { kind: "command", script: scanner.nested(() => inner.text(text, scanner)), quoted };
}

function readDollar(scanner: Scanner, inner: Inner, quoted: boolean): Part {
  scanner.node();
  scanner.at += 1;
  if (scanner.sees("((")) {
    const found = readArithmetic(scanner, inner, quoted);
    if (found !== null) return found;
  }
  if (scanner.take("("))
    return { kind: "command", script: scanner.nested(() => inner.parenthesized(scanner)), quoted };
  if (scanner.take("{")) return scanner.nested(() => readBraced(scanner, inner, quoted));
  if (scanner.take("[")) return readOldArithmetic(scanner, inner, quoted);
  const name = scanner.match(NAME) ?? scanner.match(SPECIAL);
  if (name === null && !scanner.sees("\\\n")) return { kind: "text", text: "$", quoted };
  // A line continuation goes before everything else: `$a\⏎b` is `$ab`.
  if (name === null || scanner.sees("\\\n")) throw new Unparsed("a name over two lines");
  return { kind: "variable", name, quoted, bare: true, operator: null, argument: null };
}

/** `$((…))`; null where it turns out to be a command substitution that starts with a subshell. */
function readArithmetic(scanner: Scanner, inner: Inner, quoted: boolean): Part | null {
  const from = scanner.at;
  scanner.at += 2;
  const content = scanner.nested(() => readArithmeticContent(scanner, inner));
  if (scanner.take("))")) return { kind: "arithmetic", content, quoted };
  scanner.back(from);
  return null;
}

/** Expansions in an arithmetic expression, up to the parenthesis that closes it. */
export function readArithmeticContent(scanner: Scanner, inner: Inner): Word {
  const parts: Part[] = [];
  for (let depth = 0; !scanner.done; ) {
    const { next } = scanner;
    if (next === ")" && depth === 0) break;
    if (next === "(") depth += 1;
    if (next === ")") depth -= 1;
    if (next === "$" || next === "`" || next === '"' || next === "'")
      parts.push(...readQuoteOrExpansion(scanner, inner));
    else {
      parts.push({ kind: "text", text: next, quoted: true });
      scanner.at += 1;
    }
  }
  return parts;
}

function readOldArithmetic(scanner: Scanner, inner: Inner, quoted: boolean): Part {
  const content = readWord(scanner, inner, "]", false);
  scanner.expect("]");
  return { kind: "arithmetic", content, quoted };
}

const OPERATOR = /:[-=?+]|##?|%%?|\/\/?|\^\^?|,,?|[-=?+:@]/y;

/** After `${`. */
function readBraced(scanner: Scanner, inner: Inner, quoted: boolean): Part {
  if (BLANK.test(scanner.next)) throw new Unparsed("bad substitution");
  const before =
    /[#!]/.test(scanner.next) && /[A-Za-z0-9_@*?]/.test(scanner.peek(1)) ? scanner.next : "";
  scanner.at += before.length;
  const name = scanner.match(/[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y);
  if (name === null) throw new Unparsed("bad substitution");
  let subscript = "";
  if (scanner.take("[")) {
    const index = readWord(scanner, inner, "]", false);
    scanner.expect("]");
    const [only] = index;
    subscript = only?.kind === "text" && index.length === 1 ? `[${only.text}]` : "[?]";
  }
  const whole = name + (subscript === "" ? "" : subscript);
  if (scanner.take("}"))
    return {
      kind: "variable",
      name: whole,
      quoted,
      bare: false,
      operator: before || null,
      argument: null,
    };
  const operator = scanner.match(OPERATOR);
  if (operator === null) throw new Unparsed("bad substitution");
  const argument = quoted
    ? readQuotedArgument(scanner, inner)
    : readWord(scanner, inner, "}", false);
  scanner.expect("}");
  return {
    kind: "variable",
    name: whole,
    quoted,
    bare: false,
    operator: before + operator,
    argument,
  };
}

/** In `"${x:-…}"` double quotes may be opened again, and single ones mean nothing. */
function readQuotedArgument(scanner: Scanner, inner: Inner): Word {
  const parts: Part[] = [];
  while (!scanner.done && scanner.next !== "}") {
    if (scanner.next === '"') parts.push(...readDouble(scanner, inner));
    else if (scanner.next === "$") parts.push(readDollar(scanner, inner, true));
    else if (scanner.next === "`") parts.push(readBackticks(scanner, inner, true));
    else {
      if (scanner.next === "\\") scanner.at += 1;
      parts.push({ kind: "text", text: scanner.next, quoted: true });
      scanner.at += 1;
    }
  }
  return parts;
}
