import { defineConfig } from "vitest/config";

/** Real processes, so one file after the other: a machine of two cores is busy enough with one gateway. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    // They have suites of their own: npm run e2e:clients, npm run e2e:adapters
    exclude: ["**/node_modules/**", "e2e/clients/**", "e2e/adapters/**"],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // A shared machine may stand still for a while; what fails twice has failed.
    retry: process.env["CI"] === "true" ? 1 : 0,
  },
});
