import { defineConfig } from "vitest/config";

/** Real programs of others, one after the other; a run of one takes seconds on a busy machine. */
export default defineConfig({
  test: {
    include: ["e2e/clients/**/*.test.ts"],
    exclude: ["**/peers/**"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
