import { conditionKey } from "@bylaw/core";
import { describe, expect, it, test } from "vitest";
import { readDirectives } from "./directive.ts";
import { exportShield } from "./export.ts";
import { conflictsOf, readShield, type ShieldReading } from "./files.ts";
import { readTime } from "./instant.ts";
import { loadShield } from "./load.ts";
import { destination } from "./values.ts";

const HEADING = "## Active threats (compressed)\n\n";

function read(list: string): ShieldReading {
  return readShield([{ file: "SHIELD.md", text: HEADING + list, kind: "markdown" }]);
}

const codes = ({ problems }: ShieldReading): readonly string[] => problems.map(({ code }) => code);
const ids = ({ entries }: ShieldReading): readonly string[] => entries.map(({ id }) => id);

const TABLE =
  "| id | fingerprint | category | severity | confidence | action | title | recommendation_agent | expires_at | revoked |\n|----|----|----|----|----|----|----|----|----|----|\n";
const SEVEN =
  "| id | category | severity | action | title (short) | recommendation_agent | expires_at |\n|----|:--:|---|---|---|---|---|\n";
const row = (id: string, recommendation = "BLOCK: skill name equals x"): string =>
  `| ${id} | f | skill | high | 0.9 | block | t | ${recommendation} | none | false |\n`;

// shows: C4.1
describe("layouts", () => {
  const expected = {
    id: "a1",
    category: "skill",
    severity: "high",
    action: "block",
    title: "A | b",
  };

  test.each<[string, string]>([
    [
      "the 10-column table",
      `${TABLE}| a1 | f | skill | high | 0.9 | block | A \\| b | BLOCK: skill name equals x | none | false |`,
    ],
    [
      "the 7-column table",
      `${SEVEN}| a1 | skill | high | block | A \\| b | BLOCK: skill name equals x | 2027-01-01 |`,
    ],
    [
      "a table with its columns in another order",
      "| action | recommendation_agent | id | title | severity | category |\n|---|---|---|---|---|---|\n| block | BLOCK: skill name equals x | a1 | A \\| b | high | skill |",
    ],
    [
      "fenced YAML, one entry",
      '```yaml\nid: a1 # the id\ncategory: skill\nseverity: high\naction: block\ntitle: "A | b"\nrecommendation_agent: BLOCK: skill name equals x\nrevoked_at: null\n```',
    ],
    [
      "fenced YAML, a list",
      "```yaml\n- id: a1\n  category: skill\n  severity: high\n  action: block\n  title: 'A | b'\n  recommendation_agent: |\n    BLOCK: skill name equals x\n- id: a1\n  category: skill\n  severity: high\n  action: block\n  title: A | b\n  recommendation_agent: BLOCK: skill name equals x\n```",
    ],
    [
      "blocks between rules",
      "---\nid: a1\ncategory: skill\nseverity: high\naction: block\ntitle: A | b\nrecommendation_agent: BLOCK: skill name equals x\nexpires_at: null\n---\nFree text, id: not an entry\nBLOCK: neither\n",
    ],
    [
      "bullets",
      "### THREAT-001: something else\n- id: a1\n- **category**: skill\n- **severity:** high\n* action: block\n- title: A | b\n- recommendation_agent: BLOCK: skill name equals x\n",
    ],
  ])("%s", (_, list) => {
    const reading = read(list);
    expect(reading.problems).toEqual([]);
    expect(reading.entries).toHaveLength(1);
    expect(reading.entries[0]).toMatchObject(expected);
    expect(reading.entries[0]?.directives).toEqual([
      { verb: "block", any: [[{ kind: "skill.equals", value: "x" }]] },
    ]);
  });

  test("one file may mix them, and ids are found in the order of the file", () => {
    const reading = read(
      `${TABLE}${row("t1")}\n### One\n- id: b1\n- category: tool\n- severity: low\n- action: log\n- recommendation_agent: LOG: tool.call x\n\n---\nid: r1\ncategory: mcp\nseverity: low\naction: log\nrecommendation_agent: LOG: MCP server name equals x\n---\nDescription.\n\n\`\`\`yaml\nid: y1\ncategory: tool\nseverity: low\naction: log\nrecommendation_agent: LOG: tool.call y\n\`\`\`\n`,
    );
    expect(codes(reading)).toEqual([]);
    expect(ids(reading)).toEqual(["t1", "b1", "r1", "y1"]);
  });

  test("comments, templates, quoted examples and what stands above the heading are no entries", () => {
    const above = `---\nname: shield.md\nversion: "0.1"\n---\n\`\`\`markdown\n${HEADING}${TABLE}${row("quoted")}\`\`\`\n${TABLE}${row("above")}\n`;
    const list = `Each entry keeps:\n- id\n- fingerprint\n\n- Active threats loaded: 1\n<!-- GENERATED\n${row("hidden")} -->\n${TABLE}| <id> | <fingerprint> | <category> | <severity> | <confidence> | <action> | <short_title> | <recommendation_agent> | <expires_at> | false |\n${row("real")}\n\`\`\`text\n${TABLE}${row("example")}\`\`\`\n`;
    const text = above + HEADING + list;
    const reading = readShield([{ file: "s", text, kind: "markdown" }]);
    expect(codes(reading)).toEqual([]);
    expect(ids(reading)).toEqual(["real"]);
  });

  test("a list that says itself that it is empty is one", () => {
    const reading = read(
      `${TABLE}| (none) | — | — | — | — | — | No active threats | — | — | — |\n`,
    );
    expect([reading.problems, reading.entries]).toEqual([[], []]);
  });
});

