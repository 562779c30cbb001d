import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  loadBundle,
  PACKS,
  type Pack,
  type PolicyFile,
  readPack,
  renderError,
} from "@bylaw/bundle";
import { type Bundle, fail, ok, type Result } from "@bylaw/core";
import { type Catalog, EMPTY_CATALOG, parseCatalog } from "@bylaw/facts";
import type { Config } from "../config/config.ts";

/** Policies and catalog, checked as a whole. */
export interface Rules {
  readonly bundle: Bundle;
  readonly catalog: Catalog;
}

/** What a configuration names, read and not yet checked, except for the catalog. */
export interface RuleSources {
  readonly sources: readonly PolicyFile[];
  readonly catalog: Catalog;
}

/** Loads everything that a configuration names. Errors are texts with file, line and column. */
export async function loadRules(config: Config): Promise<Result<Rules, readonly string[]>> {
  const read = await readRules(config);
  if (!read.ok) return read;
  const { sources, catalog } = read.value;
  const bundle = await loadBundle({ sources });
  return bundle.ok ? ok({ bundle: bundle.value, catalog }) : fail(bundle.error.map(renderError));
}

/** Reads packs, policy files and catalog. Errors are texts: what cannot be read, and where. */
export async function readRules(config: Config): Promise<Result<RuleSources, readonly string[]>> {
  const problems: string[] = [];
  const sources: PolicyFile[] = [];
  for (const name of config.packs) {
    const pack = PACKS.find((known) => known === name);
    if (pack === undefined) problems.push(unknownPack(name, config));
    else sources.push(await readPack(pack satisfies Pack));
  }
  sources.push(...collect(config.policies, ".cedar", problems));
  const catalog = readCatalog(config.catalog, problems);
  return problems.length > 0 ? fail(problems) : ok({ sources, catalog });
}

function unknownPack(name: string, config: Config): string {
  return `${config.file ?? "packs"}: unknown pack \`${name}\`; known are ${PACKS.join(", ")}`;
}

function readCatalog(paths: readonly string[], problems: string[]): Catalog {
  const merged = new Map(EMPTY_CATALOG.tools);
  for (const { file, text } of collect(paths, ".yaml", problems)) {
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
  return paths.flatMap((path) => {
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
}
