import { describe, expect, it } from "vitest";
import { apiOf } from "./api.ts";
import { type File, ROOT, repository, seen } from "./repository.ts";

const byPath = (files: readonly File[]): ReadonlyMap<string, File> =>
  new Map(files.map((file) => [file.path, file]));

describe("the public API is what api/ says (accept a change with `npm run unit -- -u`)", () => {
  const files = byPath(repository());
  const entries = [...files.keys()].filter((path) =>
    /^packages\/[^/]+\/src\/index\.ts$/.test(path),
  );

  it.each(seen(entries, "packages"))("%s", async (entry) => {
    const snapshot = `${ROOT}/api/${entry.split("/")[1]}.txt`;
    await expect(`${apiOf(entry, files).join("\n")}\n`).toMatchFileSnapshot(snapshot);
  });
});

describe("apiOf", () => {
  const read = (text: string, other = ""): readonly string[] =>
    apiOf(
      "a/index.ts",
      byPath([
        { path: "a/index.ts", text },
        { path: "a/b.ts", text: other },
      ]),
    );

  it("names every form of export with its kind", () => {
    const text = `
      export const a = 1; export function b(): void {} export async function c() {}
      export class D {} export interface E {} export type F = string; const hidden = 1;
      export { g, type H, i as j } from "./b.ts";
    `;
    const other = "export const g = 1; export type H = 1; export function i() {}";
    expect(read(text, other)).toEqual([
      "class D",
      "const a",
      "const g",
      "function b",
      "function c",
      "function j",
      "interface E",
      "type F",
      "type H",
    ]);
  });

  it("follows re-exports of everything", () => {
    expect(read('export * from "./b.ts";', "export const x = 1;")).toEqual(["const x"]);
    expect(read("export {};")).toEqual([]);
  });

  it("throws for what it cannot name or find", () => {
    expect(() => read("export default 1;")).toThrow(/without a name/);
    expect(() => read('export * from "./c.ts";')).toThrow(/does not exist/);
  });
});