describe("a file is refused, and never read as no match", () => {
  test.each<[string, string, string]>([
    ["an empty file", "", "shield.empty"],
    ["blanks", " \n\t\n", "shield.empty"],
    ["no heading", "# SHIELD\n", "shield.no_list"],
    ["a heading inside a quoted example alone", `\`\`\`\n${HEADING}\`\`\`\n`, "shield.no_list"],
    [
      "an unclosed example that swallows the heading",
      `\`\`\`\n${HEADING}${TABLE}`,
      "shield.no_list",
    ],
    ["nothing below the heading", HEADING, "shield.empty"],
    ["prose below the heading", `${HEADING}No threats today.\n`, "shield.empty"],
    ["another version", `---\nversion: "1.0"\n---\n${HEADING}`, "shield.version"],
    [
      "a table without its columns",
      `${HEADING}| ID | verdict |\n|---|---|\n| a | block |`,
      "shield.layout",
    ],
    ["a row without a header", `${HEADING}${row("a")}`, "shield.layout"],
    [
      "a bar that shifts the cells",
      `${HEADING}${TABLE}${row("a", "BLOCK: skill name equals a|b")}`,
      "shield.layout",
    ],
    ["a short row", `${HEADING}${TABLE}| a | f | skill |`, "shield.layout"],
    [
      "two columns of one name",
      `${HEADING}| id | id | action | recommendation_agent |\n|-|-|-|-|\n| a | b | c | d |`,
      "shield.layout",
    ],
    ["a comment that does not end", `${HEADING}<!-- \n${TABLE}${row("a")}`, "shield.layout"],
    ["a code block that does not end", `${HEADING}\`\`\`yaml\nid: a\n`, "shield.layout"],
    ["a block that does not end", `${HEADING}---\nid: a\n`, "shield.layout"],
    ["an entry in no layout", `${HEADING}id: a\ncategory: skill\n`, "shield.layout"],
    ["a directive outside of entries", `${HEADING}BLOCK: skill name equals x\n`, "shield.layout"],
    ["nested YAML", `${HEADING}\`\`\`yaml\nid: a\niocs:\n  - type: url\n\`\`\``, "shield.layout"],
    ["a flow value", `${HEADING}\`\`\`yaml\nid: {a: b}\n\`\`\``, "shield.layout"],
    ["an alias", `${HEADING}\`\`\`yaml\nid: *a\n\`\`\``, "shield.layout"],
    ["a key given twice", `${HEADING}\`\`\`yaml\nid: a\nid: b\n\`\`\``, "shield.layout"],
    [
      "a bullet given twice",
      `${HEADING}### x\n- id: a\n- action: log\n- action: block\n`,
      "shield.layout",
    ],
    [
      "a date that is none",
      `${HEADING}${TABLE}${row("a").replace("none", "soon")}`,
      "shield.entry",
    ],
    [
      "a day that is none",
      `${HEADING}${TABLE}${row("a").replace("none", "2027-02-30")}`,
      "shield.entry",
    ],
    [
      "a confidence beyond 1",
      `${HEADING}${TABLE}${row("a").replace("0.9", "1.1")}`,
      "shield.entry",
    ],
    [
      "a confidence in words",
      `${HEADING}${TABLE}${row("a").replace("0.9", "high")}`,
      "shield.entry",
    ],
    ["an unknown action", `${HEADING}${TABLE}${row("a").replace("block", "deny")}`, "shield.entry"],
    [
      "an unknown severity",
      `${HEADING}${TABLE}${row("a").replace("high", "urgent")}`,
      "shield.entry",
    ],
    [
      "an unknown category",
      `${HEADING}${TABLE}${row("a").replace("skill", "skills")}`,
      "shield.entry",
    ],
    ["revoked in words", `${HEADING}${TABLE}${row("a").replace("false", "maybe")}`, "shield.entry"],
    ["an id that could paint a screen", `${HEADING}${TABLE}${row("a\u001b[2J")}`, "shield.entry"],
    [
      "an id twice with other content",
      `${HEADING}${TABLE}${row("a")}${row("a", "LOG: skill x")}`,
      "shield.duplicate",
    ],
  ])("%s", (_, text, code) => {
    const reading = readShield([{ file: "s", text, kind: "markdown" }]);
    expect(codes(reading)).toContain(code);
    const settings = { conflict: "action", unparsed: "ignore", approvers: [], ttlMs: 1 } as const;
    const sources = [{ file: "s", text, kind: "markdown" }] as const;
    expect(loadShield({ sources, settings, acks: [] }).ok).toBe(false);
  });

  test("a truncated fingerprint is no identity: the same id with it says something else", () => {
    const whole = `${TABLE}${row("a").replace("| f |", "| 12345678-abcd-ef |")}`;
    const cut = `${TABLE}${row("a").replace("| f |", "| 12345678-abcd... |")}`;
    expect(codes(read(`${whole}\n${cut}`))).toEqual(["shield.duplicate"]);
  });

  test("equal entries of two files are one", () => {
    const source = { text: `${HEADING}${TABLE}${row("a")}`, kind: "markdown" } as const;
    const reading = readShield([
      { file: "one", ...source },
      { file: "two", ...source },
    ]);
    expect([codes(reading), ids(reading)]).toEqual([[], ["a"]]);
  });
});

