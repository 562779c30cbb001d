import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as limits from "./limits.ts";
import { RULES } from "./registry.ts";
import { KINDS } from "./rule.ts";

const PAGE = "../../../../docs/detectors.md";
const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");

const TITLES: Readonly<Record<(typeof KINDS)[number], string>> = {
  secret: "Secrets",
  hidden: "Hidden characters",
  encoded: "Encoded text",
  instruction: "Instruction-like text",
  exfiltration: "Exfiltration",
  personal: "Personal data",
};

test("docs/detectors.md lists every rule (accept a change with `npm run unit -- -u`)", async () => {
  const sections = KINDS.map((kind) => {
    const rows = [...RULES.values()]
      .filter((rule) => rule.kind === kind)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, severity, title }) => `| \`${id}\` | ${severity} | ${title} |\n`);
    return `### ${TITLES[kind]}\n\n| id | severity | finds |\n| --- | --- | --- |\n${rows.join("")}`;
  });
  const marked = /(<!-- rules: [^>]*-->\n)[\s\S]*?(<!-- end -->)/;
  expect(page).toMatch(marked);
  const expected = page.replace(
    marked,
    (_, begin: string, end: string) => `${begin}\n${sections.join("\n")}\n${end}`,
  );
  await expect(expected).toMatchFileSnapshot(PAGE);
});

test("docs/detectors.md names the limits in force", () => {
  const row = (what: string, units: number): void =>
    expect(page).toContain(`| ${what} | ${units.toLocaleString("en")} UTF-16 units`);
  row("text in one scan", limits.SCAN_UNITS_MAX);
  row("a value without quotes", limits.BARE_UNITS_MAX);
  row("a quoted value", limits.VALUE_UNITS_MAX);
  row("a private key block", limits.KEY_BLOCK_UNITS_MAX);
  expect(page).toContain(
    `| findings of one scan | ${limits.SCAN_FINDINGS_MAX.toLocaleString("en")} |`,
  );
});
