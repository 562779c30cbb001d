import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A file of the repository by its path from the root, with `/` between folders. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** What a rule found; `rule` is stable, tests assert it. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly because: string;
}

export const ROOT: string = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Every text file that is tracked, or new and not ignored. Throws when git or the files are missing. */
export function repository(): readonly File[] {
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = [...new Set(listed.split("\0"))].filter((path) => path !== "").sort();
  const files = paths
    .filter(isFile)
    .map((path) => ({ path, bytes: readFileSync(`${ROOT}/${path}`) }));
  return files
    .filter(({ bytes }) => !bytes.includes(0))
    .map(({ path, bytes }) => ({ path, text: bytes.toString("utf8") }));
}

/** A listed file can be deleted and not yet committed as such; links are checked where they lead. */
function isFile(path: string): boolean {
  return lstatSync(`${ROOT}/${path}`, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A rule that looked at nothing has proved nothing: every rule passes its files through here. */
export function seen<T>(files: readonly T[], what: string): readonly T[] {
  if (files.length === 0) throw new Error(`house: saw no ${what}`);
  return files;
}

/** TypeScript that ships: sources of packages without their tests and fixtures. */
export function isProduct(path: string): boolean {
  return (
    /^packages\/[^/]+\/src\/.+\.tsx?$/.test(path) && !isTest(path) && !path.includes("/testdata/")
  );
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}

/** `core` for `packages/core/src/x.ts`. */
export function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** Findings as lines for a failing test's output. */
export function report(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ file, line, rule, because }) => `${file}:${line} ${rule}: ${because}`);
}