describe("directives", () => {
  /** What a text comes to: ways as `verb kind value AND …`, and what is unparsed after `?`. */
  const short = (text: string): readonly string[] => {
    const { directives, unparsed } = readDirectives(text);
    return [
      ...directives.flatMap(({ verb, any }) =>
        any.map((way) => `${verb} ${way.map(conditionKey).join(" AND ")}`),
      ),
      ...unparsed.map((part) => `?${part}`),
    ];
  };

  test.each<[string, readonly string[]]>([
    ["BLOCK: skill name equals evil-skill", ["block skill.equals evil-skill"]],
    ["APPROVE: skill name contains weather", ["require_approval skill.contains weather"]],
    ["LOG: outbound request to Evil.COM.", ["log network.domain evil.com"]],
    [
      "BLOCK: outbound request to webhook.site OR requestbin.com",
      ["block network.domain webhook.site", "block network.domain requestbin.com"],
    ],
    ["BLOCK: fetch from https://A.com:443/x?y#z", ["block network.url https://a.com/x?y"]],
    ["BLOCK: outbound request to a.com/x", ["block network.url //a.com/x"]],
    [
      "BLOCK: outbound request to user@b\u00fccher.example:8080",
      ["block network.domain xn--bcher-kva.example"],
    ],
    ["BLOCK: outbound request to *.evil.com", ["block network.domain evil.com"]],
    ["BLOCK: outbound request to 10.1.2.3", ["block network.ip 10.1.2.3"]],
    ["BLOCK: outbound request to 2001:DB8::1", ["block network.ip [2001:db8::1]"]],
    [
      "BLOCK: outbound request to localhost OR 127.0.0.1",
      ["block network.domain localhost", "block network.ip 127.0.0.1"],
    ],
    [
      "BLOCK: secrets read path equals ~/.ssh/id_rsa OR file path equals '/etc/x y'",
      ["block secret.equals ~/.ssh/id_rsa", "block file.equals /etc/x y"],
    ],
    [
      "BLOCK: secrets read path equals .env OR .npmrc",
      ["block secret.equals .env", "block secret.equals .npmrc"],
    ],
    [
      'BLOCK: skill name contains "a OR b" AND outbound request to webhook.site',
      ["block skill.contains a OR b AND network.domain webhook.site"],
    ],
    [
      "BLOCK: author matches Zaycv/pepe276",
      ["block skill.author zaycv", "block skill.author pepe276"],
    ],
    [
      "APPROVE: command contains sudo<br>BLOCK: command contains rm -rf<br/>LOG: prompt contains 'x'",
      [
        "require_approval command.contains sudo",
        "block command.contains rm -rf",
        "log prompt.contains x",
      ],
    ],
    ["BLOCK: MCP server name matches shadow-*", ["block server.matches shadow-*"]],
    ["BLOCK: tool.call exec", ["block tool.equals exec"]],
    // What does not parse, alone or as a part.
    ["BLOCK: [SYSTEM MESSAGE] prefix", ["?BLOCK: [SYSTEM MESSAGE] prefix"]],
    ["block: skill name equals x", ["?block: skill name equals x"]],
    ["BLOCK:skill name equals x", ["?BLOCK:skill name equals x"]],
    ["skill name equals x", ["?skill name equals x"]],
    ["BLOCK: skill evolver from autogame-17", ["?BLOCK: skill evolver from autogame-17"]],
    [
      "BLOCK: skill get-weather OR webhook.site",
      ["block skill.equals get-weather", "?webhook.site"],
    ],
    [
      "BLOCK: skill a OR b OR 10.0.0.1 OR c",
      ["block skill.equals a", "block skill.equals b", "?10.0.0.1", "?c"],
    ],
    [
      "BLOCK: author matches a OR base64-d eval OR unzip -P",
      ["block skill.author a", "?base64-d eval", "?unzip -P"],
    ],
    [
      "BLOCK: skill x AND does bad things OR skill y",
      ["block skill.equals y", "?skill x AND does bad things"],
    ],
    ["BLOCK: outbound request to attackers", ["?BLOCK: outbound request to attackers"]],
    ["BLOCK: outbound request to 10.0.0.0/8", ["?BLOCK: outbound request to 10.0.0.0/8"]],
    ["BLOCK: outbound request to <domain>", ["?BLOCK: outbound request to <domain>"]],
    ["BLOCK: skill name equals <name>", ["?BLOCK: skill name equals <name>"]],
    ["BLOCK: file path equals ~/.ssh/*", ["?BLOCK: file path equals ~/.ssh/*"]],
    [
      "BLOCK: skill name equals a APPROVE: skill b",
      ["?BLOCK: skill name equals a APPROVE: skill b"],
    ],
    [
      "BLOCK: skill name equals a or outbound request to b.com",
      ["?BLOCK: skill name equals a or outbound request to b.com"],
    ],
    ["BLOCK: skill name equals a\u200bb", ["?BLOCK: skill name equals a\u200bb"]],
    ["BLOCK: skill name equals ''", ["?BLOCK: skill name equals ''"]],
    ["BLOCK: ", ["?BLOCK:"]],
  ])("%s", (text, expected) => expect(short(text)).toEqual(expected));

  test("counts directives, whole and in part", () => {
    const text = "BLOCK: skill a\nBLOCK: skill b OR x.com\nsomething else";
    expect(readDirectives(text)).toMatchObject({ written: 3, whole: 1 });
  });
});

