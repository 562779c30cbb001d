import { existsSync, readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { toolEntity } from "../entities.ts";
import { memoryOps } from "../memory-ops.ts";
import { loadPostgresql } from "../sql/postgresql.ts";
import { sqlEffects } from "../sql/sql.ts";
import { WORLD } from "../testdata/fixture.ts";
import { readShell, type ShellReading } from "./shell.ts";

const MODULES = new URL("../../../../node_modules/", import.meta.url);

interface Text {
  readonly from: string;
  readonly text: string;
}

function packages(): readonly string[] {
  return readdirSync(MODULES)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(new URL(name, MODULES)).map((each) => `${name}/${each}`)
        : [name],
    );
}

function scriptsOf(name: string): readonly Text[] {
  const file = new URL(`${name}/package.json`, MODULES);
  if (!existsSync(file)) return [];
  const { scripts = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly scripts?: Readonly<Record<string, string>>;
  };
  return Object.entries(scripts).map(([key, text]) => ({ from: `${name} ${key}`, text }));
}

/** The `run` texts of the workflows that a package ships. */
function stepsOf(name: string): readonly Text[] {
  const folder = new URL(`${name}/.github/workflows/`, MODULES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => runs(parse(readFileSync(new URL(file, folder), "utf8"))))
    .map((text) => ({ from: `${name} workflow`, text }));
}

function runs(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "run" && typeof each === "string" ? [each] : runs(each),
  );
}

const context = { world: WORLD, cwd: "/ws", ops: memoryOps() };
const tool = toolEntity(WORLD, "files", "shell", false);
const texts = packages().flatMap((name) => [...scriptsOf(name), ...stepsOf(name)]);
const read = texts.map(({ from, text }): readonly [Text, ShellReading] => [
  { from, text },
  readShell(text, "bash", { context, server: "files", tool }),
]);

const acts = (reading: ShellReading, action: string): boolean =>
  reading.effects.some((effect) => effect.action === action);
/** What its programs do is known, so that it should say what the words say. */
const known = (reading: ShellReading): boolean =>
  reading.effects.every(({ source }) => source !== "unknown");

/** What readers of policies would call the effects of a text, without repeats. */
function summary(kind: string, text: string): string {
  const site = { context, server: "files", tool };
  const effects =
    kind === "sql"
      ? sqlEffects(text, DATABASE, "files", tool)
      : readShell(text, "bash", site).effects;
  const words = effects.flatMap((effect) => {
    const { action, resource, source, findings } = effect;
    if (findings.includes("shell.unparsed")) return "unparsed";
    if (source === "unknown") return "unknown";
    if (kind === "sql") return `${action} ${resource.type}`;
    if (resource.type === "Tool" || action === "read" || action === "list") return [];
    if (resource.type === "File") return action === "delete" ? "delete" : "write";
    return resource.type === "Host" ? "network" : action;
  });
  return [...new Set(words)].sort().join(", ") || "harmless";
}

const DATABASE = {
  dialect: "postgresql",
  database: "db",
  environment: "unknown",
  labels: [],
  tables: new Map(),
} as const;

const real = readFileSync(new URL("../testdata/real.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((row) => row !== "" && !row.startsWith("#"))
  .map((row) => row.split("\t"));

describe("scripts, build steps and SQL of known packages", () => {
  beforeAll(loadPostgresql);

  it("are there in hundreds", () => expect(real.length).toBeGreaterThan(300));

  it.each(real)("%s of %s: %s: %s", (kind, _, does, text = "") => {
    expect(does).not.toContain("unparsed");
    expect(summary(kind ?? "", text)).toBe(does);
  });
});

describe("scripts of the packages that are installed here", () => {
  it("are there in hundreds", () => expect(texts.length).toBeGreaterThan(300));

  it("are all understood", () => {
    const exceptions = read.filter(
      // What the build service fills in before a shell sees it is no shell text yet.
      ([{ text }, { effects }]) =>
        !text.includes("${{") &&
        effects.some(({ findings }) => findings.includes("shell.unparsed")),
    );
    expect(exceptions.map(([{ from, text }]) => `${from}: ${text}`)).toEqual([]);
  });

  it("start programs that are known, in most of them", () => {
    const share = read.filter(([, reading]) => known(reading)).length / read.length;
    expect(share).toBeGreaterThan(0.65);
  });

  it.each([
    ["publish", /(^|&& *)npm publish\b(?!.*--dry-run)/, "publish"],
    ["install", /(^|&& *)(npm|pnpm) (install|ci|i)\b/, "install"],
    ["delete", /(^|&& *)(rm|rimraf) [^|;&]*[\w/]/, "delete"],
    ["delete by way of npx", /(^|&& *)npx rimraf /, "delete"],
    ["fetch", /(^|&& *)(curl|wget) /, "connect"],
  ])("%s where they say so", (_, words, action) => {
    const missed = read.filter(
      ([{ text }, reading]) => words.test(text) && known(reading) && !acts(reading, action),
    );
    expect(missed.map(([{ from, text }]) => `${from}: ${text}`)).toEqual([]);
  });
});
