/** `npm run mutation`: changes the compiler and `decide` one operator at a time; a test must notice. */
export default {
  plugins: ["./mutation/node_modules/@stryker-mutator/vitest-runner/dist/src/index.js"],
  // TypeScript 7 has no API to rewrite it with, and the tests do not need it.
  tsconfigFile: "mutation/none.json",
  testRunner: "vitest",
  vitest: { configFile: "mutation/vitest.config.ts", related: false },
  coverageAnalysis: "perTest",
  mutate: [
    "packages/core/src/{cedar,decide}/**/*.ts",
    "!packages/core/src/**/*.test.ts",
    // The normative evaluator is what the compiler is compared with: a mutant there is the test's.
    "!packages/core/src/cedar/reference.ts",
  ],
  ignorePatterns: ["**/dist", "results"],
  // Static initialisers (tables of operators) would each need the whole suite.
  ignoreStatic: true,
  reporters: ["clear-text", "progress", "json"],
  jsonReporter: { fileName: "results/mutation.json" },
  clearTextReporter: { allowColor: false, logTests: false },
  tempDirName: ".stryker-tmp",
  timeoutMS: 20_000,
  timeoutFactor: 3,
  concurrency: 2,
  thresholds: { high: 90, low: 85, break: 85 },
};
