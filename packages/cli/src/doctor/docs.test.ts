import { readFileSync } from "node:fs";
import { CLIENT_IDS } from "@bylaw/gateway";
import { expect, it } from "vitest";
import { CAPABILITIES } from "./capabilities.ts";

const PAGE = "../../../../docs/clients.md";

/** One table per client, as `bylaw doctor` prints it in lines. */
function tables(): string {
  const sections = CLIENT_IDS.map((id) => {
    const { title, seen, routes } = CAPABILITIES[id];
    const version = seen === null ? "not seen running" : `seen with ${seen}`;
    const rows = routes.map(({ what, reach, because }) => `| ${what} | ${reach} | ${because} |\n`);
    return `### ${title}\n\n${version}\n\n| what | reach | because |\n| --- | --- | --- |\n${rows.join("")}`;
  });
  return sections.join("\n");
}

it("docs/clients.md has the table in force (accept a change with `npm run unit -- -u`)", async () => {
  const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");
  const part = /(<!-- capabilities: [^>]*-->\n)[\s\S]*?(<!-- end -->)/;
  expect(page).toMatch(part);
  const expected = page.replace(
    part,
    (_, begin: string, end: string) => `${begin}\n${tables()}\n${end}`,
  );
  await expect(expected).toMatchFileSnapshot(PAGE);
});

it("says of every client what no hook can close", () => {
  for (const id of CLIENT_IDS)
    expect(CAPABILITIES[id].routes.map(({ reach }) => reach)).toContain("open");
});
