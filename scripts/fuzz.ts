/**
 * `npm run fuzz [-- RUNS]`: every `*fuzz.test.ts` with RUNS (5,000 unless told) random inputs for each
 * of its properties, on top of the examples that the unit tests run. A failure prints its seed.
 */
import { spawnSync } from "node:child_process";

const [runs = "5000", ...rest] = process.argv.slice(2).filter((arg) => arg !== "--");
if (!/^[1-9]\d{0,8}$/.test(runs) || rest.length > 0) {
  console.error("usage: npm run fuzz [-- RUNS]");
  process.exit(2);
}
// V8 11.3 aborts after some ten thousand calls into cedar-wasm that it has inlined.
const flags = process.versions.node.startsWith("20.") ? ["--no-turbo-inline-js-wasm-calls"] : [];
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "fuzz", ...flags.map((flag) => `--execArgv=${flag}`)],
  { stdio: "inherit", env: { ...process.env, BYLAW_FUZZ_RUNS: runs } },
);
process.exit(status ?? 1);
