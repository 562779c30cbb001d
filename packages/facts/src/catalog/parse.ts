import { fail, ok, type Result } from "@bylaw/core";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { z } from "zod";
import { type ApiDocument, readApiDocument } from "../hosts/openapi.ts";
import { CATALOG_UNITS_MAX } from "../limits.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { catalogFile } from "./schema.ts";

export type CatalogErrorCode =
  | "catalog.too_large"
  | "catalog.syntax"
  | "catalog.alias"
  | "catalog.unknown_key"
  | "catalog.openapi"
  | "catalog.invalid";

export interface CatalogError {
  readonly code: CatalogErrorCode;
  readonly message: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/**
 * Reads a catalog file (docs/catalog.md). Nothing is skipped: one unknown key, duplicate key, alias or
 * value of another type refuses the whole file, every place named.
 *
 * In: the file's name, for messages, and its text; the OpenAPI documents that it may name, by name. Out:
 * the catalog, or at least one error.
 */
export function parseCatalog(
  file: string,
  text: string,
  documents: ReadonlyMap<string, string> = new Map(),
): Result<Catalog, CatalogError[]> {
  if (text.length > CATALOG_UNITS_MAX)
    return fail([
      { code: "catalog.too_large", message: "the file is too large", file, line: 1, column: 1 },
    ]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", uniqueKeys: true });
  const errorAt = (code: CatalogErrorCode, message: string, offset: number): CatalogError => {
    const { line, col } = lines.linePos(offset);
    return { code, message, file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  // A warning is a tag or directive whose meaning is not certain.
  const refused = [...document.errors, ...document.warnings].map((error) =>
    errorAt("catalog.syntax", firstLine(error.message), error.pos[0]),
  );
  visit(document, {
    Alias: (_, node) => {
      refused.push(errorAt("catalog.alias", "aliases are not allowed", node.range?.[0] ?? 0));
    },
  });
  if (refused.length > 0) return fail(refused);
  const parsed = catalogFile.safeParse(document.toJS());
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => deepest(issue));
    return fail(
      problems
        .map(({ code, message, path }) => errorAt(code, message, offsetOf(document, path)))
        .sort((a, b) => a.line - b.line || a.column - b.column),
    );
  }
  const apis = createApis(documents);
  const tools = new Map<string, CatalogEntry>();
  const missing: CatalogError[] = [];
  for (const [tool, entry] of Object.entries(parsed.data.tools)) {
    const described = withApi(entry, apis);
    if (described.ok) tools.set(tool, described.value);
    else {
      const at = offsetOf(document, ["tools", tool, "url", "openapi"]);
      missing.push(errorAt("catalog.openapi", described.error, at));
    }
  }
  return missing.length > 0 ? fail(missing) : ok({ tools });
}

type Apis = (name: string) => Result<ApiDocument, string>;

/** Reads each document once, when an entry names it. */
function createApis(documents: ReadonlyMap<string, string>): Apis {
  const read = new Map<string, Result<ApiDocument, string>>();
  return (name) => {
    const known = read.get(name);
    if (known !== undefined) return known;
    const text = documents.get(name);
    const found = text === undefined ? fail("there is no such document") : readApiDocument(text);
    read.set(name, found);
    return found;
  };
}

function withApi(entry: CatalogEntry, apis: Apis): Result<CatalogEntry, string> {
  const { url } = entry;
  if (url?.openapi === null || url?.openapi === undefined) return ok(entry);
  const api = apis(url.openapi);
  return api.ok ? ok({ ...entry, url: { ...url, api: api.value } }) : api;
}

interface Problem {
  readonly code: CatalogErrorCode;
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/** One problem per place; of a union's branches the one that came furthest says what was meant. */
function deepest(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): readonly Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      code: "catalog.unknown_key",
      message: `unknown key \`${key}\``,
      path: [...path, key],
    }));
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branches = issue.errors.map((branch) => branch.flatMap((each) => deepest(each, path)));
    const reach = (branch: readonly Problem[]): number =>
      Math.max(0, ...branch.map((problem) => problem.path.length));
    const best = branches.reduce((a, b) => (reach(b) > reach(a) ? b : a));
    if (reach(best) > path.length) return best;
    const messages = new Set(branches.flat().map(({ message }) => message));
    return [{ code: "catalog.invalid", message: [...messages].join(", or "), path }];
  }
  return [{ code: "catalog.invalid", message: lowerFirst(issue.message), path }];
}

/** Where the value at a path begins; its key for a key that is itself the problem. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? start(node) : 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) return offset;
      if (isNode(pair.key)) offset = start(pair.key);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node)) offset = start(node);
    } else return offset;
  }
  return offset;
}

function start(node: Node): number {
  return isAlias(node) ? 0 : (node.range?.[0] ?? 0);
}

function firstLine(message: string): string {
  return lowerFirst((message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""));
}

function lowerFirst(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}
