import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@bylaw/source"] },
  ssr: { resolve: { conditions: ["@bylaw/source"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "examples/*/src/**/*.test.ts",
      "spec/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
  },
});
