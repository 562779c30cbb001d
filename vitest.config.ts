import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@bylaw/source"] },
  ssr: { resolve: { conditions: ["@bylaw/source"] } },
  test: {
    include: ["{house,scripts,spec}/**/*.test.ts", "{packages,examples}/*/src/**/*.test.ts"],
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