describe("values", () => {
  test.each([
    "evil",
    "a..b",
    "-a.com",
    "a.com/ x",
    "a.1",
    "8.8",
    "ftp.x_",
    "javascript://x.com",
    "a b.com",
    "",
  ])("%j is no destination", (text) => expect(destination(text)).toBeNull());

  test.each<[string, string | null]>([
    ["2026-03-08", "2026-03-08T00:00:00.000Z"],
    ["2026-03-08T10:00:00Z", "2026-03-08T10:00:00.000Z"],
    ["2026-03-08T10:00:00.123456+02:00", "2026-03-08T08:00:00.123Z"],
    ["2026-03-08 10:00", "2026-03-08T10:00:00.000Z"],
    ["2026-02-29", null],
    ["2026-13-01", null],
    ["2026-03-08T24:00:00Z", null],
    ["2026-03-08T25:00:00Z", null],
    ["08/03/2026", null],
    ["tomorrow", null],
  ])("%s is %s", (text, expected) => expect(readTime(text)).toBe(expected));
});

describe("lint", () => {
  const found = (list: string): readonly string[] =>
    read(list).findings.map(({ code, text }) => `${code} ${text}`);

  test.each<[string, string, readonly string[]]>([
    ["nothing to say", row("a"), []],
    [
      "the vocabulary in another spelling",
      "| a | f | network | HIGH | 0.9 | BLOCK | t | BLOCK: tool.call x | none | FALSE |\n",
      [
        "W02 category: network -> other",
        "W02 severity: HIGH -> high",
        "W02 action: BLOCK -> block",
      ],
    ],
    ["a look-alike", row("a", "BLOCK: skill name equals \u0441oder"), ["W03 \u0441oder"]],
    [
      "another verb",
      "| a | f | skill | high | 0.9 | require_approval | t | BLOCK: skill x | none | false |\n",
      ["W04 action require_approval, directive block"],
    ],
    [
      "an unusual pair",
      "| a | f | tool | high | 0.9 | block | t | BLOCK: outbound request to a.com | none | false |\n",
      ["W05 tool: domain"],
    ],
    ["no confidence", row("a").replace("0.9", "—"), ["W06 confidence"]],
    ["no directive", row("a", "—"), ["W01 (no directive)"]],
    ["an unread part", row("a", "BLOCK: skill x OR y.com"), ["W01 y.com"]],
  ])("%s", (_, list, expected) => expect(found(TABLE + list)).toEqual(expected));

  // shows: C4.2
  test("coverage counts parts apart", () => {
    const list = row("a") + row("b", "BLOCK: skill x OR y.com") + row("c", "prose");
    expect(read(TABLE + list).coverage).toMatchObject({ directives: 3, parsed: 1, partly: 1 });
  });

  test("conflicts name the condition and who says what", () => {
    const list = `${row("a")}${row("b").replace("| block |", "| log |")}`;
    expect(conflictsOf(read(TABLE + list).entries)).toEqual(["skill.equals x: block (a), log (b)"]);
  });
});

