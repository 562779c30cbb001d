import type { Condition, ConditionKind, Directive, ShieldAction } from "@bylaw/core";
import { hiddenInLine } from "../source.ts";
import { MAX_VALUE_CHARS, MAX_WAYS } from "./limits.ts";
import { destination, isPath } from "./values.ts";

const VERBS: Readonly<Record<string, ShieldAction>> = {
  BLOCK: "block",
  APPROVE: "require_approval",
  LOG: "log",
};

/** What a text of directives comes to. */
export interface Reading {
  readonly directives: readonly Directive[];
  /** Directives in the text, parsed or not. */
  readonly written: number;
  /** Directives of which every part is in the grammar. */
  readonly whole: number;
  /** What is not in the grammar: a whole directive, or one of its alternatives. */
  readonly unparsed: readonly string[];
}

/**
 * Reads `recommendation_agent`: the v0 grammar and the extensions found in real files.
 *
 * One alternative that is not in the grammar leaves the others active; one such part of a
 * conjunction takes the conjunction with it. Nothing is guessed.
 */
export function readDirectives(text: string): Reading {
  const lines = text.split(/\r\n|\n|\r|<br\s?\/?>/i).map((line) => line.trim());
  const directives: Directive[] = [];
  const unparsed: string[] = [];
  let [written, whole] = [0, 0];
  for (const line of lines.filter((one) => one !== "")) {
    written += 1;
    const before = unparsed.length;
    const directive = readLine(line, unparsed);
    if (directive !== null) directives.push(directive);
    if (unparsed.length === before) whole += 1;
  }
  return { directives, written, whole, unparsed };
}

function readLine(line: string, unparsed: string[]): Directive | null {
  const found = /^(BLOCK|APPROVE|LOG):[ \t]+(\S.*)$/.exec(line);
  const verb = VERBS[found?.[1] ?? ""];
  if (found === null || verb === undefined) {
    unparsed.push(line);
    return null;
  }
  const any: Condition[][] = [];
  let kind: ConditionKind | null = null;
  const lost: string[] = [];
  for (const [at, alternative] of splitBy(found[2] ?? "", "OR").entries()) {
    const ways = conjunction(alternative, at > 0 ? kind : null);
    if (ways === null || any.length + ways.length > MAX_WAYS) {
      lost.push(alternative);
      kind = null;
    } else {
      any.push(...ways);
      kind = ways.at(-1)?.at(-1)?.kind ?? null;
    }
  }
  if (any.length === 0) unparsed.push(line);
  else unparsed.push(...lost);
  return any.length === 0 ? null : { verb, any };
}

/** Every way in which a conjunction can hold; null when some part of it does not parse. */
function conjunction(text: string, before: ConditionKind | null): readonly Condition[][] | null {
  let ways: Condition[][] = [[]];
  for (const [at, part] of splitBy(text, "AND").entries()) {
    const alternatives =
      condition(part) ?? (at === 0 && before !== null ? bare(part, before) : null);
    if (alternatives === null || ways.length * alternatives.length > MAX_WAYS) return null;
    ways = ways.flatMap((way) => alternatives.map((one) => [...way, one]));
  }
  return ways;
}

