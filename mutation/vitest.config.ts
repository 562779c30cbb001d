import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The tests that a mutant of the decision core must fail. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: { conditions: ["@bylaw/source"] },
  ssr: { resolve: { conditions: ["@bylaw/source"] } },
  test: { include: ["packages/core/src/**/*.test.ts"], testTimeout: 30_000 },
});
