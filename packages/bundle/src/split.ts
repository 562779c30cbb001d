import { MAX_NESTING } from "./limits.ts";
import type { PolicyFile, Span } from "./source.ts";

export interface Token extends Span {
  readonly text: string;
}

/** One policy as written, from its first token to its semicolon. */
export interface Statement extends Span {
  readonly tokens: readonly Token[];
  readonly text: string;
}

const TOKEN = /"(?:[^"\\]|\\[^])*"?|\/\/[^\n\r]*|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|\S/gu;

/**
 * Cuts a file into policies, so that each can be parsed, named and blamed by itself. The validator's
 * own splitter gives neither order nor places. A semicolon outside strings and comments ends a
 * policy and occurs nowhere else in Cedar. What does not end in one is a statement of its own, for
 * the parser to refuse.
 */
export function splitPolicies(source: PolicyFile): readonly Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  const finish = (): void => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first === undefined || last === undefined) return;
    const { start } = first;
    const { end } = last;
    statements.push({ source, start, end, tokens, text: source.text.slice(start, end) });
    tokens = [];
  };
  for (const match of source.text.matchAll(TOKEN)) {
    const text = match[0];
    if (text.startsWith("//")) continue;
    tokens.push({ source, start: match.index, end: match.index + text.length, text });
    if (text === ";") finish();
  }
  finish();
  return statements;
}

/** Every comment of a file, in order; what looks like one inside a string is none. */
export function commentsOf(source: PolicyFile): readonly Token[] {
  return [...source.text.matchAll(TOKEN)]
    .map((match) => ({ text: match[0], start: match.index }))
    .filter(({ text }) => text.startsWith("//"))
    .map(({ text, start }) => ({ source, start, end: start + text.length, text }));
}

/** The first token that nests deeper than the limit; the parser's own stack would overflow on it. */
export function tooDeep(statement: Statement): Token | null {
  let depth = 0;
  let prefixes = 0;
  for (const token of statement.tokens) {
    if (["(", "[", "{"].includes(token.text)) depth += 1;
    if ([")", "]", "}"].includes(token.text)) depth -= 1;
    prefixes = token.text === "!" || token.text === "-" ? prefixes + 1 : 0;
    if (depth > MAX_NESTING || prefixes > MAX_NESTING) return token;
    if (token.text === "if") depth += 1; // `if a then if b then ..` nests without brackets
  }
  return null;
}

/** Where an annotation stands: the `@`, its name and its value. */
export function annotationSpan(statement: Statement, name: string): Span {
  const { tokens } = statement;
  const at = tokens.findIndex(
    (token, index) => token.text === "@" && tokens[index + 1]?.text === name,
  );
  const first = tokens[at];
  if (first === undefined) return headSpan(statement);
  const last = (tokens[at + 2]?.text === "(" ? tokens[at + 4] : undefined) ?? tokens[at + 1];
  return { source: statement.source, start: first.start, end: last?.end ?? first.end };
}

/** The word `permit` or `forbid`: where a policy as a whole is blamed. */
export function headSpan(statement: Statement): Span {
  return wordSpan(statement, ["permit", "forbid"]) ?? statement;
}

/** The first of the words outside strings and names of annotations. */
export function wordSpan(statement: Statement, words: readonly string[]): Span | null {
  const { tokens } = statement;
  const found = tokens.find(
    (token, index) => words.includes(token.text) && tokens[index - 1]?.text !== "@",
  );
  return found ?? null;
}

/** A span that the parser reports in UTF-8 bytes of the statement, as a span of the file. */
export function byteSpan(statement: Statement, start: number, end: number): Span {
  const bytes = Buffer.from(statement.text, "utf8");
  const units = (offset: number): number => bytes.subarray(0, offset).toString("utf8").length;
  const from = statement.start + units(Math.max(0, start));
  const to = statement.start + units(Math.max(0, end));
  return { source: statement.source, start: from, end: Math.max(to, from) };
}
