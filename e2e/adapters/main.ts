/**
 * `npm run e2e:adapters [-- FILTER …]`: agents on the frameworks of others, guarded by the SDK's
 * adapters, with a model on loopback. Installs the frameworks first.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { REPOSITORY } from "../harness/site.ts";
import { EXAMPLES, FRAMEWORKS, isInstalled } from "./frameworks.ts";

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

for (const framework of FRAMEWORKS) {
  if (isInstalled(framework)) continue;
  const cwd = join(EXAMPLES, framework);
  const { status } = spawnSync("npm", ["ci", ...QUIET], { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
const vitest = join(REPOSITORY, "node_modules", "vitest", "vitest.mjs");
const config = join(REPOSITORY, "e2e", "adapters", "vitest.config.ts");
const args = [vitest, "run", "--config", config, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: REPOSITORY, stdio: "inherit" });
process.exit(status ?? 1);
