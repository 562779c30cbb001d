import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as limits from "../limits.ts";
import { BUILTINS } from "./programs/builtins.ts";
import { FAMILIES, programOf } from "./programs/index.ts";

const page = readFileSync(new URL("../../../../docs/shell.md", import.meta.url), "utf8");

describe("docs/shell.md", () => {
  it.each(Object.entries(FAMILIES))("lists the family %s with programs of it", (name, family) => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${name} | `)) ?? "";
    const examples = [...row.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? "");
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples)
      expect([example, Object.hasOwn(family, example) || Object.hasOwn(BUILTINS, example)]).toEqual(
        [example, true],
      );
  });

  it("names the limits in force", () => {
    const row = (what: string, value: number, unit = ""): void =>
      expect(page).toContain(`| ${what} | ${value.toLocaleString("en")}${unit} |`);
    row("text", limits.SHELL_UNITS_MAX, " characters");
    row("nesting", limits.SHELL_DEPTH_MAX);
    row("words, redirections and substitutions", limits.SHELL_NODES_MAX);
    row("commands looked at, with those that others start", limits.SHELL_COMMANDS_MAX);
    row("texts inside texts, and functions that call each other", limits.SHELL_TEXTS_DEPTH_MAX);
    row("values of one word", limits.SHELL_ALTERNATIVES_MAX);
    row("script or package.json that is read", limits.SHELL_VALUE_UNITS_MAX, " characters");
    row("effects", limits.SHELL_EFFECTS_MAX);
  });
});

describe("the table", () => {
  it("knows no program by a name of JavaScript's own", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect([programOf(name), Object.hasOwn(BUILTINS, name)]).toEqual([null, false]);
  });

  it("has sub-commands that are rows of their own", () => {
    const rows = Object.values(FAMILIES).flatMap((family) => Object.entries(family));
    expect(rows.length).toBeGreaterThan(500);
    for (const [name, { sub = {} }] of rows)
      for (const word of Object.keys(sub))
        expect([name, word, /\s/.test(word)]).toEqual([name, word, false]);
  });
});
