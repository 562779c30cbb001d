import { describe, expect, test } from "vitest";
import { homoglyphs } from "./homoglyphs.ts";

const found = (text: string): readonly string[] =>
  homoglyphs.search(text).map(({ start, end }) => text.slice(start, end));

describe("look-alike letters", () => {
  test.each([
    ["log in to pаypal now", ["pаypal"]],
    ["log in to pаyраl now", ["pаyраl"]],
    ["log in to раураl now", ["раураl"]],
    ["the раураӏ account", ["раураӏ"]],
    ["аpple and оrаnge", ["аpple", "оrаnge"]],
  ])("%s", (text, words) => expect(found(text)).toEqual(words));

  test.each([
    "Привет, мир",
    "сосна и рука",
    "the word сосна means pine",
    "α = 3 μm, Δx = ρV",
    "Ελλάδα",
    "plain words",
    "версия v2 API",
  ])("none in %s", (text) => expect(found(text)).toEqual([]));
});