describe("feeds", () => {
  const entry = { id: "a", category: "tool", severity: "high", action: "block", confidence: 1 };
  const feed = (data: unknown, success: unknown = true): ShieldReading =>
    readShield([{ file: "f.json", text: JSON.stringify({ success, data }), kind: "feed" }]);

  test("indicators of block entries are conditions, and those that nobody can enforce are said", () => {
    const iocs = [
      { type: "url", value: "https://a.com/x" },
      { type: "domain", value: "B.com" },
      { type: "ip", value: "10.0.0.1" },
      { type: "file_path", value: "/etc/x" },
      { type: "email", value: "A@b.com" },
      { type: "hash", value: "A".repeat(64) },
      { type: "hash", value: "d41d8cd98f00b204e9800998ecf8427e" },
      { type: "registry_key", value: "HKLM" },
    ];
    const reading = feed([{ ...entry, iocs }]);
    expect(reading.problems).toEqual([]);
    expect(reading.entries[0]?.indicators.map(conditionKey)).toEqual([
      "network.url https://a.com/x",
      "network.domain b.com",
      "network.ip 10.0.0.1",
      "file.equals /etc/x",
      "email.equals a@b.com",
      `file.hash ${"a".repeat(64)}`,
    ]);
    expect(reading.entries[0]?.unparsed).toEqual([
      "ioc hash: d41d8cd98f00b204e9800998ecf8427e",
      "ioc registry_key: HKLM",
    ]);
    expect(reading.coverage).toMatchObject({ indicators: 8, enforced: 6 });
    const asking = feed([{ ...entry, action: "require_approval", iocs }]);
    expect(asking.entries[0]?.indicators).toEqual([]);
  });

  test.each<[string, unknown, unknown]>([
    ["a failed request", [], false],
    ["no list", {}, true],
    ["an entry that is none", ["x"], true],
    ["a nested value", [{ ...entry, title: {} }], true],
    ["indicators that are no list", [{ ...entry, iocs: "x" }], true],
    ["an indicator without a value", [{ ...entry, iocs: [{ type: "url" }] }], true],
  ])("refused: %s", (_, data, success) => {
    expect(codes(feed(data, success))).toEqual(["shield.feed"]);
  });

  test("refused: what is no JSON, or says one key twice", () => {
    for (const text of ["{", '{"success":true,"data":[],"data":[]}'])
      expect(codes(readShield([{ file: "f", text, kind: "feed" }]))).toEqual(["shield.feed"]);
  });
});

