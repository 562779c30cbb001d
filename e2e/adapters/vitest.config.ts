import { defineConfig } from "vitest/config";

/** Programs of others, one after the other; a start of one takes seconds on a busy machine. */
export default defineConfig({
  test: {
    include: ["e2e/adapters/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
