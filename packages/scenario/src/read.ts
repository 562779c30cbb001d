import { fail, ok, type Result } from "@bylaw/core";
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { isClose } from "./close.ts";
import { FILE } from "./keys.ts";
import { FILE_CHARS_MAX } from "./limits.ts";
import { meaningOf } from "./meaning.ts";
import type { Scenario } from "./scenario.ts";
import type { RecordShape, Shape } from "./shape.ts";

export type ScenarioCode =
  | "scenario.too_large"
  | "scenario.syntax"
  | "scenario.alias"
  | "scenario.unknown_key"
  | "scenario.missing_key"
  | "scenario.invalid"
  | "scenario.unknown_name"
  | "scenario.duplicate_step"
  | "scenario.placeholder";

/** One mistake in a scenario file, with its place; lines and columns count from 1. */
export interface ScenarioError {
  readonly code: ScenarioCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake at an offset of the text. */
export interface Problem {
  readonly code: ScenarioCode;
  readonly message: string;
  readonly offset: number;
}

/**
 * Reads a scenario file (docs/scenarios.md). Nothing is skipped: an unknown key, a duplicate key, an
 * alias, a name of nobody or a value of another type refuses the whole file, every place named.
 *
 * In: the file's name, for messages, and its text. Out: the scenario, or at least one error.
 */
export function parseScenario(
  file: string,
  text: string,
): Result<Scenario, readonly ScenarioError[]> {
  const checked = (value: unknown, placeOf: (path: Path) => number): readonly Problem[] =>
    meaningOf(value as Scenario, placeOf);
  const read = readShape(FILE, file, text, checked);
  return read.ok ? ok({ ...(read.value as Scenario), file }) : read;
}

type Path = readonly (string | number)[];

/** Reads YAML of a shape. In: what is wrong with a value that has the shape, by path. */
export function readShape(
  shape: Shape,
  file: string,
  text: string,
  checked: (value: unknown, placeOf: (path: Path) => number) => readonly Problem[] = () => [],
): Result<unknown, readonly ScenarioError[]> {
  if (text.length > FILE_CHARS_MAX) {
    const message = `a file has at most ${FILE_CHARS_MAX} characters`;
    return fail([{ code: "scenario.too_large", message, file, line: 1, column: 1 }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", uniqueKeys: true });
  const problems = [...syntaxOf(document)];
  if (problems.length === 0) read(shape, document.contents, "the file", problems);
  const value: unknown = problems.length > 0 ? null : document.toJS();
  if (problems.length === 0) problems.push(...checked(value, (path) => placeOf(document, path)));
  if (problems.length === 0) return ok(value);
  return fail(
    problems.map(({ code, message, offset }) => {
      const { line, col } = lines.linePos(offset);
      return { code, message, file, line: Math.max(1, line), column: Math.max(1, col) };
    }),
  );
}

/** Where a value stands, or the nearest thing around it. */
function placeOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (node !== undefined && node !== null) return startOf(node);
  }
  return startOf(document.contents);
}

function syntaxOf(document: Document): readonly Problem[] {
  // A warning is a tag or directive whose meaning is not certain.
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    code: "scenario.syntax",
    message: error.message.split("\n", 1)[0] ?? "",
    offset: error.pos[0],
  }));
  visit(document, {
    Alias: (_, node) => {
      const message = "aliases are not allowed";
      problems.push({ code: "scenario.alias", message, offset: startOf(node) });
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
    const code = "scenario.invalid";
    problems.push({ code, message: `${name} must be ${wants}`, offset: at });
  };
  const value = isScalar(node) ? node.value : undefined;
  switch (shape.kind) {
    case "any":
      return;
    case "text":
      return typeof value === "string" ? undefined : wrong("text");
    case "flag":
      return typeof value === "boolean" ? undefined : wrong("true or false");
    case "count":
      return isCount(value) ? undefined : wrong("a whole number from 0 on");
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
      for (const { key, value: inner } of node.items) {
        const written = String(isScalar(key) ? key.value : key);
        if (shape.name !== undefined && !shape.name.test(written)) {
          const message = `\`${written}\` is not a name: 1 to 64 of A-Z a-z 0-9 . _ -`;
          problems.push({ code: "scenario.invalid", message, offset: startOf(key) });
        } else
          read(shape.of, inner, `\`${written}\``, problems, startOf(inner) || startOf(key));
      }
      return;
    case "either": {
      const meant = shape.of.find((one) => isOfKind(one, node));
      return meant === undefined ? wrong(shape.like) : read(meant, node, name, problems, at);
    }
    case "record":
      return isMap(node) ? readRecord(shape, node, name, problems) : wrong("a map");
  }
}

function isOfKind(shape: Shape, node: unknown): boolean {
  if (shape.kind === "record" || shape.kind === "map" || shape.kind === "object") return isMap(node);
  return shape.kind === "list" ? isSeq(node) : isScalar(node);
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
      const near = Object.keys(keys).find((one) => isClose(one, written));
      const hint = near === undefined ? "" : `; did you mean \`${near}\`?`;
      const message = `unknown key \`${written}\` in ${name}${hint}`;
      problems.push({ code: "scenario.unknown_key", message, offset });
    } else read(known.shape, value, `\`${written}\``, problems, startOf(value) || offset);
  }
  for (const [key, { required }] of Object.entries(keys))
    if (required === true && !seen.has(key)) {
      const message = `${name} needs the key \`${key}\``;
      problems.push({ code: "scenario.missing_key", message, offset: startOf(node) });
    }
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
