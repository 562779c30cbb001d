import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFINITION_RULES } from "./rules.ts";

const PAGE = "../../../../docs/pinning.md";
const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");

it("docs/pinning.md lists every rule (accept a change with `npm run unit -- -u`)", async () => {
  const rows = DEFINITION_RULES.map(
    ({ id, severity, title }) => `| \`${id}\` | ${severity} | ${title} |\n`,
  );
  const table = `| id | severity | finds |\n| --- | --- | --- |\n${rows.join("")}`;
  const marked = /(<!-- rules: [^>]*-->\n)[\s\S]*?(<!-- end -->)/;
  expect(page).toMatch(marked);
  const expected = page.replace(
    marked,
    (_, begin: string, end: string) => `${begin}\n${table}\n${end}`,
  );
  await expect(expected).toMatchFileSnapshot(PAGE);
});
