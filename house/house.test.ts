import { describe, expect, it } from "vitest";
import { effects } from "./effects.ts";
import { EXCEPTIONS, judge } from "./exceptions.ts";
import { layering } from "./layering.ts";
import { type File, type Finding, ROOT, report, repository } from "./repository.ts";
import { tidy } from "./tidy.ts";

const RULES = { layering, effects, tidy };

describe("the repository keeps its own rules", () => {
  const { open, stale } = judge(
    Object.values(RULES).flatMap((rule) => rule(repository())),
    EXCEPTIONS,
  );

  it("has no finding that is not excused", () => expect(report(open)).toEqual([]));

  it("has no exception that excuses nothing", () => expect(stale).toEqual([]));
});

/** A repository of one package with nothing wrong, plus what a case plants in it. */
function planted(...files: readonly File[]): readonly File[] {
  const room = /^packages\/([^/]+)\//.exec(files[0]?.path ?? "")?.[1] ?? "core";
  const base = [
    manifest(room, []),
    { path: `packages/${room}/src/index.ts`, text: 'export * from "./a.ts";\nexport {};\n' },
    { path: `packages/${room}/src/a.ts`, text: "export const a = 1;\n" },
  ];
  const taken = new Set(files.map(({ path }) => path));
  return [...base.filter(({ path }) => !taken.has(path)), ...files];
}

function manifest(room: string, dependencies: readonly string[]): File {
  const text = JSON.stringify({
    name: room === "cli" ? "bylaw" : `@bylaw/${room}`,
    exports: { ".": { "@bylaw/source": "./src/index.ts" } },
    dependencies: Object.fromEntries(dependencies.map((name) => [name, "1.0.0"])),
  });
  return { path: `packages/${room}/package.json`, text };
}

const source = (room: string, text: string, name = "a.ts"): File => ({
  path: `packages/${room}/src/${name}`,
  text,
});

const rulesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ rule }) => rule);

describe("every rule is red when it saw nothing", () => {
  it.each(Object.entries(RULES))("%s", (_, rule) => {
    expect(() => rule([])).toThrow(/saw no/);
    expect(() => rule([{ path: "README.md", text: "" }])).toThrow(/saw no/);
  });
});

describe("every rule is green on a clean package", () => {
  it.each(Object.entries(RULES))("%s", (_, rule) => {
    expect(rule(planted())).toEqual([]);
  });
});

describe("layering is red on", () => {
  const cases: readonly (readonly [string, File, string])[] = [
    ["a node module in core", source("core", 'import "node:fs";'), "layering.import"],
    ["a dependency of core", manifest("core", ["zod"]), "layering.manifest"],
    [
      "a type from a sibling",
      source("facts", 'import type { A } from "@bylaw/ledger";'),
      "layering.import",
    ],
    ["a sibling in a manifest", manifest("identity", ["@bylaw/facts"]), "layering.manifest"],
    ["a dynamic import", source("store", 'await import("@bylaw/gateway");'), "layering.import"],
    ["a computed import", source("server", "await import(name);"), "layering.computed"],
    [
      "a way out of the package",
      source("facts", 'import "../../core/src/facts.ts";'),
      "layering.relative",
    ],
    ["a second forwarder", source("server", 'import { Pool } from "undici";'), "layering.import"],
    ["a second policy parser", manifest("cli", ["@cedar-policy/cedar-wasm"]), "layering.manifest"],
    [
      "a value of core in the sdk",
      source("sdk", 'import { ok } from "@bylaw/core";'),
      "layering.import",
    ],
    ["the network in the store", source("store", 'import "node:net";'), "layering.import"],
    ["an upward import", source("gateway", 'export * from "@bylaw/server";'), "layering.import"],
    [
      "a gateway in a gateway",
      source("gateway", 'import "../mcp/x.ts";', "http/a.ts"),
      "layering.gateway",
    ],
    ["a room without an entry", manifest("garage", []), "layering.room"],
    [
      "a package named otherwise",
      { ...manifest("facts", []), text: '{"name":"x"}' },
      "layering.name",
    ],
  ];
  it.each(cases)("%s", (_, file, rule) => {
    expect(new Set(rulesOf(layering(planted(file))))).toContain(rule);
  });

  it("lets through what is allowed", () => {
    const allowed = planted(
      source("sdk", 'import type { Facts } from "@bylaw/core"; import "node:http";'),
    );
    expect(layering(allowed)).toEqual([]);
  });
});

