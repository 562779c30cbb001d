import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as limits from "../limits.ts";
import { DIALECTS } from "../sql/reading.ts";
import { parseCatalog } from "./parse.ts";

const page = readFileSync(new URL("../../../../docs/catalog.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((found) => found[1] ?? "");

describe("docs/catalog.md", () => {
  test("has examples", () => {
    expect(examples.length).toBeGreaterThan(4);
  });

  test.each(examples.map((text, at) => [at + 1, text] as const))(
    "example %i is a valid catalog",
    (_, text) => {
      const parsed = parseCatalog("docs/catalog.md", text);
      expect(parsed.ok ? [] : parsed.error).toEqual([]);
      expect(parsed.ok && parsed.value.tools.size).toBeGreaterThan(0);
    },
  );

  test("names every dialect and the limits in force", () => {
    for (const dialect of DIALECTS) expect(page).toContain(`\`${dialect}\``);
    const row = (what: string, value: string): void =>
      expect(page).toContain(`| ${what} | ${value} |`);
    row("file", `${limits.CATALOG_UNITS_MAX / 1_048_576} MiB`);
    row("resources that one array argument names", String(limits.EFFECT_RESOURCES_MAX));
    row("paths, statements or addresses in one call", String(limits.CALL_PATHS_MAX));
    row("tables mapped per entry", String(limits.SQL_TABLES_MAX));
    row(
      "SQL text",
      `${limits.SQL_UNITS_MAX.toLocaleString("en")} characters, ${limits.SQL_STATEMENTS_MAX} statements`,
    );
    row("entity id", `${limits.ENTITY_ID_UNITS_MAX.toLocaleString("en")} characters`);
  });
});
