/**
 * `npm run e2e [-- --json] [FILTER …]`: installs the servers of others when they are missing, then runs the
 * suites. With `--json` vitest's own report goes to standard output.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROVIDER } from "./harness/issuer.ts";
import { REPOSITORY, reference } from "./harness/site.ts";

const FOLDER = join(REPOSITORY, "e2e");

function inherit(command: string, args: readonly string[], cwd: string): number {
  return spawnSync(command, args, { cwd, stdio: "inherit" }).status ?? 1;
}

function install(): number {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  return spawnSync(npm, ["ci", ...quiet], { cwd: FOLDER, stdio: ["ignore", 2, 2] }).status ?? 1;
}

const json = process.argv.includes("--json");
const filters = process.argv.slice(2).filter((arg) => arg !== "--json");
const installed = [reference("server-filesystem"), PROVIDER].every((file) => existsSync(file));
if (!installed && install() !== 0) process.exit(1);
const vitest = join(REPOSITORY, "node_modules", "vitest", "vitest.mjs");
const reporter = json ? ["--reporter=json"] : [];
const args = [vitest, "run", "--config", join(FOLDER, "vitest.config.ts"), ...reporter, ...filters];
process.exit(inherit(process.execPath, args, REPOSITORY));