describe("effects is red on", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["core", "const t = Date.now();", "effects.clock"],
    ["gateway", "const t = new Date();", "effects.clock"],
    ["facts", "const t = performance.now();", "effects.clock"],
    ["core", "const r = Math.random();", "effects.random"],
    ["server", "const r = Math.random();", "effects.random"],
    ["cli", "const home = process.env.HOME;", "effects.environment"],
    ["gateway", "http.createServer().listen(0);", "effects.listen"],
    ["gateway", "createServer(answer);", "effects.listen"],
    ["gateway", "const x = fetch(url);", "effects.fetch"],
    ["facts", "setTimeout(f, 1);", "effects.timer"],
    ["core", "export async function f() {}", "effects.async"],
    ["core", "export const f = (): Promise<void> => g();", "effects.async"],
    ["core", "crypto.getRandomValues(a);", "effects.ambient"],
    ["core", "process.cwd();", "effects.ambient"],
    ["server", "globalThis.fetch(x);", "effects.ambient"],
    ["server", "process.exit(1);", "effects.exit"],
    ["cli", "new Function(text)();", "effects.eval"],
    ["core", "const t = `${Date.now()}`;", "effects.clock"],
  ];
  it.each(cases)("%s: %s", (room, text, rule) => {
    expect(rulesOf(effects(planted(source(room, text))))).toContain(rule);
  });

  it("lets through names of one's own, arguments and comments", () => {
    const text = `
      // Date.now() and fetch(x) are named here only
      export const a = (ops: { fetch(u: string): number; now: number }) => ops.fetch("process.env");
      export const b = (ms: number) => new Date(ms).toISOString();
    `.replace("fetch(u: string): number;", "readonly fetch: (u: string) => number;");
    expect(effects(planted(source("core", text)))).toEqual([]);
  });

  it("lets through a parameter of that name", () => {
    const text = "export const f = (fetch: (u: string) => string) => fetch('a');";
    expect(effects(planted(source("core", text)))).toEqual([]);
  });

  it("leaves tests alone", () => {
    const test = source("core", "const t = Date.now();", "a.test.ts");
    expect(effects(planted(test))).toEqual([]);
  });
});

describe("tidy is red on", () => {
  const long = `export function f(): number {\n${"  a();\n".repeat(24)}}\n`;
  const cases: readonly (readonly [string, File, string])[] = [
    ["unfinished work", source("core", `// ${"TO"}${"DO"} later`), "tidy.marker"],
    ["a folder of this machine", { path: "docs/a.md", text: `see ${ROOT}/x` }, "tidy.place"],
    [
      "a registry",
      { path: "a.md", text: `https://${"regis"}${"try"}.npmjs.org/x` },
      "tidy.registry",
    ],
    ["one test alone", source("core", "it.only('x', f);", "a.test.ts"), "tidy.not_run"],
    ["a skipped suite", source("core", "describe.skip('x', f);", "a.test.ts"), "tidy.not_run"],
    [
      "a silent condition",
      source("core", "it.skipIf(!there)('x', f);", "a.test.ts"),
      "tidy.not_run",
    ],
    ["a long file", source("core", "export const a = 1;\n".repeat(401)), "tidy.size"],
    ["a public function without words", source("core", long), "tidy.docstring"],
    ["a rule for a benchmark", source("facts", "export const a = 'agentdojo';"), "tidy.benchmark"],
    ["a dead file", source("core", "export const b = 1;\n", "b.ts"), "tidy.dead"],
  ];
  it.each(cases)("%s", (_, file, rule) => {
    expect(rulesOf(tidy(planted(file)))).toContain(rule);
  });

  it("lets through a documented export, a worker and a condition with its reason", () => {
    const fine = planted(
      source("store", `/** In: nothing. Out: a number. */\n${long}`),
      source("store", 'new Worker(new URL("./worker.js", import.meta.url));', "index.ts"),
      source("store", "export {};", "worker.ts"),
      source(
        "store",
        "import './a.ts';\nit.skipIf(!there)('reads (needs a server)', f);",
        "a.test.ts",
      ),
    );
    expect(tidy(fine)).toEqual([]);
  });
});

describe("exceptions", () => {
  const finding = { rule: "tidy.size", file: "a.ts", line: 1, because: "" };
  const exception = { rule: "tidy.size", file: "a.ts", because: "a table" };

  it("excuse a finding and are reported when they excuse nothing", () => {
    expect(judge([finding], [exception])).toEqual({ open: [], stale: [] });
    expect(judge([], [exception]).stale).toEqual([exception]);
    expect(judge([finding], []).open).toEqual([finding]);
  });
});
