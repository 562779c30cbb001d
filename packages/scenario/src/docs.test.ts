import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  AGENT_KEYS,
  CHECK_KEYS,
  DATABASE_KEYS,
  DEED_KEYS,
  DELEGATION_KEYS,
  DOES_KEYS,
  EXPECT_KEYS,
  FILE_KEYS,
  GIVEN_KEYS,
  GRANT_KEYS,
  ISSUER_KEYS,
  MAIL_KEYS,
  MESSAGE_KEYS,
  PASSPORT_KEYS,
  STEP_KEYS,
  SYSTEM_KEYS,
  TABLE_KEYS,
  THREAT_KEYS,
  TOOL_KEYS,
} from "./keys.ts";
import * as limits from "./limits.ts";
import { parseScenario } from "./read.ts";
import { expectedOf, type Scenario } from "./scenario.ts";
import { SECRETS } from "./secrets.ts";
import type { RecordShape } from "./shape.ts";

const PAGE = "../../../docs/scenarios.md";
const EXAMPLES = new URL("../../../examples/scenarios/", import.meta.url);
const page = readFileSync(new URL(PAGE, import.meta.url), "utf8");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return `\n${lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}\n`;
}

function keys(of: RecordShape["keys"]): string {
  return table(
    ["key", "means"],
    Object.entries(of).map(([name, { means, required }]) => [
      `\`${name}\``,
      `${means.replaceAll("|", "\\|")}${required === true ? "; **required**" : ""}`,
    ]),
  );
}

function scenarioNamed(name: string): Scenario {
  const file = new URL(`${name}.yaml`, EXAMPLES);
  const read = parseScenario(name, readFileSync(file, "utf8"));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

function tour(name: string): string {
  const rows = scenarioNamed(name).when.map((step) => {
    const { outcome, code, policy } = expectedOf(step);
    return [step.step, `\`${outcome}\``, tick(code), tick(policy)];
  });
  return table(["step", "outcome", "code", "policy"], rows);
}

const tick = (text: string | undefined): string => (text === undefined ? "" : `\`${text}\``);

/** Keys of a step beside its deed. */
const BESIDE = Object.fromEntries(
  Object.entries(STEP_KEYS).filter(([name]) => !Object.hasOwn(DEED_KEYS, name)),
);

const PARTS: Readonly<Record<string, () => string>> = {
  "example refunds": () =>
    `\n\`\`\`yaml\n${readFileSync(new URL("refunds.yaml", EXAMPLES), "utf8")}\`\`\`\n\n`,
  "file keys": () => keys(FILE_KEYS),
  "given keys": () => keys(GIVEN_KEYS),
  "agent keys": () => keys(AGENT_KEYS),
  "grant keys": () => keys(GRANT_KEYS),
  "issuer keys": () => keys(ISSUER_KEYS),
  "passport keys": () => keys(PASSPORT_KEYS),
  "delegation keys": () => keys(DELEGATION_KEYS),
  "threat keys": () => keys(THREAT_KEYS),
  "system keys": () => keys(SYSTEM_KEYS),
  "database keys": () => keys(DATABASE_KEYS),
  "table keys": () => keys(TABLE_KEYS),
  "mail keys": () => keys(MAIL_KEYS),
  "message keys": () => keys(MESSAGE_KEYS),
  "tool keys": () => keys(TOOL_KEYS),
  "does keys": () => keys(DOES_KEYS),
  "deed keys": () => keys(DEED_KEYS),
  "step keys": () => keys(BESIDE),
  "expect keys": () => keys(EXPECT_KEYS),
  "check keys": () => keys(CHECK_KEYS),
  "tour starter": () => tour("starter"),
  "tour coding-agent": () => tour("coding-agent"),
  "tour data-agent": () => tour("data-agent"),
  "tour assistant": () => tour("assistant"),
  "tour people": () => tour("people"),
  limits: () => {
    const row = (what: string, value: number): readonly string[] => [
      what,
      value.toLocaleString("en"),
    ];
    return table(
      ["what", "at most"],
      [
        row("characters of a file", limits.FILE_CHARS_MAX),
        row("steps", limits.STEPS_MAX),
        row("`repeat` of a step", limits.REPEAT_MAX),
        row("rows of a table that `count` makes", limits.ROWS_MAX),
        row("numbers of a `$range`", limits.RANGE_MAX),
      ],
    );
  },
};

test("docs/scenarios.md says what the reader takes (accept with `npm run unit -- -u`)", async () => {
  const seen: string[] = [];
  const expected = page.replace(
    /(<!-- ([a-z -]+) -->\n)[^]*?(<!-- end -->)/g,
    (_, open: string, name: string, close: string) => {
      seen.push(name);
      return `${open}${PARTS[name]?.() ?? ""}${close}`;
    },
  );
  expect(seen.sort()).toEqual(Object.keys(PARTS).sort());
  await expect(expected).toMatchFileSnapshot(PAGE);
});

/** Around a fragment of a page, so that it is a whole file. */
function whole(fragment: string): string | null {
  const indented = (by: number): string => fragment.replace(/^(?=.)/gm, " ".repeat(by));
  const head = "title: t\nstory: s\n";
  const given = `given:\n  agents: { a: {} }\n  systems:\n    crm:\n      database: { tables: { customers: { rows: [{ id: 1 }] }, orders: { rows: [{ id: 1 }] } } }\n    mailbox: { mail: {} }\n    terminal: { shell: {} }\n`;
  const when = "when:\n  - { step: s, run: ls }\n";
  if (fragment.startsWith("title:")) return fragment;
  if (fragment.startsWith("then:")) return head + given + when + fragment;
  if (fragment.startsWith("delete_records:"))
    return `${head}${given}    own:\n      tools:\n${indented(8)}${when}`;
  return null;
}

const fragments = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
const examples = fragments.flatMap((text) => whole(text) ?? []);

test("the examples of docs/scenarios.md read", () => {
  expect(examples.length).toBeGreaterThan(2);
  for (const text of examples) {
    const read = parseScenario("docs/scenarios.md", text);
    expect(read.ok ? [] : read.error).toEqual([]);
  }
});

test("docs/scenarios.md names every credential that can be made up", () => {
  for (const name of Object.keys(SECRETS)) expect(page).toContain(`{{secret ${name}}}`);
});
