import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ROUTE_IDS, ROUTES } from "./routes.ts";

const PAGES = ["../../../../SECURITY.md", "../../../../docs/isolation.md"];

/** `docs/isolation.md` says besides how each route is tried. */
function table(page: string): string {
  const tried = page.endsWith("isolation.md");
  const head = tried
    ? "| an agent with a shell could | tried by | advisory | enforcing | where it is open |\n| --- | --- | --- | --- | --- |\n"
    : "| an agent with a shell could | advisory | enforcing | where it is open |\n| --- | --- | --- | --- |\n";
  const rows = ROUTE_IDS.map((id) => {
    const { what, tries, promises, remains } = ROUTES[id];
    const levels = `${promises.advisory} | ${promises.enforcing} | ${remains} |`;
    return tried ? `| ${what} | ${tries} | ${levels}\n` : `| ${what} | ${levels}\n`;
  });
  return head + rows.join("");
}

it.each(PAGES)(
  "%s has the table in force (accept a change with `npm run unit -- -u`)",
  async (at) => {
    const page = readFileSync(new URL(at, import.meta.url), "utf8");
    const part = /(<!-- routes: [^>]*-->\n)[\s\S]*?(<!-- end -->)/;
    expect(page).toMatch(part);
    const expected = page.replace(
      part,
      (_, begin: string, end: string) => `${begin}\n${table(at)}\n${end}`,
    );
    await expect(expected).toMatchFileSnapshot(at);
  },
);

it("promises nothing at a lower level that a higher one does not", () => {
  for (const id of ROUTE_IDS) {
    const { advisory, enforcing } = ROUTES[id].promises;
    expect([id, advisory === "closed" && enforcing === "open"]).toEqual([id, false]);
  }
});
