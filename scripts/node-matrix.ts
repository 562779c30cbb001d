/**
 * `npm run test:node [-- FILTER...]`: the unit tests on the other supported Node versions. Their binaries come as npm
 * packages, into a folder of their own, so that nobody who installs Bylaw gets them.
 */
import { spawnSync } from "node:child_process";
import { FETCHED_VERSIONS, nodeBinary } from "./node-binary.ts";

for (const version of FETCHED_VERSIONS) {
  const binary = nodeBinary(version);
  console.log(`\nNode ${version}`);
  const args = ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)];
  const { status } = spawnSync(binary, args, { stdio: ["ignore", "inherit", "inherit"] });
  // The other versions still run: what fails on one is worth comparing.
  if (status !== 0) process.exitCode = 1;
}
