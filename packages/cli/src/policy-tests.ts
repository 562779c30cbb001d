import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type CaseResult,
  type LoadError,
  PACKS,
  type PolicyCoverage,
  type PolicyFile,
  type PolicyTestFile,
  parseTestFile,
  readPack,
  runCases,
  type TestFileError,
} from "@bylaw/bundle";
import { CommandError, EXIT } from "./exit.ts";

/** What came of one test file: its cases, or why none of them ran. */
export interface FileRun {
  readonly file: string;
  readonly results: readonly CaseResult[];
  readonly refused: readonly (TestFileError | LoadError)[];
  /** Policies of the set that are not a pack's. */
  readonly own: readonly PolicyCoverage[];
  readonly packs: readonly PolicyCoverage[];
}

/** Test files as named, and every `*.test.yaml` of folders as named, in order of their names. */
export function testFilesIn(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    try {
      return statSync(path).isDirectory() ? namesIn(path, ".test.yaml") : [path];
    } catch (error) {
      throw unreadable(path, error);
    }
  });
}

function namesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

/** Runs one file against its packs, else those of the configuration, and the policies beside it. */
export async function runFile(file: string, packs: readonly string[]): Promise<FileRun> {
  const parsed = parseTestFile(file, textOf(file));
  const nothing = { file, results: [], own: [], packs: [] };
  if (!parsed.ok) return { ...nothing, refused: parsed.error };
  const own = sourcesOf(parsed.value);
  const packed = await Promise.all((parsed.value.packs ?? packs).map(packOf));
  const run = await runCases({ sources: [...packed, ...own] }, parsed.value.cases);
  if (!run.ok) return { ...nothing, refused: run.error };
  const { results, policies } = run.value;
  const files = new Set(own.map((source) => source.file));
  return {
    file,
    results,
    refused: [],
    own: policies.filter(({ place }) => files.has(place.file ?? "")),
    packs: policies.filter(({ place }) => !files.has(place.file ?? "")),
  };
}

function sourcesOf({ file, policies }: PolicyTestFile): readonly PolicyFile[] {
  const folder = dirname(file);
  const paths = policies?.map((path) => join(folder, path)) ?? namesIn(folder, ".cedar");
  return paths.map((path) => ({ file: path, text: textOf(path) }));
}

async function packOf(name: string): Promise<PolicyFile> {
  const pack = PACKS.find((known) => known === name);
  if (pack !== undefined) return await readPack(pack);
  const message = `unknown pack \`${name}\`; known are ${PACKS.join(", ")}`;
  throw new CommandError(EXIT.usage, "policy.invalid", message);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  return new CommandError(EXIT.usage, "test.unreadable", `${path}: cannot be read (${code})`);
}

export interface Coverage {
  readonly policies: number;
  readonly determining: number;
  /** Policies that no case made determining. */
  readonly missing: readonly PolicyCoverage[];
}

/** Over all files: a policy that is in several sets counts once. */
export function coverageOf(runs: readonly FileRun[], withPacks: boolean): Coverage {
  const byPlace = new Map<string, PolicyCoverage>();
  for (const run of runs)
    for (const policy of [...run.own, ...(withPacks ? run.packs : [])]) {
      const key = `${policy.place.file}\n${policy.id}`;
      const earlier = byPlace.get(key);
      const determining = policy.determining || earlier?.determining === true;
      byPlace.set(key, { ...policy, determining });
    }
  const policies = [...byPlace.values()];
  const missing = policies.filter(({ determining }) => !determining);
  return { policies: policies.length, determining: policies.length - missing.length, missing };
}
