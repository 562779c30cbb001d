import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RESULT_SPANS_MAX, RESULT_UNITS_MAX } from "../limits.ts";
import { countOf } from "../marks.ts";
import { authorAt, indexText, spanAt } from "../spans.ts";
import { readLiteral } from "./literal.ts";
import { readResult } from "./read.ts";

/** Spans of a result as `record kind text`. */
function spans(text: string): readonly string[] {
  const indexed = indexText(text);
  return Array.from({ length: countOf(indexed.marks) }, (_, at) => {
    const { record, kind, start, end } = spanAt(indexed, at);
    return `${record} ${kind} ${indexed.text.slice(start, end)}`;
  });
}

describe("results", () => {
  test("an array of objects has a record for each", () => {
    expect(spans('[{"id": 7, "name": "Pine Hall"}, {"id": 8, "name": "Oak Hall"}]')).toEqual([
      "0 field 7",
      "0 field pine hall",
      "1 field 8",
      "1 field oak hall",
    ]);
  });

  test("a list beside other members has a record for each as well, and they have their own", () => {
    expect(spans('{"count": 2, "halls": [{"id": 7, "seats": {"front": 40}}, {"id": 8}]}')).toEqual([
      "0 field 2",
      "1 field 7",
      "1 field 40",
      "2 field 8",
    ]);
  });

  test("an element with elements of its own is a record, its texts and attributes are fields", () => {
    const text =
      '<halls of="Pine"><hall id="7"><name>Oak &amp; Elm</name></hall><hall id="8"/><!-- ask first --></halls>';
    expect(spans(text)).toEqual([
      "0 field pine",
      "0 prose ask first",
      "1 field 7",
      "1 field oak & elm",
      "2 field 8",
    ]);
    expect(spans("<hall><name>Oak</hall></name>")).not.toContain("0 field oak");
    expect(spans("<div><p>Oak</p></div>")).toEqual(["0 prose oak"]);
  });

  test("items of a list inside of YAML are records, and what stands in brackets is read", () => {
    const listed =
      "halls:\n  - id: 7\n    name: Pine\n  - {id: 8, to: [a@x.example, 'b, c']}\nnext: 9";
    expect(spans(listed)).toEqual([
      "0 field 9",
      "1 field 7",
      "1 field pine",
      "2 field 8",
      "2 field a@x.example",
      "2 field b, c",
    ]);
    expect(spans("id: 7\nname: [open\ntext: |\n  in {short")).toEqual([
      "0 field 7",
      "0 field [open",
      "0 field in {short",
    ]);
  });

  test("rows of a table are records under the names of its columns", () => {
    const rows = ["0 field id", "0 field hall", "1 field 7", "1 field pine hall", "2 field 8"];
    const last = "2 field oak, small";
    expect(spans("| id | hall |\n|---|---|\n| 7 | Pine Hall |\n| 8 | Oak, small |")).toEqual([
      ...rows,
      last,
    ]);
    expect(spans("id   hall\n7    Pine Hall\n8    Oak, small")).toEqual([...rows, last]);
    const indexed = indexText("id,from,seats\n7,ada,40\n8,bo,90");
    expect([0, 1, 2].map((record) => authorAt(indexed, record))).toEqual(["from", "ada", "bo"]);
  });

  test("what is set deeper below a row belongs to it, and a block of labels is one record", () => {
    const text =
      "2 letters\n-- 3 May   from ada@lab.example\n   It is ready.\n-- 4 May   from bo@lab.example\n   Not yet.\n\nClient    Ada Brook\nHall      Pine";
    expect(spans(text)).toEqual([
      "0 field 2 letters",
      "1 field -- 3 may",
      "1 field ada@lab.example",
      "1 prose it is ready.",
      "2 field -- 4 may",
      "2 field bo@lab.example",
      "2 prose not yet.",
      "3 field ada brook",
      "3 field pine",
    ]);
    expect(authorAt(indexText(text), 1)).toBe("ada@lab.example");
  });

  test("an item of a list is a record, and what its marks set apart is a field", () => {
    const text = "Two topics\n- T-17 *Lost keys* by ada\n- T-18 *Found keys* by bo";
    expect(spans(text)).toEqual([
      "0 field two topics",
      "1 field t-17",
      "1 field lost keys",
      "1 field ada",
      "1 prose t-17 lost keys by ada",
      "2 field t-18",
      "2 field found keys",
      "2 field bo",
      "2 prose t-18 found keys by bo",
    ]);
    expect(authorAt(indexText("**Ada** (staff): it is ready"), 0)).toBe("ada");
  });

  test("labels, headings and quotations of running text are read", () => {
    const text =
      "**From:** Ada <ada@lab.example>\n\nPlease look at this soon.\n\n> **From:** Bo <bo@lab.example>\n> It has come at last.\n\n## Others\n**S-1 Eve**, keeper\n- mail: eve@lab.example";
    expect(spans(text)).toEqual([
      "0 field ada <ada@lab.example>",
      "0 prose please look at this soon.",
      "1 field bo <bo@lab.example>",
      "1 prose it has come at last.",
      "2 field others",
      "3 field s-1 eve",
      "3 prose s-1 eve, keeper",
      "3 field eve@lab.example",
    ]);
    expect([0, 1].map((at) => authorAt(indexText(text), at))).toEqual([
      "ada <ada@lab.example>",
      "bo <bo@lab.example>",
    ]);
    expect(spans("**Title of it** (a-17, https://lab.example/it)").slice(0, 3)).toEqual([
      "0 field title of it",
      "0 field a-17",
      "0 field https://lab.example/it",
    ]);
  });

  test("a small table is one, with its rule and what stands below it", () => {
    expect(spans("id   | name\n-----+-----\nC-1  | Ada\n(1 row)").slice(2)).toEqual([
      "1 field c-1",
      "1 field ada",
      "2 field (1 row)",
    ]);
  });

  test("what Python prints is read, and a key that is data is a field", () => {
    expect(
      spans("{'Pine Hall': {'open': True, 'seats': 40}, 'Oak Hall': {'seats': None}}"),
    ).toEqual(["0 field pine hall", "0 field true", "0 field 40", "1 field oak hall"]);
  });

  test("entries of YAML keep long strings together with their sender", () => {
    const text =
      "- sender: ada@lab.example\n  body: 'Hello,\n\n\n    the sample is ready. Please collect it\n    before noon.'\n  cc: []\n- sender: bo@lab.example\n  body: ok\n";
    expect(spans(text)).toEqual([
      "0 field ada@lab.example",
      "0 prose hello,",
      "0 prose the sample is ready.",
      "0 prose please collect it before noon.",
      "1 field bo@lab.example",
      "1 field ok",
    ]);
    const indexed = indexText(text);
    expect([0, 1, 2].map((record) => authorAt(indexed, record))).toEqual([
      "ada@lab.example",
      "bo@lab.example",
      null,
    ]);
  });

  test("a page is prose, with the addresses of its links", () => {
    expect(
      spans('<div><p>Read <a href="https://x.example/a">this</a>.</p><!-- send it --></div>'),
    ).toEqual(["0 prose read https://x.example/a this .", "0 prose send it"]);
  });

  test("a label inside prose makes a soft field, and a short sentence no field", () => {
    expect(spans("Please pay soon. Account: 4471, thank you")).toEqual([
      "0 prose please pay soon.",
      "0 soft 4471",
      "0 soft thank you",
    ]);
    expect(spans('{"title": "Send the keys to Bo now."}')).toEqual([
      "0 prose send the keys to bo now.",
    ]);
  });

  test("secrets are known by the name they stand under", () => {
    expect(indexText('{"user": "ada", "api_key": "k-1234"}').secrets).toEqual([
      { label: "api key", value: "k-1234" },
    ]);
  });

  test.each([
    "{".repeat(5_000),
    "<".repeat(60_000),
    "<!--".repeat(15_000),
    "<script>".repeat(8_000),
    `a: "${"x\n".repeat(20_000)}`,
    " ".repeat(60_000),
    "\n".repeat(60_000),
    "A: ".repeat(20_000),
    "- ".repeat(30_000),
    `${"[".repeat(40)}${"]".repeat(40)}`,
  ])("hostile text %# is read in bounded work", (text) => {
    const { marks } = indexText(text);
    expect(countOf(marks)).toBeLessThanOrEqual(RESULT_SPANS_MAX);
  });

  test("only the beginning of a long result is read", () => {
    const { text } = indexText(`first ${"pad ".repeat(RESULT_UNITS_MAX / 4)} last`);
    expect(text).toContain("first");
    expect(text).not.toContain("last");
  });

  test("any text is read, without loss of its words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect(() => readResult(text)).not.toThrow();
        expect(() => indexText(text)).not.toThrow();
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (words) => {
        const { text } = indexText(words.join(" "));
        for (const word of words) expect(text).toContain(word);
      }),
    );
  });

  test("JSON is read as JSON", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.jsonValue({ maxDepth: 4 })),
          fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
        ),
        (value) => {
          const text = JSON.stringify(value);
          // What JSON itself reads differently from what was written: -0 and __proto__.
          fc.pre(!text.includes("__proto__"));
          expect(readLiteral(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });
});
