import { describe, expect, it } from "vitest";
import { importsOf, tokensOf } from "./tokens.ts";

const words = (text: string): readonly string[] =>
  tokensOf(text)
    .filter(({ kind }) => kind === "word")
    .map(({ text: word }) => word);

describe("tokensOf", () => {
  it("skips comments, strings and regular expressions", () => {
    const source = '// Date.now\n/* fetch */ const a = \'process\' + "x" + /setTimeout"/ ;';
    expect(words(source)).toEqual(["const", "a"]);
  });

  it("sees what a template evaluates, and nothing of its text", () => {
    expect(words("`text ${outer({ a: `${inner}` })} more` + after")).toEqual([
      "outer",
      "a",
      "inner",
      "after",
    ]);
  });

  it("takes a slash after an operand for a division", () => {
    expect(words("a / b / c; (a) / d; x[0] / e")).toEqual(["a", "b", "c", "a", "d", "x", "e"]);
  });

  it("takes a name that is a keyword elsewhere for an operand", () => {
    expect(words("const first = from / a; const b = of / c; return /from'/;")).toEqual(
      "const first from a const b of c return".split(" "),
    );
  });

  it("refuses what it cannot read", () => {
    expect(() => tokensOf("const a = `never closed")).toThrow(/unterminated/);
  });

  it("counts lines and sees doc comments", () => {
    const tokens = tokensOf("\n/** doc */\nexport const a = 1;\n/* no */ const b = 2;");
    expect(tokens.find(({ text }) => text === "export")).toMatchObject({
      line: 3,
      documented: true,
    });
    expect(tokens.findLast(({ text }) => text === "const")).toMatchObject({
      line: 4,
      documented: false,
    });
  });
});

describe("importsOf", () => {
  const imports = (text: string): ReturnType<typeof importsOf> => importsOf(tokensOf(text));

  it("finds every form", () => {
    const { imports: found } = imports(`
      import "a"; import b from "b"; import { c } from "c"; import type { D } from "d";
      export * from "e"; export type { F } from "f"; import { type G, h } from "g";
      const i = await import("i"); const j = require("j"); import type from "k";
    `);
    expect(
      found.map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier)),
    ).toEqual(["a", "b", "c", "type d", "e", "type f", "g", "i", "j", "k"]);
  });

  it("reports targets that no test can know", () => {
    expect(imports("import(name); require(`x${1}`); import('a' + b)").computed).toEqual([1, 1, 1]);
  });

  it("leaves methods of that name alone", () => {
    expect(imports("loader.import('a'); Array.from('abc')").imports).toEqual([]);
  });
});
