import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { scenarioSchema } from "./keys.ts";
import { parseScenario, type ScenarioError } from "./read.ts";

const SCHEMA = new URL("../../../spec/schemas/scenario.schema.json", import.meta.url);

/** A whole file with one part of it exchanged. */
function file(parts: Readonly<Record<string, string>> = {}): string {
  const { systems = "disk: { files: true }", when = "- { step: s, read: a }", rest = "" } = parts;
  const { agents = "a: {}" } = parts;
  return `title: t\nstory: s\ngiven:\n  agents: { ${agents} }\n  systems:\n    ${systems}\nwhen:\n  ${when}\n${rest}`;
}

function errorsOf(text: string): readonly ScenarioError[] {
  const read = parseScenario("x.yaml", text);
  return read.ok ? [] : read.error;
}

const BROKEN: readonly (readonly [string, string, string])[] = [
  ["when: [", "scenario.syntax", "1:8"],
  ["", "scenario.invalid", "1:1"],
  ["title: t", "scenario.missing_key", "1:1"],
  [file({ when: "- { step: s, raed: a }" }), "scenario.unknown_key", "8:16"],
  [file({ when: "- { read: a }" }), "scenario.missing_key", "8:5"],
  [file({ when: "- { step: s }" }), "scenario.invalid", "8:5"],
  [file({ when: "- { step: s, read: a, list: b }" }), "scenario.invalid", "8:5"],
  [file({ when: "- { step: s, read: a, then: maybe }" }), "scenario.invalid", "8:31"],
  [file({ when: "- { step: s, read: a, then: { code: x } }" }), "scenario.missing_key", "8:31"],
  [file({ when: "- { step: s, read: a, with: {} }" }), "scenario.invalid", "8:31"],
  [file({ when: "- { step: s, read: a, by: b }" }), "scenario.unknown_name", "8:29"],
  [file({ when: "- { step: s, run: ls }" }), "scenario.unknown_name", "8:5"],
  [file({ when: "- { step: s, read: a, on: b }" }), "scenario.unknown_name", "8:29"],
  [file({ when: "- { step: s, call: disk/fly }" }), "scenario.unknown_name", "8:22"],
  [file({ when: "- { step: s, call: b/fly }" }), "scenario.unknown_name", "8:22"],
  [file({ when: "- { step: s, approve: t, as: m }" }), "scenario.unknown_name", "8:25"],
  [
    file({ when: "- { step: s, read: a, passport: { from: b } }" }),
    "scenario.unknown_name",
    "8:43",
  ],
  [
    file({ when: "- { step: s, read: a, passport: { signed: nobody } }" }),
    "scenario.invalid",
    "8:35",
  ],
  [
    file({ when: "- { step: s, read: a, passport: { bound: false, proof: old } }" }),
    "scenario.invalid",
    "8:35",
  ],
  [file({ when: "- { step: s, delegate: { to: b } }" }), "scenario.unknown_name", "8:32"],
  [file({ when: "- { step: s, withdraw: b }" }), "scenario.unknown_name", "8:26"],
  [file({ when: "- { step: s, after: soon }" }), "scenario.invalid", "8:23"],
  [file({ when: "- { step: s, after: 1h, repeat: 2 }" }), "scenario.invalid", "8:35"],
  [file({ when: "- { step: s, read: a, repeat: 0 }" }), "scenario.invalid", "8:33"],
  [file({ when: '- { step: s, read: "{{foo}}" }' }), "scenario.placeholder", "8:22"],
  [file({ when: '- { step: s, read: "{{secret foo}}" }' }), "scenario.placeholder", "8:22"],
  [
    file({ when: "- { step: s, read: a }\n  - { step: s, read: b }" }),
    "scenario.duplicate_step",
    "9:13",
  ],
  [file({ agents: "a: { for: maria }" }), "scenario.unknown_name", "4:23"],
  [file({ agents: "" }), "scenario.invalid", "4:11"],
  [file({ agents: "a b: {}" }), "scenario.invalid", "4:13"],
  [
    file({ systems: "d: { database: { tables: { t: { rows: [] } } } }" }),
    "scenario.invalid",
    "6:35",
  ],
  [
    file({ systems: "d: { database: { tables: { t: { count: 1 } } } }" }),
    "scenario.invalid",
    "6:35",
  ],
  [file({ systems: "d: { environment: prod }" }), "scenario.invalid", "6:23"],
  [file({ systems: "d: { tools: { x: { efects: [] } } }" }), "scenario.unknown_key", "6:24"],
  [file({ rest: "then: [{ rows: { d.t: 1 } }]" }), "scenario.unknown_name", "9:16"],
  [file({ rest: "then: [{ called: disk }]" }), "scenario.missing_key", "9:8"],
  [file({ rest: "then: [{ called: disk, times: 1, absent: [a] }]" }), "scenario.invalid", "9:8"],
  [file({ rest: "damage: [{ unlogged: a }]" }), "scenario.invalid", "9:10"],
  [`x: &a 1\ny: *a\n${file()}`, "scenario.alias", "2:4"],
  [`title: u\n${file()}`, "scenario.syntax", "2:1"],
];

