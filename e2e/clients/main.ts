/**
 * `npm run e2e:clients [-- FILTER …]`: real coding agents behind Bylaw, in a network namespace without
 * a way out, with a model on loopback. Installs them first; where that is not possible, or there are no
 * such namespaces, it says so and ends well: they are somebody else's programs, and optional.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../harness/site.ts";
import { CONNECTED, MANAGED_VARIABLE } from "./harness/agents.ts";

const FOLDER = join(REPOSITORY, "e2e", "clients");
const NAMESPACE = ["unshare", "--net", "--mount", "--map-root-user", "sh", "-c"] as const;

function succeeds(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] }).status === 0;
}

function install(): boolean {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  return succeeds("npm", ["ci", ...quiet], join(FOLDER, "peers"));
}

/** Nothing that runs in it reaches another machine. */
function canIsolate(): boolean {
  const [command, ...args] = NAMESPACE;
  return succeeds(command, [...args, "ip link set lo up"], REPOSITORY);
}

function skip(what: string): never {
  console.log(`skipped: ${what}\nTests  0 passed | ${CONNECTED.length} skipped`);
  process.exit(0);
}

if (!canIsolate()) skip("no network namespaces here (needs Linux and unshare)");
if (!CONNECTED.every(({ program }) => existsSync(program)) && !install())
  console.log("not every client could be installed");
const there = CONNECTED.filter(({ program }) => existsSync(program));
for (const agent of CONNECTED)
  console.log(
    `${agent.id} ${there.includes(agent) ? agent.version() : "is not installed: skipped"}`,
  );
if (there.length === 0) skip("no client could be installed");
const vitest = join(REPOSITORY, "node_modules", "vitest", "vitest.mjs");
const words = [process.execPath, vitest, "run", "--config", join(FOLDER, "vitest.config.ts")];
const all = [...words, ...process.argv.slice(2)].map(
  (word) => `'${word.replaceAll("'", "'\\''")}'`,
);
const [command, ...args] = NAMESPACE;
// What is written to /etc stays in a layer of its own, which only this run sees.
const layers = mkdtempSync(join(tmpdir(), "bylaw-etc-"));
for (const layer of ["up", "work"]) mkdirSync(join(layers, layer));
const overlay = `lowerdir=/etc,upperdir=${layers}/up,workdir=${layers}/work`;
const managed = `mount -t overlay overlay -o '${overlay}' /etc && export ${MANAGED_VARIABLE}=1`;
const script = `ip link set lo up && { ${managed}; exec ${all.join(" ")}; }`;
const options = { cwd: REPOSITORY, stdio: "inherit" } as const;
const { status } = spawnSync(command, [...args, script], options);
rmSync(layers, { recursive: true, force: true });
process.exit(status ?? 1);
