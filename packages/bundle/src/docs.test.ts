import { readFileSync } from "node:fs";
import { DECIDE_CODES } from "@bylaw/core";
import { describe, expect, test } from "vitest";
import { ANNOTATIONS } from "./annotations.ts";
import { CHECK_RULES, check } from "./check/check.ts";
import { useCounter } from "./check/use.ts";
import { LOAD_CODES, renderError } from "./errors.ts";
import { loadBundle } from "./load.ts";
import { PACKS, type Pack, readPack } from "./packs.ts";
import { parseTestFile } from "./policy-test/file.ts";
import { runCases } from "./policy-test/run.ts";
import { CASE_KEYS, EFFECT_KEYS, FILE_KEYS, type RecordShape } from "./policy-test/shape.ts";
import { SHIELD_LINTS } from "./shield/entry.ts";
import { SHIELD_CODES } from "./shield/raw.ts";

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

/** The page with its generated parts as they should be; each of them must be there. */
function withParts(page: string, parts: ReadonlyMap<string, string>): string {
  const seen: string[] = [];
  const current = page.replace(
    /(<!-- ([a-z -]+) -->\n)[^]*?(<!-- end -->)/g,
    (_, open: string, name: string, close: string) => {
      seen.push(name);
      return `${open}${parts.get(name) ?? ""}${close}`;
    },
  );
  expect(seen.sort()).toEqual([...parts.keys()].sort());
  return current;
}

function pageAt(path: string): { readonly file: URL; readonly text: string } {
  const file = new URL(`../../../docs/${path}`, import.meta.url);
  return { file, text: readFileSync(file, "utf8") };
}

/** `vitest run -u` writes the parts anew. */
test("the generated parts of docs/policies.md are what the code says", async () => {
  const { file, text } = pageAt("policies.md");
  const parts = new Map([
    ["annotations", annotations()],
    ["decide codes", codes(DECIDE_CODES)],
    ["load codes", codes(LOAD_CODES)],
  ]);
  await expect(withParts(text, parts)).toMatchFileSnapshot(file.pathname);
});

describe.each(PACKS)("docs/packs/%s.md", (pack) => {
  const { file, text } = pageAt(`packs/${pack}.md`);

  test("has the pack's policies in its table", async () => {
    const parts = new Map([[`pack ${pack}`, await packTable(pack)]]);
    await expect(withParts(text, parts)).toMatchFileSnapshot(file.pathname);
  });

  test("explains every policy of the pack in its prose, and no other of that name", async () => {
    const loaded = await loadBundle({ sources: [await readPack(pack)] });
    const ids = loaded.ok ? [...loaded.value.policies.keys()] : [];
    const prose = text.slice(0, text.indexOf("## Its policies"));
    const prefix = ids[0]?.split("-", 1)[0] ?? "";
    const named = [...prose.matchAll(/`([a-z]+-[a-z-]+)`/g)].map(([, id = ""]) => id);
    const own = named.filter((id) => id.startsWith(`${prefix}-`));
    expect(ids.length).toBeGreaterThan(3);
    expect([...new Set(own)].sort()).toEqual([...ids].sort());
  });
});

test("docs/check.md has a heading for every rule, with its own words, and lists every finding", async () => {
  const { file, text } = pageAt("check.md");
  const lints = CHECK_RULES.filter(({ id }) => !Object.hasOwn(LOAD_CODES, id));
  const rows = lints.map(({ id, severity, title }) => [`[\`${id}\`](#${id})`, severity, title]);
  const parts = new Map([["rules", table(["rule", "severity", "finds"], rows)]]);
  await expect(withParts(text, parts)).toMatchFileSnapshot(file.pathname);
  const headings = [...text.matchAll(/^### (\S+)$/gm)].map(([, id]) => id);
  expect(headings).toEqual(lints.map(({ id }) => id));
});

test("every bad example of docs/check.md has the finding that it stands under", async () => {
  const { text } = pageAt("check.md");
  const sections = text.split(/^### /m).slice(1);
  const examples = sections.flatMap((section) =>
    [...section.matchAll(/^```cedar\n([^]*?)^```$/gm)].map(
      ([, code = ""]) => [section.split("\n", 1)[0] ?? "", code] as const,
    ),
  );
  expect(examples.length).toBeGreaterThan(4);
  for (const [rule, code] of examples) {
    const sources = [{ file: rule, text: code }];
    const now = Date.parse("2026-02-03T09:00:00Z");
    const { findings } = await check({ sources, now, directory: [], use: useCounter().use() });
    expect([rule, findings.map((one) => one.rule)]).toEqual([rule, expect.arrayContaining([rule])]);
  }
});

test("docs/policy-tests.md lists every key, and its examples do what it says", async () => {
  const { file, text } = pageAt("policy-tests.md");
  const keys = (of: RecordShape["keys"]): string =>
    table(
      ["key", "means"],
      Object.entries(of).map(([name, { means }]) => [`\`${name}\``, means]),
    );
  const inner = (name: string): string => {
    const shape = CASE_KEYS[name]?.shape;
    const record = shape?.kind === "list" || shape?.kind === "map" ? shape.of : shape;
    if (record?.kind !== "record") throw new Error(`${name} has no keys`);
    return keys(record.keys);
  };
  const [asked, about] = ["name expect because wouldHave", Object.keys(EFFECT_KEYS).join(" ")].map(
    (names) => names.split(" "),
  );
  const rest = Object.fromEntries(
    Object.entries(CASE_KEYS).filter(([key]) => !asked?.includes(key) && !about?.includes(key)),
  );
  const expected = Object.fromEntries(
    Object.entries(CASE_KEYS).filter(([key]) => asked?.includes(key)),
  );
  const parts = new Map([
    ["file keys", keys(FILE_KEYS)],
    ["case keys", keys(expected)],
    ["effect keys", keys(EFFECT_KEYS)],
    ["situation keys", keys(rest)],
    ...["session", "task", "counts", "args", "approved", "grants"].map(
      (name) => [`${name} keys`, inner(name)] as const,
    ),
  ]);
  await expect(withParts(text, parts)).toMatchFileSnapshot(file.pathname);

  const blocks = (language: string): readonly string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(
      ([, code = ""]) => code,
    );
  const [policies = ""] = blocks("cedar");
  const files = blocks("yaml");
  expect(files.length).toBeGreaterThan(3);
  const packs = await Promise.all((["base", "starter"] as const).map(readPack));
  for (const yaml of files) {
    const parsed = parseTestFile("page", yaml);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const sources = [...packs, { file: "own.cedar", text: policies }];
    const run = await runCases({ sources }, parsed.value.cases);
    if (!run.ok) throw new Error(run.error.map(renderError).join("\n"));
    for (const { name, failure } of run.value.results)
      expect([name, failure]).toEqual([name, null]);
  }
});

test("docs/shield.md explains every code and lint", () => {
  const page = readFileSync(new URL("../../../docs/shield.md", import.meta.url), "utf8");
  const rows = Object.entries({ ...SHIELD_CODES, ...SHIELD_LINTS });
  expect(rows.length).toBeGreaterThan(10);
  for (const [code, means] of rows) expect(page).toContain(`| \`${code}\` | ${means} |`);
});
