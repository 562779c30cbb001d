import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import {
  type BundleFile,
  isBundleName,
  loadBundle,
  NO_ADDITIONS,
  openBundle,
  PACKS,
  type Pack,
  type PolicyFile,
  readPack,
  renderError,
} from "@bylaw/bundle";
import { type Bundle, canonicalize, fail, ok, type Result } from "@bylaw/core";
import { type Catalog, EMPTY_CATALOG, parseCatalog } from "@bylaw/facts";
import type { Config } from "../config/config.ts";

/** The texts behind rules, as a bundle file carries them. */
export type RulesContent = Pick<BundleFile, "closed" | "sources" | "catalog">;

/** Policies and catalog, checked as a whole and put in force as a whole. */
export interface Rules {
  readonly bundle: Bundle;
  readonly catalog: Catalog;
  readonly content: RulesContent;
  /** Names policies and catalog together: equal names decide equally. */
  readonly name: string;
}

/** What a configuration names, read and not yet checked, except for the catalog. */
export interface RuleSources {
  readonly sources: readonly PolicyFile[];
  readonly catalog: Catalog;
  readonly catalogFiles: readonly PolicyFile[];
}

/** Files of policies, and of catalogs, that one configuration may name. */
const FILES_MAX = 500;

/** Loads everything that a configuration names. Errors are texts with file, line and column. */
export async function loadRules(config: Config): Promise<Result<Rules, readonly string[]>> {
  const read = await readRules(config);
  if (!read.ok) return read;
  const { sources, catalog, catalogFiles } = read.value;
  const bundle = await loadBundle({ sources });
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  const content = {
    closed: NO_ADDITIONS,
    sources: renamed(sources, config.folder).map(
      (source) => ({ kind: "cedar", ...source }) as const,
    ),
    catalog: renamed(catalogFiles, config.folder),
  };
  return ok(assembled(bundle.value, catalog, content));
}

/** Reads packs, policy files and catalog. Errors are texts: what cannot be read, and where. */
export async function readRules(config: Config): Promise<Result<RuleSources, readonly string[]>> {
  const problems: string[] = [];
  const packs: PolicyFile[] = [];
  for (const name of config.packs) {
    const pack = PACKS.find((known) => known === name);
    if (pack === undefined) problems.push(unknownPack(name, config));
    else packs.push(await readPack(pack satisfies Pack));
  }
  const policies = collect(config.policies, ".cedar", problems);
  const catalogFiles = collect(config.catalog, ".yaml", problems);
  const catalog = readCatalog(catalogFiles, problems);
  if (problems.length > 0) return fail(problems);
  return ok({ sources: [...packs, ...policies], catalog, catalogFiles });
}

/** Loads what a bundle file holds: the same rules as when it was written, or errors. */
export async function rulesOfFile(file: BundleFile): Promise<Result<Rules, readonly string[]>> {
  const problems: string[] = [];
  const catalog = readCatalog(file.catalog, problems);
  if (problems.length > 0) return fail(problems);
  const bundle = await openBundle(file);
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  const { closed, sources } = file;
  return ok(assembled(bundle.value, catalog, { closed, sources, catalog: file.catalog }));
}

function assembled(bundle: Bundle, catalog: Catalog, content: RulesContent): Rules {
  return { bundle, catalog, content, name: nameOf(bundle.digest, content) };
}

/** Hex of the bundle's digest, which finds it, and of the catalog's texts, which decide as well. */
function nameOf(digest: string, { catalog }: RulesContent): string {
  const texts = catalog.map(({ text }) => text).sort();
  const hash = createHash("sha256").update(canonicalize(texts)).digest("hex");
  return `${digest.slice("sha256:".length)}-${hash.slice(0, 16)}`;
}

/**
 * The files under names that say nothing about this machine: relative to the configuration's folder,
 * or, outside of it, to the folder that they lie in.
 */
function renamed(files: readonly PolicyFile[], folder: string): readonly PolicyFile[] {
  const taken = new Set<string>();
  return files.map(({ file, text }, at) => {
    const inside = relative(folder, file);
    const outside = inside.startsWith("..") || isAbsolute(inside);
    const steps = outside ? relative(dirname(dirname(file)), file) : inside;
    const wanted = isAbsolute(file) ? steps.split(sep).join("/") : file;
    let name = isBundleName(wanted) ? wanted : `file-${at}`;
    while (taken.has(name)) name = `${at}/${name}`;
    taken.add(name);
    return { file: name, text };
  });
}

function unknownPack(name: string, config: Config): string {
  return `${config.file ?? "packs"}: unknown pack \`${name}\`; known are ${PACKS.join(", ")}`;
}

function readCatalog(files: readonly PolicyFile[], problems: string[]): Catalog {
  const merged = new Map(EMPTY_CATALOG.tools);
  for (const { file, text } of files) {
    const parsed = parseCatalog(file, text);
    if (!parsed.ok) {
      problems.push(
        ...parsed.error.map((e) => `${e.file}:${e.line}:${e.column}: ${e.message} (${e.code})`),
      );
      continue;
    }
    for (const [tool, entry] of parsed.value.tools) {
      if (merged.has(tool)) problems.push(`${file}: \`${tool}\` is in the catalog already`);
      merged.set(tool, entry);
    }
  }
  return { tools: merged };
}

/** Files as named, and every file with the ending in folders as named, in order of their names. */
function collect(paths: readonly string[], ending: string, problems: string[]): PolicyFile[] {
  const found = paths.flatMap((path) => {
    try {
      const files = statSync(path).isDirectory()
        ? readdirSync(path)
            .filter((name) => name.endsWith(ending))
            .sort()
            .map((name) => join(path, name))
        : [path];
      return files.map((file) => ({ file, text: readFileSync(file, "utf8") }));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${path}: cannot be read (${code ?? "unknown"})`);
      return [];
    }
  });
  if (found.length > FILES_MAX) problems.push(`more than ${FILES_MAX} \`${ending}\` files`);
  return found.slice(0, FILES_MAX);
}
