import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import {
  type BundleFile,
  type ClosedLists,
  isBundleName,
  loadBundle,
  loadShield,
  NO_ADDITIONS,
  openBundle,
  PACKS,
  type Pack,
  type PolicyFile,
  readPack,
  renderError,
  renderProblem,
  type ShieldInput,
  type ShieldSource,
} from "@bylaw/bundle";
import { type Bundle, canonicalize, fail, ok, type Result, type Shield } from "@bylaw/core";
import { type Catalog, EMPTY_CATALOG, isApiDocument, parseCatalog } from "@bylaw/facts";
import type { Config, SignedSource } from "../config/config.ts";
import { readAcks } from "./shield-acks.ts";
import { readSigned } from "./signed.ts";

/** The texts behind rules, as a bundle file carries them. */
export type RulesContent = Pick<BundleFile, "closed" | "sources" | "shield" | "catalog">;

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
  readonly closed: ClosedLists;
  readonly sources: readonly PolicyFile[];
  readonly catalog: Catalog;
  readonly catalogFiles: readonly PolicyFile[];
  readonly shield: ShieldPart | null;
}

/** Threat lists: as a bundle file carries them, and as they are enforced. */
interface ShieldPart {
  readonly input: ShieldInput;
  readonly loaded: Shield;
}

/** Files of policies, and of catalogs, that one configuration may name. */
const FILES_MAX = 500;
/** Bytes of one of them; what a loader takes is less. */
const FILE_MAX_BYTES = 64 * 1_048_576;

/**
 * Loads everything that a configuration names. In: policy files as they would be, in place of those on
 * disk or besides them. Errors are texts with file, line and column.
 */
export async function loadRules(
  config: Config,
  pending: readonly PolicyFile[] = [],
): Promise<Result<Rules, readonly string[]>> {
  const read = await readRules(config, pending);
  if (!read.ok) return read;
  const { closed, sources, catalog, catalogFiles, shield } = read.value;
  const bundle = await loadBundle({ sources, closed, shield: shield?.loaded ?? null });
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  const content = {
    closed,
    sources: renamed(sources, config.folder).map(
      (source) => ({ ...source, kind: "cedar" }) as const,
    ),
    shield: shield?.input ?? null,
    catalog: renamed(catalogFiles, config.folder),
  };
  return ok(assembled(bundle.value, catalog, content));
}

/** Reads packs, policy files and catalog. Errors are texts: what cannot be read, and where. */
export async function readRules(
  config: Config,
  pending: readonly PolicyFile[] = [],
): Promise<Result<RuleSources, readonly string[]>> {
  const read = await (config.bundle === null ? readFiles(config) : readBundle(config.bundle));
  if (!read.ok) return read;
  const problems = closedOf(config)
    .findings.filter((id) => !read.value.closed.findings.includes(id))
    .map((id) => `${config.bundle?.file}: the signed bundle does not know the finding \`${id}\``);
  const grants = collect(grantFolder(config), ".cedar", problems);
  if (problems.length > 0) return fail(problems);
  const onDisk = [...read.value.sources, ...grants].filter(
    ({ file }, at, all) =>
      all.findIndex((one) => one.file === file) === at && !pending.some((one) => one.file === file),
  );
  return ok({ ...read.value, sources: [...onDisk, ...pending] });
}

/** Nobody has to have the folder: it is made with the first grant. */
function grantFolder({ grants }: Config): readonly string[] {
  return grants !== null && existsSync(grants) ? [grants] : [];
}

async function readFiles(config: Config): Promise<Result<RuleSources, readonly string[]>> {
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
  const shield = readShieldPart(config, problems);
  if (problems.length > 0) return fail(problems);
  const sources = [...packs, ...policies];
  return ok({ closed: closedOf(config), sources, catalog, catalogFiles, shield });
}

/** A detector's finding is one that policies may name. */
function closedOf({ detectors }: Config): ClosedLists {
  return { ...NO_ADDITIONS, findings: detectors.map(({ name }) => `own.${name}`) };
}

