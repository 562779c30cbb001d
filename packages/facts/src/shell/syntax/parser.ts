import { SHELL_UNITS_MAX } from "../../limits.ts";
import type { Assignment, Command, Part, Reading, Redirect, Script, Word } from "./ast.ts";
import { type Budget, Scanner, Unparsed } from "./scanner.ts";
import { type Inner, META, readArithmeticContent, readExpanding, readWord } from "./words.ts";

/**
 * Reads a POSIX shell or bash text. Never throws; a text that is not understood to its end, or beyond
 * a limit, has `complete: false` and the commands that could be read, so that what is plainly there
 * still counts.
 */
export function parseShell(text: string): Reading {
  if (text.length > SHELL_UNITS_MAX) return { script: { commands: [] }, complete: false };
  const commands: Command[] = [];
  const budget: Budget = { nodes: 0 };
  const parser = new Parser(new Scanner(text, budget, 0));
  let complete = true;
  for (let errors = 0; !parser.scanner.done && errors < RESUMED_MAX; ) {
    const from = parser.scanner.at;
    try {
      parser.commands([], commands);
      if (parser.scanner.done) parser.endOfText();
      else throw new Unparsed("unexpected");
    } catch (error) {
      if (!(error instanceof Unparsed)) throw error;
      complete = false;
      errors += 1;
      parser.resume(from);
    }
  }
  return { script: { commands }, complete };
}

/** Errors behind which reading continues. */
const RESUMED_MAX = 8;

interface Heredoc {
  readonly delimiter: string;
  readonly literal: boolean;
  readonly tabs: boolean;
  readonly body: Part[];
}

