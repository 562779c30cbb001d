import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { APPLIES_TO } from "../applies.ts";
import { toolEntity } from "../entities.ts";
import { SHELL_EFFECTS_MAX, SHELL_UNITS_MAX } from "../limits.ts";
import { memoryOps } from "../memory-ops.ts";
import { WORLD } from "../testdata/fixture.ts";
import { readShell, type ShellReading } from "./shell.ts";
import { parseShell } from "./syntax/parser.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 300);
const TIMEOUT_MS = 30_000 + numRuns * 20;

const context = { world: WORLD, cwd: "/ws", ops: memoryOps() };
const tool = toolEntity(WORLD, "files", "shell", false);
const read = (text: string): ShellReading =>
  readShell(text, "bash", { context, server: "files", tool });
const isUnparsed = ({ effects }: ShellReading): boolean =>
  effects.some(
    ({ findings, source }) => findings.includes("shell.unparsed") && source === "unknown",
  );

const FRAGMENTS = [
  "ls",
  "cat a",
  "cd b",
  "echo",
  "$x",
  "x=1",
  "x=(a b)",
  "${x:-y}",
  "${x[0]}",
  "$(ls)",
  "`ls`",
  "<(ls)",
  ">(cat)",
  "|",
  "||",
  "&&",
  ";",
  "&",
  "\n",
  "(",
  ")",
  "{",
  "}",
  "{ ls; }",
  "if true; then",
  "else",
  "fi",
  "for i in 1 2; do",
  "while read l; do",
  "done",
  "case x in",
  "a)",
  ";;",
  "esac",
  "f() {",
  "function g {",
  "[[ -f x ]]",
  "((1+2))",
  "<<E",
  "<<'E'",
  "\nE\n",
  "<<<",
  ">",
  ">>",
  "2>&1",
  "<",
  "&>",
  "'",
  '"',
  "\\",
  "#",
  "$((",
  "))",
  "eval",
  "sh -c 'ls'",
  "xargs",
  "find . -exec",
  "{}",
  "+",
  "env",
  "sudo",
  "npm run a",
  "git push",
  "curl x.example",
  "*",
  "{a,b}",
  "{1..9}",
  "{1..99}",
  "for i in {1..99}; do ls; done",
  "$'\\x41'",
  "trap 'ls' EXIT",
  "alias q=ls",
  "source a",
  "\u0000",
  "\ud800",
  "é",
  "\r",
  "\t",
  "!",
  "time",
  "coproc",
  "exec",
  "set --",
  "shift",
  "local a=b",
  "export",
  "read a",
  "printf -v a b",
  "tr a b",
  "base64 -d",
  "${",
  "${#",
  "${!x}",
  "patch -p1",
  "git apply",
  "git am a",
  "git -C a",
  "git checkout",
  "git stash",
  "-- b",
  "<<'E'\n--- a/x\n+++ b/AGENTS.md\n@@ -1 +1 @@\nE\n",
  "cp -r a .",
  "cp -t",
  "mv a/* b",
  "ln -s a",
  "tar xf a",
  "unzip a -d",
  "7z x a",
  "cpio -i",
  "rsync a/ b",
  "ed a",
  "vim -c 'w b'",
  "sed -i.bak",
  "s/a/b/w c",
  "awk '{ print > \"b\" }'",
  "sponge a",
  'curl a -d \'{"query":"{ b }"}\'',
  "http a b=c",
];
const junk = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 16 }).map((parts) => parts.join(" ")),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 16 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
);

describe("any text", () => {
  it(
    "has effects that the schema knows, and is never harmless when it is not understood",
    () => {
      fc.assert(
        fc.property(junk, (text) => {
          const reading = read(text);
          expect(reading.effects.length).toBeGreaterThan(0);
          expect(reading.effects.length).toBeLessThanOrEqual(SHELL_EFFECTS_MAX + 1);
          expect(reading.lines).toHaveLength(reading.effects.length);
          for (const { action, resource } of reading.effects)
            expect(APPLIES_TO[action]).toContain(resource.type);
          if (!parseShell(text).complete) expect(isUnparsed(reading)).toBe(true);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "does not hide a command behind it",
    () => {
      fc.assert(
        fc.property(junk, (text) => {
          const reading = read(`${text}\n\nrm -rf /srv/production\n`);
          const deletes = reading.effects.some(
            ({ action, resource }) => action === "delete" && resource.id === "/srv/production",
          );
          expect(deletes || isUnparsed(reading)).toBe(true);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it.each([
    ["parentheses", "(".repeat(SHELL_UNITS_MAX)],
    ["substitutions", "$(".repeat(SHELL_UNITS_MAX / 2)],
    ["arithmetic", "$((".repeat(SHELL_UNITS_MAX / 3)],
    ["backticks", "`\\`".repeat(SHELL_UNITS_MAX / 3)],
    ["quotes on every line", "'\n\"\n".repeat(SHELL_UNITS_MAX / 4 - 1)],
    ["braces", `echo ${"{a,b}".repeat(1_000)}`],
    ["nested braces", `echo ${"{a,".repeat(5_000)}`],
    ["assignments that double", `x=a; ${"x=$x$x; ".repeat(100)} echo $x`],
    ["functions that call each other", "f() { g; g; }; g() { f; f; }; f"],
    ["evals", `${"eval ".repeat(500)}ls`],
    ["commands", "ls;".repeat(20_000)],
    ["one long word", "a".repeat(SHELL_UNITS_MAX + 1)],
    ["a mebibyte", "ls\n".repeat(349_525)],
  ])("over a limit is not understood: %s", (_, text) => {
    expect(isUnparsed(read(text))).toBe(true);
  });

  it.each([
    ["arithmetic that is none", `${"$(( ".repeat(50)}${") )".repeat(50)}`],
    ["alternatives", `x=a; ${"if a; then x=$x.a; else x=$x.b; fi; ".repeat(30)} rm $x`],
    ["loops in loops", `${"for i in 1 2 3; do ".repeat(40)}rm $i${"; done".repeat(40)}`],
    ["here-documents", `${"cat <<E\n".repeat(1_000)}E\n`],
    ["patterns", `cat ${"*?".repeat(2_000)}`],
    ["escapes", "\\".repeat(SHELL_UNITS_MAX)],
  ])("is read to its end in bounded time: %s", (_, text) => {
    expect(read(text).effects.length).toBeGreaterThan(0);
  });
});
