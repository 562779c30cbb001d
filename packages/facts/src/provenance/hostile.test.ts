import { describe, expect, it } from "vitest";
import { createProvenance, type ToolCall } from "./index.ts";

/**
 * What takes quadratic time for some text takes minutes here, and the test ends: each repeated piece is one
 * that some expression or reader goes back over.
 */
const UNITS = 100_000;
const PIECES = [
  ..."-*`#|\t;,: aA1()[]\"'{}<>&=_\\.?!@/\u00b7\n\u200b\ud83d",
  "a ",
  "a-",
  "-a",
  "> ",
  "1. ",
  "- ",
  "**",
  "**a**",
  "`a`",
  "by a ",
  "a: ",
  "- a: ",
  "**a:** ",
  "===\n",
  "---\n",
  "http:",
  "https://",
  "a@",
  "a@b",
  "a@b.c ",
  "<a>",
  "</a>",
  "<a ",
  "&amp;",
  "%41",
  '="a" ',
  "x,y\n",
  "| a | b |\n",
  "T-1 *a* ",
  "a\n\n",
  "(1, ",
  "please ",
  "how many ",
  "send to ",
  "a.b.",
  "A B ",
  "a/",
  "{a: ",
  "- - ",
  "> > a\n",
  "'a': ",
];
const READS: ToolCall = {
  tool: "get_page",
  definition: {
    digest: "sha256:page",
    name: "get_page",
    description: "Get a page.",
    inputSchema: {},
    annotations: {},
  },
  arguments: {},
};

describe("a text of one piece again and again", () => {
  it.each(PIECES)("%j is read", (piece) => {
    for (const [before, behind] of [
      ["", ""],
      ["- **x** ", "z"],
      ['{"a": "', '"}'],
    ] as const) {
      const text = `${before}${piece.repeat(UNITS / piece.length)}${behind}`;
      const session = createProvenance();
      session.prompt(text);
      session.observe(READS, session.judge(READS), [text], "passed");
      expect(session.judge(READS)).toEqual(session.judge(READS));
    }
  });
});