test.each(BROKEN)("is refused, with the place: %j", (text, code, place) => {
  const [first] = errorsOf(text);
  expect([first?.code, `${first?.line}:${first?.column}`]).toEqual([code, place]);
});

it("names the key that was meant", () => {
  const [first] = errorsOf(file({ when: "- { step: s, raed: a }" }));
  expect(first?.message).toContain("`raed`");
  expect(first?.message).toContain("did you mean `read`?");
});

it("reads what is right", () => {
  expect(errorsOf(file())).toEqual([]);
});

describe("the JSON Schema", () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(
    scenarioSchema(),
  );

  it("is the one in spec (accept a change with `npm run unit -- -u`)", async () => {
    const text = `${JSON.stringify(scenarioSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(SCHEMA.pathname);
  });

  const folders = ["scenarios", "examples/scenarios"].map(
    (path) => new URL(`../../../${path}/`, import.meta.url),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml") && name !== "expected-failures.yaml")
      .map((name) => new URL(name, folder)),
  );

  it("is there for every incident", () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files.map(({ pathname }) => pathname))("accepts %s, as the reader does", (path) => {
    const text = readFileSync(path, "utf8");
    expect(errorsOf(text)).toEqual([]);
    expect(validate(parse(text)) || validate.errors).toBe(true);
  });

  // What needs more than one value, or YAML itself, is for the reader alone.
  const single = BROKEN.filter(
    ([text, code]) => code === "scenario.unknown_key" && !text.includes("&a"),
  );
  it.each(single)("refuses what the reader refuses: %j", (text) => {
    expect(validate(parse(text))).toBe(false);
  });
});

test("any text is a scenario, or errors with places in it", () => {
  const words =
    "title: t|story: s|given:|  agents: { a: {} }|  systems: { d: { files: true } }|when:|  - |step: s|read: a|then: block|\n|    |{|}|[|]|: |&a|*a|\"|'|#|{{n}}|{{x}}|$range: [1, 2]|__proto__: {}|\u0000|\ufeff|---";
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words.split("|")), { maxLength: 30 }).map((all) => all.join("")),
    fc.string({ unit: "binary", maxLength: 80 }),
  );
  let [reads, refused] = [0, 0];
  fc.assert(
    fc.property(text, (source) => {
      const errors = errorsOf(source);
      if (errors.length === 0) reads += 1;
      else refused += 1;
      const lines = source.split(/\r\n|\r|\n/);
      for (const { line, column } of errors) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines.length + 1);
      }
    }),
    { numRuns: 300, examples: [[file()]] },
  );
  expect([reads > 0, refused > 100]).toEqual([true, true]);
});
