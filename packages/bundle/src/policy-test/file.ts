import { fail, ok, type Result } from "@bylaw/core";
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { DecisionCase } from "../cases.ts";
import { MAX_FILE_CHARS, MAX_TEST_CASES } from "../limits.ts";
import type { Pack } from "../packs.ts";
import { EFFECT_KEYS, FILE, type RecordShape, type Shape } from "./shape.ts";

export type TestFileCode =
  | "test.too_large"
  | "test.syntax"
  | "test.alias"
  | "test.unknown_key"
  | "test.missing_key"
  | "test.invalid"
  | "test.duplicate_name";

/** One mistake in a policy test file, with its place; lines and columns count from 1. */
export interface TestFileError {
  readonly code: TestFileCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface PolicyTestFile {
  readonly file: string;
  /** Null: those of the configuration. */
  readonly packs: readonly Pack[] | null;
  /** Relative to the file; null: every policy file beside it. */
  readonly policies: readonly string[] | null;
  readonly cases: readonly PlacedCase[];
}

/** A case with what `given` adds to it, and where it stands. */
export interface PlacedCase {
  readonly given: DecisionCase;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads a policy test file (docs/policy-tests.md). Nothing is skipped: one unknown key, duplicate
 * key, alias or value of another type refuses the whole file, every place named.
 *
 * In: the file's name, for messages, and its text. Out: the cases, or at least one error.
 */
export function parseTestFile(
  file: string,
  text: string,
): Result<PolicyTestFile, readonly TestFileError[]> {
  if (text.length > MAX_FILE_CHARS) {
    const message = `a file has at most ${MAX_FILE_CHARS} characters`;
    return fail([{ code: "test.too_large", message, file, line: 1, column: 1 }]);
  }
  const lines = new LineCounter();
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", uniqueKeys: true });
  const problems = [...syntaxOf(document)];
  if (problems.length === 0) read(FILE, document.contents, "the file", problems);
  if (problems.length === 0) problems.push(...togetherOf(document));
  if (problems.length > 0)
    return fail(
      problems.map(({ code, message, offset }) => ({ code, message, file, ...placeOf(offset) })),
    );
  return ok(fileOf(file, document, placeOf));
}

interface Problem {
  readonly code: TestFileCode;
  readonly message: string;
  readonly offset: number;
}

function syntaxOf(document: Document): readonly Problem[] {
  // A warning is a tag or directive whose meaning is not certain.
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    code: "test.syntax",
    message: error.message.split("\n", 1)[0] ?? "",
    offset: error.pos[0],
  }));
  visit(document, {
    Alias: (_, node) => {
      problems.push({
        code: "test.alias",
        message: "aliases are not allowed",
        offset: startOf(node),
      });
    },
  });
  return problems;
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

/** Compares a node with its shape, and adds what does not fit. */
function read(
  shape: Shape,
  node: unknown,
  name: string,
  problems: Problem[],
  at = startOf(node),
): void {
  const wrong = (wants: string): void => {
    problems.push({ code: "test.invalid", message: `${name} must be ${wants}`, offset: at });
  };
  const value = isScalar(node) ? node.value : undefined;
  switch (shape.kind) {
    case "text":
      return typeof value === "string" && value !== "" ? undefined : wrong("text");
    case "flag":
      return typeof value === "boolean" ? undefined : wrong("true or false");
    case "count":
      return isCount(value) ? undefined : wrong("a whole number from 0 on");
    case "integer":
      return Number.isSafeInteger(value) ? undefined : wrong("a whole number");
    case "amount":
      return isCount(value) || value === "unknown"
        ? undefined
        : wrong("a whole number or `unknown`");
    case "form":
      return typeof value === "string" && shape.pattern.test(value) ? undefined : wrong(shape.like);
    case "choice":
      return shape.of.includes(String(value)) ? undefined : wrong(`one of ${shape.of.join(", ")}`);
    case "object":
      return isMap(node) ? undefined : wrong("a map");
    case "list":
      if (!isSeq(node) || node.items.length < (shape.least ?? 0))
        return wrong(shape.least === undefined ? "a list" : "a list that is not empty");
      for (const item of node.items) read(shape.of, item, `an element of ${name}`, problems);
      return;
    case "map":
      if (!isMap(node)) return wrong("a map");
      for (const { key, value: inner } of node.items)
        read(shape.of, inner, `\`${String(key)}\``, problems, startOf(inner ?? key));
      return;
    case "record":
      return isMap(node) ? readRecord(shape, node, name, problems) : wrong("a map");
  }
}

