import { defineConfig } from "vitest/config";

/** Real processes, so one file after the other: a machine of two cores is busy enough with one gateway. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 30_000,
  },
});
