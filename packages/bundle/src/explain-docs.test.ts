import { readFileSync } from "node:fs";
import { explain, explanationLines } from "@bylaw/core";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type DecisionCase, factsOfCase } from "./cases.ts";
import { renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";

const PAGE = "../../../docs/explain.md";
const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");

function block(name: string, language: string): string {
  const found = new RegExp(
    `<!-- example: ${name}.*-->\n\n\`\`\`${language}\n([\\s\\S]*?)\`\`\``,
  ).exec(page);
  if (found === null) throw new Error(`the page has no ${name}`);
  return found[1] ?? "";
}

test("the page's example is explained as the page says (accept a change with `npm run unit -- -u`)", async () => {
  const loaded = await loadBundle({
    sources: [{ file: "rules.cedar", text: block("policies", "cedar") }],
  });
  if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
  const given = parse(block("facts", "yaml")) as Partial<DecisionCase>;
  const facts = factsOfCase(loaded.value, { name: "", expect: "block", because: [], ...given });
  const lines = explanationLines(explain(loaded.value, facts));
  const expected = page.replace(
    /(<!-- example: output.*-->\n\n```text\n)[\s\S]*?(```)/,
    (_, before: string, after: string) => `${before}${lines.join("\n")}\n${after}`,
  );
  await expect(expected).toMatchFileSnapshot(PAGE);
});
