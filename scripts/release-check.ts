/**
 * `npm run release:check`: packs every package, looks at what is inside, lints manifests and types as
 * their users will see them, installs the tarballs in an empty folder and runs the command there.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { line } from "./counts.ts";

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const root = process.cwd();
/** The folder of each package. */
const FOLDERS = new Map(
  manifest(".").workspaces?.map((workspace) => [manifest(workspace).name, workspace]),
);
const folder = mkdtempSync(join(tmpdir(), "bylaw-release-"));
const failures: string[] = [];
let passed = 0;

try {
  const packed = pack();
  for (const { name, filename, files } of packed) {
    check(
      `${name}: contents`,
      strangers(
        name,
        files.map(({ path }) => path),
      ),
    );
    check(`${name}: publint`, tool("publint", ["run", join(folder, filename), "--strict"]));
    const types = ["--profile", "esm-only", "--no-definitely-typed", "--format", "ascii"];
    check(`${name}: types`, tool("attw", [join(folder, filename), ...types]));
  }
  install(packed);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.log(failure);
console.log(line({ passed, failed: failures.length, skipped: 0 }));
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;

function manifest(path: string): {
  readonly name: string;
  readonly workspaces?: readonly string[];
} {
  return JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as ReturnType<
    typeof manifest
  >;
}

function pack(): readonly Packed[] {
  const args = ["pack", "--workspaces", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { status, stdout, stderr } = spawnSync("npm", args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  const packed = JSON.parse(stdout) as readonly Packed[];
  if (packed.length === 0) throw new Error("nothing was packed");
  return packed;
}

/** What should not be inside, remains of an older build, sources and tests, and what should and is not. */
function strangers(name: string, paths: readonly string[]): string {
  const source = join(root, FOLDERS.get(name) ?? "");
  const strange = paths.filter((path) => {
    if (/^(package\.json|README\.md|LICENSE|NOTICE|bin\/[\w-]+\.js)$/.test(path)) return false;
    const [, stem] = /^dist\/(.+?)\.(d\.ts|js)$/.exec(path) ?? [];
    // Packs ship with their tests, which people run by `bylaw test --packs`.
    if (/^packs\/[\w-]+\.test\.yaml$/.test(path)) return !existsSync(join(source, path));
    if (stem === undefined) return !existsSync(join(source, path)) || /^src\/|\.test\./.test(path);
    return !existsSync(join(source, "src", `${stem}.ts`)) || stem.endsWith(".test");
  });
  // A package with an entry point of its own is imported by nobody.
  const entry = paths.includes("bin/bylaw.js") ? "dist/main.js" : "dist/index.js";
  const missing = [entry, "LICENSE"].filter((path) => !paths.includes(path));
  return [...strange, ...missing.map((path) => `no ${path}`)].join(", ");
}

function install(packed: readonly Packed[]): void {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  writeFileSync(join(empty, "package.json"), '{ "private": true }\n');
  const tarballs = packed.map(({ filename }) => join(folder, filename));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  check("install", program("npm", ["install", ...flags, ...tarballs], empty));
  const version = packed.find(({ name }) => name === "bylaw")?.version ?? "";
  for (const [args, expected] of [
    [["--version"], version],
    [["--help"], "Usage: bylaw"],
    [["audit", "verify", "--help"], "Usage: bylaw audit verify"],
    [["demo"], "rows left: 1199"],
  ] as const)
    check(
      `bylaw ${args.join(" ")}`,
      program("npx", ["--no-install", "bylaw", ...args], empty, expected),
    );
}

function tool(name: string, args: readonly string[]): string {
  return program(join(root, "node_modules/.bin", name), args, root);
}

/** What is wrong, empty if nothing: the exit code, or an output without what was expected. */
function program(
  file: string,
  args: readonly string[],
  cwd: string,
  expected: string | null = null,
): string {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: "utf8" });
  const output = `${stdout}${stderr}`;
  if (status !== 0) return `exit ${status}\n${output}`;
  return expected === null || output.includes(expected) ? "" : `no \`${expected}\` in\n${output}`;
}

function check(what: string, wrong: string): void {
  console.log(`${wrong === "" ? "ok    " : "failed"} ${what}`);
  if (wrong === "") passed += 1;
  else failures.push(`${what}: ${wrong}`);
}