/** Parts between ` OR ` or ` AND `, where one inside quotes is part of a value. */
function splitBy(text: string, word: "OR" | "AND"): readonly string[] {
  const parts: string[] = [];
  const unclosed = new Set<string>();
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at] ?? "";
    const starts = at === 0 || /\s/.test(text[at - 1] ?? "");
    if (!starts) continue;
    if ((mark === "'" || mark === '"') && !unclosed.has(mark)) {
      const end = closingQuote(text, at);
      if (end === null) unclosed.add(mark);
      else at = end;
    } else if (text.startsWith(word, at) && at > from && /\s/.test(text[at + word.length] ?? "")) {
      parts.push(text.slice(from, at).trim());
      from = at + word.length;
      at = from;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

/** Where a quote that opens at `from` closes: before a blank or the end; null when it never does. */
function closingQuote(text: string, from: number): number | null {
  const mark = text[from] ?? "";
  for (let at = text.indexOf(mark, from + 1); at > 0; at = text.indexOf(mark, at + 1))
    if (at + 1 === text.length || /\s/.test(text[at + 1] ?? "")) return at;
  return null;
}

type Build = (value: string) => readonly Condition[] | null;

const one =
  (kind: ConditionKind, normalise: (value: string) => string | null = (value) => value): Build =>
  (value) => {
    const normal = normalise(value);
    return normal === null ? null : [{ kind, value: normal }];
  };
const nfc = (value: string): string => value.normalize("NFC");
const path = (value: string): string | null => (isPath(value) ? value : null);
const token = (value: string): string | null => (/[\s*]/.test(value) ? null : value);

const network: Build = (value) => {
  const found = destination(value);
  return found === null ? null : [found];
};

/** `author matches a/b/c`: any of them. */
const authors: Build = (value) => {
  const names = value.replace(/^matches\s+/, "").split("/");
  const fit = names.every((name) => /^@?[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name));
  if (!fit || names.length > MAX_WAYS) return null;
  return names.map((name) => ({
    kind: "skill.author",
    value: name.replace(/^@/, "").toLowerCase(),
  }));
};

/** Phrases of the grammar, the longer ones first; the rest of the text is the value. */
const PHRASES: readonly (readonly [string, Build])[] = [
  ["skill name equals ", one("skill.equals", nfc)],
  ["skill name contains ", one("skill.contains", nfc)],
  ["skill ", one("skill.equals", (value) => token(nfc(value)))],
  ["authors ", authors],
  ["author ", authors],
  ["profile ", authors],
  ["outbound request to ", network],
  ["fetch from ", network],
  ["secrets read path equals ", one("secret.equals", path)],
  ["secrets read contains ", one("secret.contains", path)],
  ["file path equals ", one("file.equals", path)],
  ["prompt contains ", one("prompt.contains", nfc)],
  ["command contains ", one("command.contains")],
  ["MCP server name equals ", one("server.matches", token)],
  ["MCP server name matches ", one("server.matches", (value) => (/\s/.test(value) ? null : value))],
  ["tool.call ", one("tool.equals", token)],
];

function condition(text: string): readonly Condition[] | null {
  const phrase = PHRASES.find(([start]) => text.startsWith(start));
  if (phrase === undefined) return null;
  const [start, build] = phrase;
  const value = valueOf(text.slice(start.length).trim());
  return value === null ? null : build(value);
}

/** Without its quotes; null for one that cannot be meant as it stands. */
function valueOf(text: string): string | null {
  const quoted = /^(?:'(.*)'|"(.*)")$/s.exec(text);
  const value = quoted === null ? text : (quoted[1] ?? quoted[2] ?? "");
  if (value.trim() === "" || value.length > MAX_VALUE_CHARS) return null;
  // What shows nothing makes a value read differently from what it is compared as.
  if (hiddenInLine(value)) return null;
  if (quoted !== null) return value;
  if (/^['"]/.test(value) || /^<[^<>]*>$/.test(value)) return null;
  // A second directive or condition inside a value means that a separator was written differently.
  if (/\b(?:BLOCK|APPROVE|LOG):/.test(value)) return null;
  return PHRASES.some(([start]) => value.includes(` ${start}`)) ? null : value;
}

/**
 * A bare token after OR is another value of the kind before it, unless its shape says otherwise: a
 * host after a skill's name is a condition that somebody did not write out.
 */
function bare(text: string, kind: ConditionKind): readonly Condition[] | null {
  const value = valueOf(text);
  if (value === null || /\s/.test(text)) return null;
  const shape = destination(value);
  if (kind.startsWith("network.")) return shape === null ? null : [shape];
  if (shape !== null) return null;
  const phrase = PHRASES.find(([, build]) => build(value)?.[0]?.kind === kind);
  return phrase === undefined ? null : phrase[1](value);
}
