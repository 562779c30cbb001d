import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  loadBundle,
  loadShield,
  PACKS,
  type Pack,
  type PolicyFile,
  readPack,
  renderError,
  renderProblem,
  type ShieldSource,
} from "@bylaw/bundle";
import { type Bundle, fail, ok, type Result, type Shield } from "@bylaw/core";
import { type Catalog, EMPTY_CATALOG, parseCatalog } from "@bylaw/facts";
import type { Config } from "../config/config.ts";
import { readAcks } from "./shield-acks.ts";

/** Policies and catalog, checked as a whole. */
export interface Rules {
  readonly bundle: Bundle;
  readonly catalog: Catalog;
}

/** Loads everything that a configuration names. Errors are texts with file, line and column. */
export async function loadRules(config: Config): Promise<Result<Rules, readonly string[]>> {
  const problems: string[] = [];
  const sources: PolicyFile[] = [];
  for (const name of config.packs) {
    const pack = PACKS.find((known) => known === name);
    if (pack === undefined) problems.push(unknownPack(name, config));
    else sources.push(await readPack(pack satisfies Pack));
  }
  sources.push(...collect(config.policies, ".cedar", problems));
  const catalog = readCatalog(config.catalog, problems);
  const shield = readShieldPart(config, problems);
  if (problems.length > 0) return fail(problems);
  const bundle = await loadBundle({ sources, shield });
  return bundle.ok ? ok({ bundle: bundle.value, catalog }) : fail(bundle.error.map(renderError));
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

/** What SHIELD files enforce; null where none is configured. */
function readShieldPart(config: Config, problems: string[]): Shield | null {
  const sources = shieldSources(config.shield, problems);
  if (sources.length === 0) return null;
  const acks = readAcks(config.shield.acks);
  if (!acks.ok) problems.push(acks.error);
  const { directiveConflict: conflict, unparsed, approvers } = config.shield;
  const settings = { conflict, unparsed, approvers, ttlMs: config.holds.ttlMs };
  const loaded = loadShield({ sources, settings, acks: acks.ok ? acks.value : [] });
  if (loaded.ok) return loaded.value;
  problems.push(...loaded.error.map(renderProblem));
  return null;
}

/** Every SHIELD file and feed that a configuration names. A folder without any is a problem. */
export function shieldSources(
  { files, feeds }: Config["shield"],
  problems: string[],
): readonly ShieldSource[] {
  const read = (paths: readonly string[], ending: string, kind: ShieldSource["kind"]) =>
    paths.flatMap((path) => {
      const before = problems.length;
      const found = collect([path], ending, problems);
      if (found.length === 0 && problems.length === before)
        problems.push(`${path}: no \`${ending}\` file in this folder`);
      return found.map((source): ShieldSource => ({ ...source, kind }));
    });
  return [...read(files, ".md", "markdown"), ...read(feeds, ".json", "feed")];
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
