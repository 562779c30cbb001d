import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "./repository.ts";

/** The linter, the type check of tests, the format and the dead-code check, each on a planted defect. */
const folder = mkdtempSync(join(tmpdir(), "house-gates-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCES: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "planted", "type": "module", "exports": "./src/index.ts" }\n',
  "tsconfig.json": JSON.stringify({ extends: `${ROOT}/tsconfig.test.json`, include: ["src"] }),
  "biome.json": JSON.stringify({
    ...(JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")) as object),
    vcs: {},
  }),
  "src/index.ts": "export const one = 1;\n",
  "src/floating.ts": "export const f = async (): Promise<void> => {};\nf();\n",
  "src/switch.ts":
    'export function g(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n  }\n  return 0;\n}\n',
  "src/any.ts": "export const h = (x: any): unknown => x;\n",
  "src/unsafe.ts": 'export const i: string = JSON.parse("1");\n',
  "src/unawaited.ts":
    "export async function j(k: () => Promise<void>): Promise<void> {\n  try {\n    return k();\n  } catch {}\n}\n",
  "src/empty.test.ts": 'import { it } from "vitest";\n\nit("asserts nothing", () => {});\n',
  "src/types.test.ts": 'export const k: number = "text";\n',
  "src/format.ts": "export const l = {a:1}\n",
};
for (const [path, text] of Object.entries(SOURCES)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));

/** Exit code and output of one of the root's tools, run in the planted folder. */
function run(tool: string, ...args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(join(ROOT, "node_modules/.bin", tool), args, {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

describe("gates are red on planted defects", () => {
  const config = join(ROOT, ".oxlintrc.json");
  const lint = run("oxlint", "--type-aware", "-c", config, "--format", "unix", "src");

  it.each([
    ["floating.ts", "no-floating-promises"],
    ["switch.ts", "switch-exhaustiveness-check"],
    ["any.ts", "no-explicit-any"],
    ["unsafe.ts", "no-unsafe-assignment"],
    ["unawaited.ts", "return-await"],
    ["empty.test.ts", "expect-expect"],
  ])("oxlint: %s %s", (file, rule) => {
    const lines = lint.output.split("\n").filter((line) => line.includes(file));
    expect(lines.join("\n")).toContain(rule);
    expect(lint.status).toBe(1);
  });

  it("tsc: a type error in a test", () => {
    const types = run("tsc", "-p", "tsconfig.json");
    expect(types.output).toMatch(/types\.test\.ts\(1,14\): error TS2322/);
    expect(types.status).not.toBe(0);
  });

  it("biome: a format of one's own", () => {
    const format = run("biome", "check", "src/format.ts");
    expect(format.output).toContain("src/format.ts");
    expect(format.status).toBe(1);
    expect(run("biome", "check", "src/index.ts").status).toBe(0);
  });

  it("knip: a file that nothing imports", () => {
    const dead = run("knip", "--no-progress");
    expect(dead.output).toContain("src/floating.ts");
    expect(dead.status).toBe(1);
  });
});
