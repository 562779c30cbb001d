import { defineConfig } from "vitest/config";
import { V8_FLAGS } from "./packages/server/src/shadow/v8-flags.ts";

/** Start gateways, databases and other programs, and wait for them. */
const LIVE = "packages/*/src/**/*.live.test.ts";

export default defineConfig({
  resolve: { conditions: ["@bylaw/source"] },
  ssr: { resolve: { conditions: ["@bylaw/source"] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{house,scripts,spec}/**/*.test.ts", "{packages,examples}/*/src/**/*.test.ts"],
          exclude: [LIVE],
          // Loading the engine, the parsers and their programs anew for each file takes longer than most tests.
          isolate: false,
          execArgv: [...V8_FLAGS],
        },
      },
      { extends: true, test: { name: "live", include: [LIVE] } },
    ],
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A shared machine may stand still for a while; what fails twice has failed.
    retry: process.env["CI"] === "true" ? 1 : 0,
    // On two cores, half of what there is would stand idle.
    maxWorkers: "100%",
    coverage: {
      enabled: process.env["BYLAW_COVERAGE"] === "1",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text"],
      thresholds: {
        // What decides has no untested branch.
        "packages/core/src/**/*.ts": { branches: 100 },
        // What decides whether two parsers can read a message differently has no untested line.
        "packages/core/src/json/*.ts": { 100: true },
      },
    },
  },
});
