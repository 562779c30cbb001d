import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner } from "typescript/unstable/ast/scanner";

/** One token of TypeScript source; comments are not tokens. */
export interface Token {
  readonly kind: "word" | "string" | "template" | "other";
  /** As written; for a string its value. */
  readonly text: string;
  readonly line: number;
  /** A doc comment stands directly before it. */
  readonly documented: boolean;
}

/** After these, and after every word but the ones below, a slash divides. */
const OPERAND_ENDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
]);

/** Words that an expression follows; `from`, `of` and the like may be names, and then a slash divides. */
const OPERATORS: ReadonlySet<string> = new Set(
  "await case delete do else in instanceof new return throw typeof void yield".split(" "),
);

/**
 * The tokens of a TypeScript source, read with the compiler's own scanner, so that a banned word in
 * a comment, a string or a regular expression is not a finding and one in a template's `${}` is.
 *
 * Throws on an unterminated literal: a file that was read wrongly must not pass as clean.
 */
export function tokensOf(text: string): readonly Token[] {
  const scanner = createScanner(true);
  scanner.setText(text);
  const tokens: Token[] = [];
  const lineAt = lineCounter(text);
  // Open braces inside each open `${`: a closing brace at zero continues the template.
  const templates: number[] = [];
  let operand = false;
  for (;;) {
    let kind = scanner.scan();
    const documented = scanner.hasPrecedingJSDocComment();
    if (kind === SyntaxKind.EndOfFile) return tokens;
    const opensRegExp = kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken;
    if (opensRegExp && !operand) kind = scanner.reScanSlashToken();
    const depth = templates.at(-1);
    if (kind === SyntaxKind.CloseBraceToken && depth === 0) {
      kind = scanner.reScanTemplateToken(false);
      if (kind === SyntaxKind.TemplateTail) templates.pop();
    } else if (kind === SyntaxKind.TemplateHead) templates.push(0);
    else if (depth !== undefined && kind === SyntaxKind.OpenBraceToken)
      templates[templates.length - 1] = depth + 1;
    else if (depth !== undefined && kind === SyntaxKind.CloseBraceToken)
      templates[templates.length - 1] = depth - 1;
    const line = lineAt(scanner.getTokenStart());
    if (scanner.isUnterminated()) throw new Error(`unterminated literal at line ${line}`);
    const token = { ...content(kind, scanner), line, documented };
    tokens.push(token);
    operand = token.kind === "word" ? !OPERATORS.has(token.text) : OPERAND_ENDS.has(kind);
  }
}

function content(
  kind: SyntaxKind,
  scanner: ReturnType<typeof createScanner>,
): Pick<Token, "kind" | "text"> {
  switch (kind) {
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
      return { kind: "string", text: scanner.getTokenValue() };
    case SyntaxKind.TemplateHead:
    case SyntaxKind.TemplateMiddle:
    case SyntaxKind.TemplateTail:
    case SyntaxKind.RegularExpressionLiteral:
      return { kind: "template", text: "" };
    default: {
      const text = scanner.getTokenText();
      return { kind: /^[\p{ID_Start}_$]/u.test(text) ? "word" : "other", text };
    }
  }
}

/** Line numbers of rising offsets, counted from 1. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let seen = 0;
  return (offset) => {
    for (; seen < offset; seen += 1) if (text.charCodeAt(seen) === 0x0a) line += 1;
    return line;
  };
}

export interface Import {
  readonly specifier: string;
  /** `import type` or `export type`: gone at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface Imports {
  readonly imports: readonly Import[];
  /** Lines of `import(x)` or `require(x)` whose target no test can know. */
  readonly computed: readonly number[];
}

/** Every module that a source asks for: static, re-exported, dynamic, required or `new URL`-ed. */
export function importsOf(tokens: readonly Token[]): Imports {
  const imports: Import[] = [];
  const computed: number[] = [];
  tokens.forEach((token, at) => {
    const next = tokens[at + 1];
    const before = tokens[at - 1];
    if (token.kind !== "word" || next === undefined || before?.text === ".") return;
    if ((token.text === "import" || token.text === "require") && next.text === "(") {
      const target = tokens[at + 2];
      if (target?.kind === "string" && tokens[at + 3]?.text === ")")
        imports.push({ specifier: target.text, typeOnly: false, line: token.line });
      else computed.push(token.line);
    } else if ((token.text === "import" || token.text === "from") && next.kind === "string") {
      const typeOnly = token.text === "from" && isTypeOnly(tokens, at);
      imports.push({ specifier: next.text, typeOnly, line: token.line });
    }
  });
  return { imports, computed };
}

/** Looks back from `from` to the statement's own keyword. */
function isTypeOnly(tokens: readonly Token[], from: number): boolean {
  for (let at = from - 1; at >= 0; at -= 1) {
    const word = tokens[at];
    if (word?.kind === "word" && (word.text === "import" || word.text === "export"))
      return tokens[at + 1]?.text === "type" && tokens[at + 2]?.text !== "from";
  }
  return false;
}