function readRecord(
  { keys }: RecordShape,
  node: { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] },
  name: string,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const written = String(isScalar(key) ? key.value : key);
    seen.add(written);
    const known = Object.hasOwn(keys, written) ? keys[written] : undefined;
    const offset = startOf(key);
    if (known === undefined) {
      const close = Object.keys(keys).find((one) => isClose(one, written));
      const hint = close === undefined ? "" : `; did you mean \`${close}\`?`;
      problems.push({
        code: "test.unknown_key",
        message: `unknown key \`${written}\`${hint}`,
        offset,
      });
    } else read(known.shape, value, `\`${written}\``, problems, startOf(value) || offset);
  }
  for (const [key, { required }] of Object.entries(keys))
    if (required === true && !seen.has(key)) {
      const message = `${name} needs the key \`${key}\``;
      problems.push({ code: "test.missing_key", message, offset: startOf(node) });
    }
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** At most one letter wrong, missing, added, or two exchanged. */
function isClose(known: string, written: string): boolean {
  if (Math.abs(known.length - written.length) > 1) return false;
  const sorted = (text: string): string => [...text.toLowerCase()].sort().join("");
  if (sorted(known) === sorted(written)) return true;
  let at = 0;
  while (at < known.length && known[at] === written[at]) at += 1;
  const rest = [known.slice(at), written.slice(at)] as const;
  return (
    rest[0].slice(1) === rest[1].slice(1) ||
    rest[0].slice(1) === rest[1] ||
    rest[0] === rest[1].slice(1)
  );
}

/** What single values cannot show: names given twice, an effect beside `effects`, too many cases. */
function togetherOf(document: Document): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const items = casesOf(document);
  if (items.length > MAX_TEST_CASES) {
    const message = `a file has at most ${MAX_TEST_CASES} cases`;
    problems.push({ code: "test.too_large", message, offset: 0 });
  }
  const given = isMap(document.contents) ? document.contents.get("given") : undefined;
  const keysOf = (node: unknown): readonly string[] =>
    isMap(node) ? node.items.map(({ key }) => String(key)) : [];
  for (const item of items) {
    const name = String(item.get("name"));
    const offset = startOf(item);
    if (seen.has(name))
      problems.push({
        code: "test.duplicate_name",
        message: `\`${name}\` is the name of an earlier case`,
        offset,
      });
    seen.add(name);
    const keys = [...keysOf(item), ...keysOf(given)];
    const own = keys.find((key) => Object.hasOwn(EFFECT_KEYS, key));
    const several = keys.includes("effects");
    if (several && own !== undefined)
      problems.push({
        code: "test.invalid",
        message: `\`${own}\` stands beside \`effects\``,
        offset,
      });
    if (!several && !keys.includes("do"))
      problems.push({
        code: "test.missing_key",
        message: "a case needs the key `do` or `effects`",
        offset,
      });
  }
  return problems;
}

function casesOf(document: Document) {
  const list = isMap(document.contents) ? document.contents.get("cases") : undefined;
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
}

function fileOf(
  file: string,
  document: Document,
  placeOf: (offset: number) => { line: number; column: number },
): PolicyTestFile {
  const written = document.toJS() as {
    readonly packs?: readonly Pack[];
    readonly policies?: readonly string[];
    readonly given?: Partial<DecisionCase>;
    readonly cases: readonly DecisionCase[];
  };
  const nodes = casesOf(document);
  const cases = written.cases.map((one, at) => ({
    given: { ...written.given, ...one },
    ...placeOf(startOf(nodes[at])),
  }));
  return { file, packs: written.packs ?? null, policies: written.policies ?? null, cases };
}
