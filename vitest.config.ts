import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@bylaw/source"] },
  ssr: { resolve: { conditions: ["@bylaw/source"] } },
  test: {
    include: ["{house,scripts,spec}/**/*.test.ts", "packages/*/src/**/*.test.ts"],
    allowOnly: false,
    testTimeout: 30_000,
  },
});