describe("acknowledgements", () => {
  const settings = { conflict: "action", unparsed: "ignore", approvers: [], ttlMs: 1 } as const;
  const source = (list: string) =>
    ({ file: "s", text: HEADING + TABLE + list, kind: "markdown" }) as const;

  it("lets a file load only when each entry with an unread part has one for its wording", () => {
    const sources = [source(row("a", "prose") + row("b", "BLOCK: skill x OR y.com") + row("c"))];
    const entries = readShield(sources).entries;
    const acks = entries.map(({ id, digest }) => ({ id, entry: digest }));
    const refused = (given: typeof acks) => {
      const loaded = loadShield({ sources, settings, acks: given });
      return loaded.ok ? [] : loaded.error.map(({ code, entry }) => `${code} ${entry}`);
    };
    expect(refused([])).toEqual(["shield.unacknowledged a", "shield.unacknowledged b"]);
    expect(refused(acks.filter(({ id }) => id !== "b"))).toEqual(["shield.unacknowledged b"]);
    expect(refused(acks)).toEqual([]);
    const stale = acks.map(({ id }) => ({ id, entry: `sha256:${"0".repeat(64)}` }));
    expect(refused(stale)).toHaveLength(2);
  });
});

describe("export", () => {
  const now = "2026-02-03T09:00:00.000Z";

  // shows: C4.2
  test("the context form: 25 entries, strongest first, shortened", () => {
    const rows = Array.from({ length: 30 }, (_, at) =>
      row(`e${at}`)
        .replace("| f |", "| 0123456789abcdef |")
        .replace("| t |", `| ${"x".repeat(80)} |`)
        .replace("none", "2027-05-06T07:08:09Z")
        .replace("| high |", at === 29 ? "| critical |" : "| high |")
        .replace("| block |", at < 3 ? "| log |" : "| block |"),
    );
    const gone = row("gone").replace("none", "2026-02-03T09:00:00Z");
    const list = exportShield(read(TABLE + rows.join("") + gone).entries, { context: true, now });
    const lines = list.trimEnd().split("\n").slice(4);
    expect(lines).toHaveLength(25);
    expect(lines[0]).toBe(
      `| e29 | 0123456789abc... | skill | critical | 0.9 | block | ${"x".repeat(60)} | BLOCK: skill name equals x | 2027-05-06 | false |`,
    );
    expect(lines[1]).toContain("| e3 |");
    expect(list).not.toContain("gone");
  });

  test("an empty list is one row that says so", () => {
    const list = exportShield([], { context: true, now });
    expect(list.split("\n")[4]).toBe(
      "| (none) | — | — | — | — | — | No active threats | — | — | — |",
    );
    expect(codes(readShield([{ file: "s", text: list, kind: "markdown" }]))).toEqual([]);
  });

  test("the whole list reads back as the same entries", () => {
    const { entries } = read(TABLE + row("a", "BLOCK: skill 'a\\|b'<br>LOG: skill c") + row("b"));
    const text = exportShield(entries, { context: false, now });
    const again = readShield([{ file: "s", text, kind: "markdown" }]).entries;
    expect(again.map(({ directives }) => directives)).toEqual(
      entries.map(({ directives }) => directives),
    );
  });
});