/** What the bundle file of a configuration holds, signed by one of the keys and as it was signed. */
async function readBundle(source: SignedSource): Promise<Result<RuleSources, readonly string[]>> {
  let text: string;
  try {
    text = readRegular(source.file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail([`${source.file}: cannot be read (${code ?? "unknown"})`]);
  }
  const file = readSigned(source.file, text, source.keys);
  if (!file.ok) return file;
  const rules = await rulesOfFile(file.value);
  if (!rules.ok) return rules;
  const { bundle, catalog, content } = rules.value;
  const { closed, sources, catalog: catalogFiles, shield: input } = content;
  const shield = input === null || bundle.shield === null ? null : { input, loaded: bundle.shield };
  return ok({ closed, sources, catalog, catalogFiles, shield });
}

/** Loads what a bundle file holds: the same rules as when it was written, or errors. */
export async function rulesOfFile(file: BundleFile): Promise<Result<Rules, readonly string[]>> {
  const problems: string[] = [];
  const catalog = readCatalog(file.catalog, problems);
  if (problems.length > 0) return fail(problems);
  const bundle = await openBundle(file);
  if (!bundle.ok) return fail(bundle.error.map(renderError));
  const { closed, sources, shield } = file;
  return ok(assembled(bundle.value, catalog, { closed, sources, shield, catalog: file.catalog }));
}

function assembled(bundle: Bundle, catalog: Catalog, content: RulesContent): Rules {
  return { bundle, catalog, content, name: nameOf({ ...content, digest: bundle.digest }) };
}

/** Hex of the bundle's digest, which finds it, and of the catalog's texts, which decide as well. */
export function nameOf({ digest, catalog }: Pick<BundleFile, "digest" | "catalog">): string {
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
  const documents = new Map<string, string>();
  for (const { file, text } of files) {
    const name = file.split(/[\\/]/).at(-1) ?? file;
    if (!isApiDocument(text)) continue;
    if (documents.has(name)) problems.push(`${file}: another document has this name already`);
    documents.set(name, text);
  }
  for (const { file, text } of files) {
    if (isApiDocument(text)) continue;
    const parsed = parseCatalog(file, text, documents);
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

/** What SHIELD files say and how it is enforced; null where none is configured, or on a problem. */
function readShieldPart(config: Config, problems: string[]): ShieldPart | null {
  const found = shieldSources(config.shield, problems);
  if (found.length === 0) return null;
  const acks = readAcks(config.shield.acks);
  if (!acks.ok) problems.push(acks.error);
  const { directiveConflict: conflict, unparsed, approvers } = config.shield;
  const settings = { conflict, unparsed, approvers, ttlMs: config.holds.ttlMs };
  const given = acks.ok ? acks.value.map(({ id, entry }) => ({ id, entry })) : [];
  const loaded = loadShield({ sources: found, settings, acks: given });
  if (!loaded.ok) {
    problems.push(...loaded.error.map(renderProblem));
    return null;
  }
  const names = renamed(found, config.folder);
  const sources = found.map((source, at) => ({ ...source, file: names[at]?.file ?? source.file }));
  return { input: { sources, settings, acks: given }, loaded: loaded.value };
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

/** A pipe would keep whoever reads it waiting for ever, and a device has no end. */
function readRegular(file: string): string {
  const stats = statSync(file);
  if (!stats.isFile()) throw Object.assign(new Error(file), { code: "not a file" });
  if (stats.size > FILE_MAX_BYTES) throw Object.assign(new Error(file), { code: "too large" });
  return readFileSync(file, "utf8");
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
      return files.map((file) => ({ file, text: readRegular(file) }));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${path}: cannot be read (${code ?? "unknown"})`);
      return [];
    }
  });
  if (found.length > FILES_MAX) problems.push(`more than ${FILES_MAX} \`${ending}\` files`);
  return found.slice(0, FILES_MAX);
}
