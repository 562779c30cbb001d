import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toolEntity } from "../entities.ts";
import { memoryOps } from "../memory-ops.ts";
import { WORLD } from "../testdata/fixture.ts";
import { type Arg, expandWord } from "./expand.ts";
import { TooMany } from "./patterns.ts";
import type { Word } from "./syntax/ast.ts";
import { parseShell } from "./syntax/parser.ts";
import { Walk } from "./walk.ts";

const bash = spawnSync("bash", ["-c", "echo $BASH_VERSION"], { encoding: "utf8" });
const there = bash.status === 0;
const CASES = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 400);

const TIMEOUT_MS = 30_000 + CASES * 20;

const SETTING = "v=abcab; w='x  y'; e=; l=(one 'two three')";

const PIECES = [
  "a",
  "b",
  " ",
  " ",
  "'x y'",
  '"x y"',
  "\\ ",
  "\\a",
  "\\\\",
  "''",
  '""',
  "$'\\x41\\n'",
  "$'it\\'s'",
  "$v",
  '"$v"',
  "$w",
  '"$w"',
  "$e",
  '"$e"',
  "${v}",
  "${u:-d}",
  "${u:-d f}",
  '"${u:-d f}"',
  "${v:+y}",
  "${v#a}",
  "${v##*b}",
  "${v%b}",
  "${v%%b*}",
  "${#v}",
  "${v/b/X}",
  "${v//b/X}",
  "${v:1:2}",
  "${v^^}",
  "{a,b}",
  "{1..3}",
  "x{,y}",
  "{a,{b,c}}",
  "$(printf 'p q')",
  "\"$(printf 'p q')\"",
  "`printf p`",
  "\"`printf 'p q'`\"",
  '"\\$v"',
  '"\\a"',
  '"\\""',
  "#",
  "=",
  "$IFS",
  '"${l[@]}"',
  "${l[1]}",
  "-",
  "\\\n",
  '"a\'b"',
  "'a\"b'",
  "%",
  "+",
  ",",
  "$(echo rm)",
  "$(echo -n 'a b' | cat)",
  "}",
  "{",
] as const;

function fieldsOf(text: string): readonly string[] | null {
  const { script, complete } = parseShell(`${SETTING}\nx ${text}`);
  if (!complete) return null;
  const context = { world: WORLD, cwd: "/ws", ops: memoryOps() };
  const walk = new Walk({ context, server: "files", tool: toolEntity(WORLD, "files", "t", false) });
  walk.text(SETTING);
  const command = script.commands.at(-1);
  // A comment, and another command on the next line.
  if (script.commands.length !== SETTING.split(";").length + 1) return null;
  if (command?.kind !== "simple") return null;
  const lists = listsOf(command.words.slice(1), walk);
  if (lists === null || lists.some((list) => list.length !== 1)) return null;
  const args: readonly Arg[] = lists.flatMap((list) => list[0] ?? []);
  return args.every(({ known }) => known) ? args.map(({ text: each }) => each) : null;
}

type Lists = readonly ReturnType<typeof expandWord>[];

/** Null: a word with more values than are looked at. */
function listsOf(words: readonly Word[], walk: Walk): Lists | null {
  try {
    return words.map((word) => expandWord(word, walk.state, walk));
  } catch (error) {
    if (error instanceof TooMany) return null;
    throw error;
  }
}

type Fields = readonly string[] | null;

const READER = [
  SETTING,
  "p() { ok=1; [ $# -eq 0 ] || printf '%s\\0' \"$@\"; }",
  "while IFS= read -r -d '' c; do ok=0; eval \"p $c\" 2>/dev/null; printf '%s\\1' \"$ok\"; done",
].join("\n");

/** What bash makes of each text, as arguments of a function; null where it reports an error. */
function bashFieldsOf(texts: readonly string[]): readonly Fields[] {
  const fields: Fields[] = [];
  while (fields.length < texts.length) {
    fields.push(...bashAnswers(texts.slice(fields.length)));
    // Nested braces after a continued line crash some versions of bash: it has no answer to those.
    if (fields.length < texts.length) fields.push(null);
  }
  return fields;
}

/** As many answers as one bash gives before it ends. */
function bashAnswers(texts: readonly string[]): readonly Fields[] {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-words-"));
  const { stdout } = spawnSync("bash", ["-c", READER], {
    cwd: folder,
    encoding: "utf8",
    input: texts.map((text) => `${text}\0`).join(""),
    env: { PATH: process.env["PATH"] ?? "" },
  });
  rmSync(folder, { recursive: true });
  return stdout
    .split("\u0001")
    .slice(0, -1)
    .map((answer) => (answer.endsWith("1") ? answer.slice(0, -1).split("\0").slice(0, -1) : null));
}

describe("words", () => {
  it.skipIf(!there)(
    "become the fields that bash makes of them (needs bash)",
    () => {
      const word = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 7 });
      const texts = fc.sample(
        word.map((pieces) => pieces.join("")),
        CASES,
      );
      const theirs = bashFieldsOf(texts);
      expect(theirs).toHaveLength(texts.length);
      let compared = 0;
      texts.forEach((text, at) => {
        const ours = fieldsOf(text);
        const expected = theirs[at];
        if (ours === null || expected === null) return;
        compared += 1;
        expect({ text, fields: ours }).toEqual({ text, fields: expected });
      });
      expect(compared).toBeGreaterThan(CASES / 2);
    },
    TIMEOUT_MS,
  );
});
