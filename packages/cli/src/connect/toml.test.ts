import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readToml, type Table } from "./toml.ts";

function tablesOf(text: string): readonly Table[] {
  const read = readToml(text);
  return read.ok ? read.value : expect.fail(`${read.error.line}: ${read.error.message}`);
}

/** Every pair by its whole path. */
function pairsOf(text: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    tablesOf(text).flatMap(({ path, pairs }) =>
      pairs.map(({ key, value }) => [
        [...path, ...key].join("/"),
        JSON.parse(JSON.stringify(value)) as unknown,
      ]),
    ),
  );
}

const SAMPLE = `# top
model = "m" # why
"quoted key" = 'C:\\x'
a.b . c = 1_000
when = 1979-05-27 07:32:00Z
nothing = +inf

[mcp_servers."my server"]  # tail
command = "no\\u0064e"
args = [
  "one", # not ] this
  'two',
]
env = { A = "1", B.C = "x" }
[[list]]
x = """
first \\
   second ""quoted""\\""""
[list.inner]
y = 1
[[list]]
[list.inner]
y = '''
raw '' \\n'''
`;

describe("TOML", () => {
  it("is read with what stands where", () => {
    expect(pairsOf(SAMPLE)).toEqual({
      model: "m",
      "quoted key": "C:\\x",
      "a/b/c": "1_000",
      when: "1979-05-27 07:32:00Z",
      nothing: "+inf",
      "mcp_servers/my server/command": "node",
      "mcp_servers/my server/args": ["one", "two"],
      "mcp_servers/my server/env": { A: "1", "B.C": "x" },
      "list/x": 'first second ""quoted"""',
      "list/inner/y": "raw '' \\n",
    });
    const table = tablesOf(SAMPLE)[1] ?? expect.fail("no table");
    expect(SAMPLE.slice(table.start, table.body)).toBe('[mcp_servers."my server"]  # tail\n');
    expect(SAMPLE.slice(table.start, table.end).trimEnd()).toMatch(/B\.C = "x" \}$/);
    for (const pair of table.pairs) expect(SAMPLE.slice(pair.start, pair.end)).toMatch(/\n$/);
  });

  it.each<[string, string]>([
    ["a word alone", "model"],
    ["nothing behind `=`", "model = "],
    ["two pairs on a line", 'a = 1 b = "x"'],
    ["an open text", 'a = "x'],
    ["an open long text", 'a = """x""'],
    ["an open list", "a = [1, 2"],
    ["an open table", "[a"],
    ["half a list of tables", "[[a]"],
    ["the same key twice", "a = 1\na = 2"],
    ["the same table twice", "[a]\n[a]"],
    ["a table and its key", "[a]\nb = 1\n[a.b]"],
    ["the same inner key twice", "a = { b = 1, b = 2 }"],
    ["an unknown escape", 'a = "\\q"'],
    ["half a character", 'a = "\\ud800"'],
    ["a control character", 'a = "\u0001"'],
    ["JSON", '{ "a": 1 }'],
    ["a nest without an end", `a = ${"[".repeat(1_000)}`],
    ["more than anybody writes", `a = "${"x".repeat(1_100_000)}"`],
    ["a long text without an end", `a = """${"x".repeat(900_000)}`],
  ])("with %s is refused, with line and column", (_what, text) => {
    const read = readToml(text);
    expect(read.ok ? "it was read" : read.error.line).toBeGreaterThanOrEqual(1);
  });

  it("names the line that is wrong", () => {
    const read = readToml('a = 1\n\n[b]\nc = "x" y\n');
    expect(read).toMatchObject({ ok: false, error: { line: 4, column: 9 } });
  });

  const key = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
  const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((one) => one.toWellFormed());

  it("reads back every text that JSON can write", () => {
    fc.assert(
      fc.property(fc.dictionary(key, text, { minKeys: 1 }), (values) => {
        const lines = Object.entries(values).map(
          ([name, value]) => `${name} = ${JSON.stringify(value).replaceAll("\u007f", "\\u007f")}\n`,
        );
        expect(pairsOf(`[t]\n${lines.join("")}`)).toEqual(
          Object.fromEntries(Object.entries(values).map(([name, value]) => [`t/${name}`, value])),
        );
      }),
    );
  });

  it("reads or refuses whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a=[]{}'\"\\.,# \n1") }), (any) => {
        const read = readToml(any);
        if (!read.ok) return;
        const ends = read.value.flatMap(({ start, end }) => [start, end]);
        expect([...ends].sort((a, b) => a - b)).toEqual(ends);
      }),
      { numRuns: 2_000 },
    );
  });
});
