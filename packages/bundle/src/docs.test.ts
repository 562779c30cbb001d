import { readFileSync } from "node:fs";
import { DECIDE_CODES } from "@bylaw/core";
import { expect, test } from "vitest";
import { ANNOTATIONS } from "./annotations.ts";
import { LOAD_CODES } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { PACKS, type Pack, readPack } from "./packs.ts";
import { SHIELD_LINTS } from "./shield/entry.ts";
import { SHIELD_CODES } from "./shield/raw.ts";

const PAGE = "../../../docs/policies.md";

/** As the formatter lays a table out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) =>
    Math.max(3, ...[title, ...rows.map((row) => row[at] ?? "")].map(({ length }) => length)),
  );
  const line = (cells: readonly string[], fill: string): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(" | ")} |\n`;
  const body = rows.map((row) => line(row, " ")).join("");
  return (
    line(head, " ") +
    line(
      head.map(() => ""),
      "-",
    ) +
    body
  );
}

function codes(texts: Readonly<Record<string, string>>): string {
  return table(
    ["code", "means"],
    Object.entries(texts).map(([code, text]) => [`\`${code}\``, text]),
  );
}

function annotations(): string {
  const on = {
    any: "any policy",
    permit: "permits",
    forbid: "forbids",
    hold: "forbids that ask",
    grant: "grants",
  };
  const rows = Object.entries(ANNOTATIONS).map(([name, one]) => [
    `\`@${name}\``,
    on[one.on],
    one.takes,
    one.means,
  ]);
  return table(["annotation", "on", "takes", "means"], rows);
}

async function packTable(pack: Pack): Promise<string> {
  const loaded = await loadBundle({ sources: [await readPack(pack)] });
  if (!loaded.ok) throw new Error(`pack ${pack} does not load`);
  const does = { block: "stops", require_approval: "asks", allow: "permits", log: "raises" };
  const rows = [...loaded.value.policies.values()].map((policy) => [
    `\`${policy.id}\``,
    does[policy.decision],
    policy.effect === "forbid" ? `\`${policy.code}\`` : "",
    policy.reason,
  ]);
  return table(["policy", "does", "code", "reason"], rows);
}

/** `vitest run -u` writes the parts anew. */
test("the generated parts of docs/policies.md are what the code says", async () => {
  const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");
  const parts = new Map([
    ["annotations", annotations()],
    ["decide codes", codes(DECIDE_CODES)],
    ["load codes", codes(LOAD_CODES)],
  ]);
  for (const pack of PACKS) parts.set(`pack ${pack}`, await packTable(pack));

  const seen: string[] = [];
  const current = page.replace(
    /(<!-- ([a-z -]+) -->\n)[^]*?(<!-- end -->)/g,
    (_, open: string, name: string, close: string) => {
      seen.push(name);
      return `${open}${parts.get(name) ?? ""}${close}`;
    },
  );
  expect(seen.sort()).toEqual([...parts.keys()].sort());
  await expect(current).toMatchFileSnapshot(PAGE);
});

test("docs/shield.md explains every code and lint", () => {
  const page = readFileSync(new URL("../../../docs/shield.md", import.meta.url), "utf8");
  const rows = Object.entries({ ...SHIELD_CODES, ...SHIELD_LINTS });
  expect(rows.length).toBeGreaterThan(10);
  for (const [code, means] of rows) expect(page).toContain(`| \`${code}\` | ${means} |`);
});