const RESERVED = new Set("then else elif fi do done esac } ]]".split(" "));
const REDIRECT = /(\d*)(&>>|&>|<<<|<<-|<<|<>|>>|>\||>&|<&|<(?!\()|>(?!\())/y;
const ASSIGNMENT = /([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\]\s=]*)\])?(\+?)=/y;
const SPACE = /(?:[ \t\r]|\\\r?\n)+/y;
const FUNCTION_NAME = /[^\s;&|<>()$`'"\\=]+(?=[ \t]*\([ \t]*\))/y;

class Parser implements Inner {
  readonly scanner: Scanner;
  #heredocs: Heredoc[] = [];

  constructor(scanner: Scanner) {
    this.scanner = scanner;
  }

  parenthesized(scanner: Scanner): Script {
    // The scanner is this parser's own: words never hand in another one.
    if (scanner !== this.scanner) return new Parser(scanner).parenthesized(scanner);
    const commands: Command[] = [];
    return scanner.nested(() => {
      this.commands([")"], commands);
      scanner.expect(")");
      return { commands };
    });
  }

  text(text: string, { budget, depth }: Scanner): Script {
    const parser = new Parser(new Scanner(text, budget, depth));
    const commands: Command[] = [];
    parser.commands([], commands);
    if (!parser.scanner.done) throw new Unparsed("unexpected");
    parser.endOfText();
    return { commands };
  }

  /** After an error: continues behind the next line, so that one odd line does not hide the others. */
  resume(from: number): void {
    const { scanner } = this;
    this.#heredocs = [];
    const end = scanner.text.indexOf("\n", Math.max(scanner.at, from + 1));
    scanner.at = end === -1 ? scanner.text.length : end + 1;
  }

  endOfText(): void {
    if (this.#heredocs.length > 0) throw new Unparsed("here-document");
  }

  /** Commands up to one of the words or characters that close them, which is left in place. */
  commands(closers: readonly string[], into: Command[]): void {
    const { scanner } = this;
    for (;;) {
      this.blanks(true);
      if (scanner.done || this.closes(closers)) return;
      into.push(this.chain());
      this.blanks(false);
      if (scanner.sees(";;") || scanner.sees(";&")) {
        if (closers.includes(";;")) return;
        throw new Unparsed("unexpected ;;");
      }
      if (scanner.take(";") || scanner.take("&") || scanner.done || scanner.next === "\n") continue;
      if (this.closes(closers)) return;
      throw new Unparsed("unexpected");
    }
  }

  closes(closers: readonly string[]): boolean {
    const { scanner } = this;
    return closers.some((closer) =>
      /^[a-z}]/.test(closer)
        ? scanner.sees(closer) && isBoundary(scanner.peek(closer.length))
        : scanner.sees(closer),
    );
  }

  /** Blanks, comments and line continuations; newlines, too, when asked, with the here-documents behind them. */
  blanks(newlines: boolean): void {
    const { scanner } = this;
    for (;;) {
      if (scanner.match(SPACE) !== null) continue;
      if (scanner.next === "#") scanner.match(/[^\n]*/y);
      else if (newlines && scanner.take("\n")) this.readHeredocs();
      else return;
    }
  }

  chain(): Command {
    const { scanner } = this;
    const line = this.line();
    const commands = [this.pipeline()];
    for (;;) {
      this.blanks(false);
      if (!scanner.take("&&") && !scanner.take("||")) break;
      this.blanks(true);
      commands.push(this.pipeline());
    }
    return only(commands) ?? { kind: "chain", line, commands };
  }

  pipeline(): Command {
    const { scanner } = this;
    const line = this.line();
    while (scanner.match(/(?:!|time|coproc)(?=[ \t\n({])|!$/y) !== null) {
      this.blanks(true);
      scanner.match(/-p(?=\s)/y);
      this.blanks(false);
    }
    const commands = [this.command()];
    for (;;) {
      this.blanks(false);
      if (scanner.sees("||") || !(scanner.take("|&") || scanner.take("|"))) break;
      this.blanks(true);
      commands.push(this.command());
    }
    return only(commands) ?? { kind: "pipeline", line, commands };
  }

  command(): Command {
    const { scanner } = this;
    scanner.node();
    return scanner.nested(() => this.compound() ?? this.definition() ?? this.simple());
  }

  compound(): Command | null {
    const { scanner } = this;
    const line = this.line();
    if (scanner.sees("((")) {
      const arithmetic = this.arithmeticCommand();
      if (arithmetic !== null) return arithmetic;
    }
    if (scanner.take("(")) {
      const body = this.body([")"]);
      return { kind: "group", line, body, subshell: true, redirects: this.redirects() };
    }
    const word = scanner.match(/(?:if|while|until|for|select|case|function|\[\[|\{)(?=[\s(]|$)/y);
    switch (word) {
      case null:
        if ([...RESERVED].some((reserved) => this.closes([reserved])))
          throw new Unparsed("unexpected");
        return null;
      case "{": {
        const body = this.body(["}"]);
        return { kind: "group", line, body, subshell: false, redirects: this.redirects() };
      }
      case "[[":
        return this.conditional(line);
      case "if":
        return this.conditionalBranch(line);
      case "while":
      case "until": {
        const condition = this.body(["do"]);
        const body = this.body(["done"]);
        const redirects = this.redirects();
        return { kind: "loop", line, variable: null, words: null, condition, body, redirects };
      }
      case "case":
        return this.caseBranch(line);
      case "function":
        return this.namedFunction(line);
      default:
        return this.forLoop(line);
    }
  }

  /** Commands up to a closer, which is taken. */
  body(closers: readonly string[]): Script {
    const commands: Command[] = [];
    this.commands(closers, commands);
    const closer = closers.find((each) => this.closes([each]));
    if (closer === undefined) throw new Unparsed("not closed");
    this.scanner.at += closer.length;
    return { commands };
  }

  arithmeticCommand(): Command | null {
    const { scanner } = this;
    const line = this.line();
    const from = scanner.at;
    scanner.at += 2;
    const content = readArithmeticContent(scanner, this);
    if (scanner.take("))"))
      return { kind: "test", line, words: [content], redirects: this.redirects() };
    scanner.back(from);
    return null;
  }

  conditional(line: number): Command {
    const { scanner } = this;
    const words: Word[] = [];
    for (;;) {
      this.blanks(true);
      if (scanner.match(/\]\](?=[\s;&|)]|$)/y) !== null) break;
      if (scanner.done) throw new Unparsed("[[");
      if (scanner.match(/&&|\|\||[()<>]/y) !== null) continue;
      const pattern = scanner.match(/=~[ \t]+/y) !== null;
      const word = pattern ? readRegex(scanner, this) : readWord(scanner, this);
      if (word.length === 0) throw new Unparsed("[[");
      words.push(word);
    }
    return { kind: "test", line, words, redirects: this.redirects() };
  }

  conditionalBranch(line: number): Command {
    const conditions = [this.body(["then"])];
    const bodies: Script[] = [];
    for (;;) {
      const commands: Command[] = [];
      this.commands(["elif", "else", "fi"], commands);
      bodies.push({ commands });
      if (this.closes(["elif"])) {
        this.scanner.at += 4;
        conditions.push(this.body(["then"]));
      } else if (this.closes(["else"])) {
        this.scanner.at += 4;
        bodies.push(this.body(["fi"]));
        break;
      } else {
        this.scanner.expect("fi");
        break;
      }
    }
    return { kind: "branch", line, words: [], conditions, bodies, redirects: this.redirects() };
  }

  caseBranch(line: number): Command {
    const { scanner } = this;
    this.blanks(true);
    const words = [readWord(scanner, this)];
    this.blanks(true);
    scanner.expect("in");
    const bodies: Script[] = [];
    for (;;) {
      this.blanks(true);
      if (this.closes(["esac"])) break;
      scanner.take("(");
      for (;;) {
        this.blanks(true);
        const pattern = readWord(scanner, this);
        if (pattern.length === 0) throw new Unparsed("case");
        words.push(pattern);
        this.blanks(true);
        if (scanner.take(")")) break;
        scanner.expect("|");
      }
      const commands: Command[] = [];
      this.commands([";;", ";&", "esac"], commands);
      bodies.push({ commands });
      if (scanner.match(/;;&|;;|;&/y) === null) break;
    }
    this.blanks(true);
    scanner.expect("esac");
    return { kind: "branch", line, words, conditions: [], bodies, redirects: this.redirects() };
  }

  forLoop(line: number): Command {
    const { scanner } = this;
    this.blanks(true);
    if (scanner.sees("((")) {
      const head = this.arithmeticCommand();
      if (head === null) throw new Unparsed("for");
      this.blanks(false);
      scanner.take(";");
      this.blanks(true);
      const body = this.loopBody();
      const condition: Script = { commands: [head] };
      return {
        kind: "loop",
        line,
        variable: null,
        words: null,
        condition,
        body,
        redirects: this.redirects(),
      };
    }
    const variable = scanner.match(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (variable === null) throw new Unparsed("for");
    this.blanks(true);
    let words: Word[] | null = null;
    if (scanner.match(/in(?=[\s;]|$)/y) !== null) {
      words = [];
      for (;;) {
        this.blanks(false);
        const word = readWord(scanner, this);
        if (word.length === 0) break;
        words.push(word);
      }
    }
    scanner.take(";");
    this.blanks(true);
    const body = this.loopBody();
    return {
      kind: "loop",
      line,
      variable,
      words,
      condition: null,
      body,
      redirects: this.redirects(),
    };
  }

  loopBody(): Script {
    if (this.closes(["do"])) {
      this.scanner.at += 2;
      return this.body(["done"]);
    }
    this.scanner.expect("{");
    return this.body(["}"]);
  }

  namedFunction(line: number): Command {
    const { scanner } = this;
    this.blanks(false);
    const name = scanner.match(/[^\s;&|<>()$`'"\\]+/y);
    if (name === null) throw new Unparsed("function");
    this.blanks(false);
    if (scanner.take("(")) {
      this.blanks(false);
      scanner.expect(")");
    }
    this.blanks(true);
    return { kind: "function", line, name, body: this.command() };
  }

  /** `name() …`. */
  definition(): Command | null {
    const line = this.line();
    const name = this.scanner.match(FUNCTION_NAME);
    if (name === null) return null;
    this.scanner.match(/[ \t]*\([ \t]*\)/y);
    this.blanks(true);
    return { kind: "function", line, name, body: this.command() };
  }

  simple(): Command {
    const { scanner } = this;
    const line = this.line();
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.blanks(false);
      const redirect = this.redirect();
      if (redirect !== null) {
        redirects.push(redirect);
        continue;
      }
      const declares = takesAssignments(words[0]);
      const assignment = words.length === 0 || declares ? this.assignment(declares) : null;
      if (assignment !== null) {
        assignments.push(assignment);
        continue;
      }
      const word = readWord(scanner, this);
      if (word.length === 0) break;
      scanner.node();
      words.push(word);
    }
    if (assignments.length + words.length + redirects.length === 0)
      throw new Unparsed("empty command");
    return { kind: "simple", line, assignments, words, redirects };
  }

  /** In: whether only an array counts, since anything else is a word like others. */
  assignment(arrayOnly: boolean): Assignment | null {
    const { scanner } = this;
    const from = scanner.at;
    const head = scanner.match(ASSIGNMENT);
    if (head === null) return null;
    if (arrayOnly && scanner.next !== "(") {
      scanner.at = from;
      return null;
    }
    const found = /^([A-Za-z_][A-Za-z0-9_]*)(\[[^\]]*\])?(\+?)=$/.exec(head);
    if (found === null) {
      scanner.at = from;
      return null;
    }
    const [, name = "", subscript, plus] = found;
    const append = plus === "+";
    if (subscript === undefined && scanner.take("("))
      return { name, append, value: this.elements(), array: true };
    const value = readWord(scanner, this);
    // One element of an array: the others are still there.
    return {
      name,
      append: append || subscript !== undefined,
      value,
      array: subscript !== undefined,
    };
  }

  elements(): readonly Word[] {
    const words: Word[] = [];
    for (;;) {
      this.blanks(true);
      if (this.scanner.take(")")) return words;
      const word = readWord(this.scanner, this);
      if (word.length === 0) throw new Unparsed("array");
      words.push(word);
    }
  }

  redirects(): readonly Redirect[] {
    const found: Redirect[] = [];
    for (;;) {
      this.blanks(false);
      const redirect = this.redirect();
      if (redirect === null) return found;
      found.push(redirect);
    }
  }

  redirect(): Redirect | null {
    const { scanner } = this;
    const text = scanner.match(REDIRECT);
    if (text === null) return null;
    scanner.node();
    const digits = /^\d+/.exec(text)?.[0];
    const descriptor = digits === undefined ? null : Number(digits);
    const operator = text.slice(digits?.length ?? 0);
    this.blanks(false);
    if (operator === "<<" || operator === "<<-")
      return this.heredoc(descriptor, operator === "<<-");
    const target = readWord(scanner, this);
    if (target.length === 0) throw new Unparsed("redirection");
    const kind = {
      "<": "read",
      "<>": "both",
      "<<<": "text",
      "<&": "duplicate",
      ">&": "duplicate",
    }[operator];
    return { kind: (kind ?? "write") as Redirect["kind"], descriptor, target };
  }

  heredoc(descriptor: number | null, tabs: boolean): Redirect {
    const { scanner } = this;
    const from = scanner.at;
    const word = readWord(scanner, this);
    const written = scanner.text.slice(from, scanner.at);
    if (word.length === 0) throw new Unparsed("here-document");
    const literal = /['"\\]/.test(written);
    // Expansions do not happen in a delimiter, not even quoted ones: it is compared as written.
    const delimiter = literal ? textOf(word) : written;
    if (delimiter === null) throw new Unparsed("here-document");
    const body: Part[] = [];
    this.#heredocs.push({ delimiter, literal, tabs, body });
    return { kind: "text", descriptor, target: body };
  }

  readHeredocs(): void {
    const { scanner } = this;
    const waiting = this.#heredocs;
    this.#heredocs = [];
    for (const { delimiter, literal, tabs, body } of waiting) {
      const lines: string[] = [];
      for (;;) {
        if (scanner.done) throw new Unparsed("here-document");
        const raw = scanner.match(/[^\n]*/y) ?? "";
        scanner.take("\n");
        const line = tabs ? raw.replace(/^\t+/, "") : raw;
        if (line.replace(/\r$/, "") === delimiter) break;
        lines.push(`${line}\n`);
      }
      const text = lines.join("");
      if (literal) body.push({ kind: "text", text, quoted: true });
      else {
        const inside = new Scanner(text, scanner.budget, scanner.depth);
        body.push(...readExpanding(inside, this, ""));
      }
    }
  }

  #lineAt = 0;
  #lines = 1;

  /** The line of the position; positions are asked for in order but after a step back. */
  line(): number {
    const { text, at } = this.scanner;
    if (at < this.#lineAt) {
      this.#lineAt = 0;
      this.#lines = 1;
    }
    for (; this.#lineAt < at; this.#lineAt += 1) if (text[this.#lineAt] === "\n") this.#lines += 1;
    return this.#lines;
  }
}

function readRegex(scanner: Scanner, inner: Inner): Word {
  const parts: Part[] = [];
  for (let depth = 0; !scanner.done; ) {
    const { next } = scanner;
    if (depth === 0 && /\s/.test(next)) break;
    if (next === "(") depth += 1;
    if (next === ")") depth -= 1;
    if (META.includes(next)) {
      parts.push({ kind: "text", text: next, quoted: true });
      scanner.at += 1;
    } else parts.push(...readWord(scanner, inner));
  }
  return parts;
}

function isBoundary(character: string): boolean {
  return character === "" || META.includes(character);
}

/** Builtins whose arguments are assignments: `export a=(1 2)`. */
function takesAssignments(word: Word | undefined): boolean {
  return /^(export|declare|typeset|local|readonly)$/.test((word && textOf(word)) ?? "");
}

function textOf(word: Word): string | null {
  return word.every((part) => part.kind === "text") ? word.map(({ text }) => text).join("") : null;
}

function only<Value>(values: readonly Value[]): Value | null {
  return values.length === 1 ? (values[0] ?? null) : null;
}
