import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { PACKS, packTestFile } from "../packs.ts";
import { parseTestFile, type TestFileError } from "./file.ts";
import { schemaOf } from "./shape.ts";

const SCHEMA = new URL("../../../../spec/schemas/policy-test.schema.json", import.meta.url);

const CASE = "name: a\n    do: read Table::t\n    expect: allow\n    because: [p]";
const file = (lines: string): string => `cases:\n  - ${lines}\n`;

function errorsOf(text: string): readonly TestFileError[] {
  const parsed = parseTestFile("x.test.yaml", text);
  return parsed.ok ? [] : parsed.error;
}

const BROKEN: readonly (readonly [string, string, string])[] = [
  ["cases: [", "test.syntax", "1:9"],
  ["cases: []", "test.invalid", "1:8"],
  ["{}", "test.missing_key", "1:1"],
  ["", "test.invalid", "1:1"],
  ["- a", "test.invalid", "1:1"],
  [file(`${CASE}\n    quanity: 3`), "test.unknown_key", "6:5"],
  [file(`${CASE}\n    quantity: many`), "test.invalid", "6:15"],
  [file(`${CASE}\n    quantity: -1`), "test.invalid", "6:15"],
  [file(`${CASE}\n    quantity: 1.5`), "test.invalid", "6:15"],
  [file(`${CASE}\n    quantity: 9007199254740993`), "test.invalid", "6:15"],
  [file(`${CASE}\n    quantity:`), "test.invalid", "6:14"],
  [file(`${CASE}\n    reversible: yes`), "test.invalid", "6:17"],
  [file(`${CASE}\n    in: Environment::production`), "test.invalid", "6:9"],
  [file(`${CASE}\n    in: [production]`), "test.invalid", "6:10"],
  [file(`${CASE}\n    audience: everyone`), "test.invalid", "6:15"],
  [file(`${CASE}\n    session: { untrustd: true }`), "test.unknown_key", "6:16"],
  [file(`${CASE}\n    task: { declared: 1 }`), "test.invalid", "6:23"],
  [file(`${CASE}\n    counts: { deletes: 1 }`), "test.unknown_key", "6:15"],
  [file(`${CASE}\n    approved: [{ policies: [p] }]`), "test.missing_key", "6:16"],
  [file(`${CASE}\n    grants: { g: { uses: 1 } }`), "test.missing_key", "6:18"],
  [file(`${CASE}\n    effects: [{ do: "read Table::t" }]`), "test.invalid", "2:5"],
  [file(`${CASE}\n    do: read Table::u`), "test.syntax", "6:5"],
  [file(`${CASE}\n  - ${CASE}`), "test.duplicate_name", "6:5"],
  [file("name: a\n    expect: allow\n    because: [p]"), "test.missing_key", "2:5"],
  [file("name: a\n    do: read\n    expect: allow\n    because: [p]"), "test.invalid", "3:9"],
  [
    file("name: a\n    do: fly Table::t\n    expect: allow\n    because: []"),
    "test.invalid",
    "3:9",
  ],
  [
    file("name: a\n    do: read Table::t\n    expect: maybe\n    because: []"),
    "test.invalid",
    "4:13",
  ],
  [`packs: [bse]\n${file(CASE)}`, "test.invalid", "1:9"],
  [`given: { name: x }\n${file(CASE)}`, "test.unknown_key", "1:10"],
  [`given: &a { quantity: 1 }\nx: *a\n${file(CASE)}`, "test.alias", "2:4"],
  [`tests: []\n${file(CASE)}`, "test.unknown_key", "1:1"],
];

test.each(BROKEN)("is refused, with the place: %j", (text, code, place) => {
  const [first] = errorsOf(text);
  expect([first?.code, `${first?.line}:${first?.column}`]).toEqual([code, place]);
});

it("names every mistake of a file at once", () => {
  const errors = errorsOf(file(`${CASE}\n    quanity: 3\n    labls: [personal]\n    bytes: x`));
  expect(errors.map(({ message }) => message)).toEqual([
    "unknown key `quanity`; did you mean `quantity`?",
    "unknown key `labls`; did you mean `labels`?",
    "`bytes` must be a whole number or `unknown`",
  ]);
});

it("gives every case what `given` says, unless the case says otherwise", () => {
  const parsed = parseTestFile(
    "x",
    `given: { quantity: 3, reversible: true }\n${file(`${CASE}\n    quantity: 5`)}`,
  );
  expect(parsed.ok && parsed.value).toMatchObject({
    packs: null,
    policies: null,
    cases: [{ given: { name: "a", quantity: 5, reversible: true }, line: 3, column: 5 }],
  });
});

describe("the JSON Schema", () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(schemaOf());

  it("is the one in spec (accept a change with `npm run unit -- -u`)", async () => {
    await expect(`${JSON.stringify(schemaOf(), null, 2)}\n`).toMatchFileSnapshot(SCHEMA.pathname);
  });

  it.each(PACKS)("accepts the tests of %s, as the reader does", (pack) => {
    const text = readFileSync(packTestFile(pack), "utf8");
    expect(errorsOf(text)).toEqual([]);
    expect(validate(parse(text)) || validate.errors).toBe(true);
  });

  // What needs more than one value, or YAML itself, is for the reader alone.
  const readerOnly = ["test.syntax", "test.duplicate_name", "test.alias"];
  const single = BROKEN.filter(
    ([text, code]) => !readerOnly.includes(code) && !text.includes("effects:"),
  ).filter(([text]) => text.includes("do:") || !text.includes("name: a"));
  it.each(single)("refuses what the reader refuses: %j", (text) => {
    expect(validate(parse(text))).toBe(false);
  });
});

test("any text is cases, or errors with places in it", () => {
  const words =
    "cases:|given:|packs: [base]|  - |name: a|do: read Table::t|expect: allow|because: [p]|\n|    |{|}|[|]|: |&a|*a|!!js|quantity: 1|\"|'|#|> |? |<<: *a|__proto__: {}|\u0000|\ufeff|---|%YAML 1.1";
  const fragments = [...words.split("|"), "|"];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...fragments), { maxLength: 30 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 80 }),
  );
  let [reads, refused] = [0, 0];
  fc.assert(
    fc.property(text, (source) => {
      const parsed = parseTestFile("f", source);
      if (parsed.ok) {
        expect(parsed.value.cases.length).toBeGreaterThan(0);
        reads += 1;
        return;
      }
      refused += 1;
      expect(parsed.error.length).toBeGreaterThan(0);
      const lines = source.split(/\r\n|\r|\n/);
      for (const { line, column } of parsed.error) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines.length + 1);
      }
    }),
    { numRuns: 500, examples: [[file(CASE)]] },
  );
  expect([reads > 0, refused > 100]).toEqual([true, true]);
});
