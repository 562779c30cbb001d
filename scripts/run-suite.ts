// Runs a suite that has dependencies of its own: `tsx scripts/run-suite.ts FOLDER ENTRY [ARGUMENTS]`.
// Installing Bylaw never installs them; the first run of the suite does.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, entry, ...rest] = process.argv.slice(2);
if (folder === undefined || entry === undefined) throw new Error("usage: FOLDER ENTRY [ARGUMENTS]");

// Standard output belongs to the suite alone, which may print JSON.
function prepare(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(root, folder, "node_modules")))
  prepare("npm", ["--prefix", folder, "ci", "--ignore-scripts"]);
prepare(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/core"]);
// V8 11.3 aborts ("unreachable code" in the deoptimizer) after some ten thousand calls into cedar-wasm
// that it has inlined.
const flags = process.versions.node.startsWith("20.") ? ["--no-turbo-inline-js-wasm-calls"] : [];
const suite = spawnSync(
  process.execPath,
  [...flags, "--import", import.meta.resolve("tsx"), join(root, folder, entry), ...rest],
  { cwd: process.env["INIT_CWD"] ?? root, stdio: "inherit" },
);
process.exit(suite.status ?? 1);
