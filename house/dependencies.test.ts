import { describe, expect, it } from "vitest";
import { dependencies } from "./dependencies.ts";
import { completed, type Lock, type LockEntry, missingOptionals, platformOf } from "./lock.ts";
import { type File, report, repository } from "./repository.ts";

it("the repository's dependencies keep the rules", () => {
  expect(report(dependencies(repository()))).toEqual([]);
});

const clean: LockEntry = { version: "1.0.0", license: "MIT", integrity: "sha512-x" };

function planted(
  entries: Readonly<Record<string, LockEntry>>,
  manifest: Readonly<Record<string, unknown>> = {},
): readonly File[] {
  const root = { version: "1.0.0", license: "Apache-2.0", engines: { node: ">=20" } };
  const lock: Lock = { packages: { "node_modules/base": clean, ...entries } };
  return [
    { path: "package-lock.json", text: JSON.stringify(lock) },
    { path: "package.json", text: JSON.stringify(root) },
    { path: "LICENSE", text: "licence" },
    { path: "packages/a/LICENSE", text: "licence" },
    { path: "packages/a/package.json", text: JSON.stringify({ ...root, ...manifest }) },
  ];
}

const rulesOf = (files: readonly File[]): readonly string[] =>
  dependencies(files).map(({ rule }) => rule);

describe("dependencies", () => {
  it("is red when it saw nothing", () => {
    expect(() => dependencies([])).toThrow(/saw no/);
    expect(() => dependencies([{ path: "package-lock.json", text: '{"packages":{}}' }])).toThrow(
      /saw no/,
    );
  });

  it("is green on clean files and on what only developers install", () => {
    expect(
      rulesOf(planted({ "node_modules/a": { ...clean, license: "GPL-3.0", dev: true } })),
    ).toEqual([]);
  });

  const entries: readonly (readonly [string, LockEntry])[] = [
    ["dependencies.licence", { ...clean, license: "GPL-3.0-only" }],
    ["dependencies.licence", { version: "1.0.0", integrity: "sha512-x" }],
    ["dependencies.licence", { ...clean, license: "MIT AND AGPL-3.0" }],
    ["dependencies.install_script", { ...clean, hasInstallScript: true }],
    ["dependencies.integrity", { version: "1.0.0", license: "MIT" }],
    ["dependencies.incomplete", { ...clean, optionalDependencies: { "b-linux-x64": "1.0.0" } }],
  ];
  it.each(entries)("is red: %s %j", (rule, entry) => {
    expect(rulesOf(planted({ "node_modules/a": entry }))).toEqual([rule]);
  });

  it("is red on a package without its licence", () => {
    const files = planted({});
    expect(rulesOf(files.filter(({ path }) => path !== "packages/a/LICENSE"))).toEqual([
      "dependencies.licence_file",
    ]);
    expect(rulesOf(files.filter(({ path }) => path !== "LICENSE"))).toEqual([
      "dependencies.licence_file",
    ]);
  });

  it("takes either licence of a choice", () => {
    expect(
      rulesOf(planted({ "node_modules/a": { ...clean, license: "(GPL-2.0 OR MIT)" } })),
    ).toEqual([]);
  });

  const manifests: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["dependencies.version", { version: "1.0.1" }],
    ["dependencies.own_licence", { license: "MIT" }],
    ["dependencies.engines", { engines: { node: ">=18" } }],
    ["dependencies.range", { dependencies: { zod: "^4.0.0" } }],
  ];
  it.each(manifests)("is red: %s %j", (rule, manifest) => {
    expect(rulesOf(planted({}, manifest))).toEqual([rule]);
  });
});

describe("the lock file", () => {
  it("reads platforms from names", () => {
    expect(platformOf("@a/cli-linux-x64-musl")).toEqual({
      cpu: ["x64"],
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    });
    expect(platformOf("@a/win32-arm64")).toEqual({ cpu: ["arm64"], optional: true, os: ["win32"] });
    expect(platformOf("@a/wasm")).toBeNull();
  });

  it("is completed once and only where something is missing", () => {
    const dependent = { ...clean, dev: true, optionalDependencies: { "a-darwin-x64": "2.0.0" } };
    const before: Lock = { packages: { "node_modules/z": dependent } };
    const { lock, added } = completed(before);
    expect(added).toEqual(["node_modules/a-darwin-x64"]);
    expect(lock.packages["node_modules/a-darwin-x64"]).toMatchObject({
      version: "2.0.0",
      dev: true,
    });
    expect(Object.keys(lock.packages)).toEqual(["node_modules/a-darwin-x64", "node_modules/z"]);
    expect(missingOptionals(lock)).toEqual([]);
  });

  it("finds a dependency in an outer folder", () => {
    const dependent = { ...clean, optionalDependencies: { b: "1.0.0" } };
    const lock: Lock = {
      packages: { "packages/x/node_modules/a/node_modules/c": dependent, "node_modules/b": clean },
    };
    expect(missingOptionals(lock)).toEqual([]);
  });
});
