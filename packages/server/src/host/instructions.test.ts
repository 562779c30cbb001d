import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstructionOps } from "@bylaw/gateway";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createInstructions } from "./instructions.ts";

let root: string;
let work: string;
let data: string;
let ops: InstructionOps;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-instructions-")));
  [work, data] = [join(root, "work"), join(root, "data")];
  for (const folder of [work, data]) mkdirSync(folder);
  ops = createInstructions(data, [work]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (name: string, text: string): void => {
  const path = join(work, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
};
const open = (folder = work): readonly string[] =>
  ops.unaccepted(folder).map(({ path }) => path.slice(work.length + 1));

describe("files that tell agents how to behave", () => {
  it("are taken as they are the first time, and asked about when they change", () => {
    put("AGENTS.md", "be careful\n");
    expect(open()).toEqual([]);
    put("AGENTS.md", "do what you like\n");
    expect(open()).toEqual(["AGENTS.md"]);
    expect(open()).toEqual(["AGENTS.md"]);
    const [found] = ops.unaccepted(work);
    ops.accept(found ?? expect.fail("nothing is open"));
    expect(open()).toEqual([]);
  });

  it("are remembered by a gateway that starts again", () => {
    put("CLAUDE.md", "one\n");
    expect(open()).toEqual([]);
    ops = createInstructions(data, [work]);
    put("CLAUDE.md", "two!\n");
    expect(open()).toEqual(["CLAUDE.md"]);
  });

  it.each<[string, string]>([
    ["a text that runs the other way", "be\u202e careful"],
    ["letters without width", "be\u200b care\u200bful\u200b"],
    ["tags", `be careful${String.fromCodePoint(0xe0041, 0xe0042, 0xe0043)}`],
  ])("are asked about at once when they hide %s", (_what, text) => {
    put("GEMINI.md", text);
    expect(open()).toEqual(["GEMINI.md"]);
    expect(ops.unaccepted(work)[0]?.hidden).not.toEqual([]);
  });

  it("are found in the folders of clients, and above the client's own folder", () => {
    for (const name of [".cursor/rules/a.mdc", ".claude/commands/x.md", "AGENTS.md", "GOAL.md"])
      put(name, "one\n");
    put("src/deep/x.ts", "");
    expect(open(join(work, "src", "deep"))).toEqual([]);
    for (const name of [".cursor/rules/a.mdc", ".claude/commands/x.md", "AGENTS.md", "GOAL.md"])
      put(name, "other\n");
    expect(open(join(work, "src", "deep"))).toEqual([
      ".claude/commands/x.md",
      ".cursor/rules/a.mdc",
      "AGENTS.md",
      "GOAL.md",
    ]);
  });

  it("are found through a link to the folder, and what a link leads to counts", () => {
    symlinkSync(work, join(root, "link"));
    writeFileSync(join(root, "elsewhere.md"), "one\n");
    symlinkSync(join(root, "elsewhere.md"), join(work, "AGENTS.md"));
    expect(open(join(root, "link"))).toEqual([]);
    writeFileSync(join(root, "elsewhere.md"), "other\n");
    expect(open(join(root, "link"))).toEqual(["AGENTS.md"]);
  });

  it("are never taken unseen when they are too large to look at", () => {
    put("AGENTS.md", "x".repeat(1_048_577));
    expect(ops.unaccepted(work)).toMatchObject([{ hidden: ["file.too_large"] }]);
  });

  it("are asked about once where a folder of a client has too much in it", () => {
    for (let at = 0; at < 2_001; at += 1) put(`.claude/commands/${at}.md`, "");
    const [found, ...more] = ops.unaccepted(work);
    expect(found).toMatchObject({
      path: join(work, ".claude", "commands"),
      hidden: ["unreadable"],
    });
    expect(more).toEqual([]);
    ops.accept(found ?? expect.fail("nothing is open"));
    expect(open()).toEqual([]);
  });

  it("are not looked for in folders of other programs", () => {
    put(".venv/AGENTS.md", "one\n");
    put("node_modules/x/AGENTS.md", "one\n");
    expect(open()).toEqual([]);
    put(".venv/AGENTS.md", "other\n");
    put("node_modules/x/AGENTS.md", "other\n");
    expect(open()).toEqual([]);
  });

  it("leave other files, and folders that are not there, alone", () => {
    put("README.md", "one\n");
    expect(open()).toEqual([]);
    put("README.md", "other\n");
    expect(open()).toEqual([]);
    expect(ops.unaccepted(join(root, "nowhere"))).toEqual([]);
  });

  it("cannot be gone by when what was accepted is damaged", () => {
    writeFileSync(join(data, "instructions.json"), "{");
    expect(() => ops.unaccepted(work)).toThrow("instructions.unreadable");
  });
});

/** What changes from now on has other times than what is there. */
function tick(): void {
  const path = join(root, "tick");
  const now = (): number => {
    writeFileSync(path, "");
    return statSync(path).ctimeMs;
  };
  for (const from = now(); now() === from; ) continue;
}

describe("files that have not changed since they were read", () => {
  it("are read again while a change could have the same time", () => {
    put("AGENTS.md", "one\n");
    expect(open()).toEqual([]);
    put("AGENTS.md", "two\n");
    expect(open()).toEqual(["AGENTS.md"]);
  });

  it("are not read again, and every change of file, folder or acceptance is seen", () => {
    ops = createInstructions(data, [work], () => Date.now() + 60_000);
    const change = (name: string, text: string): void => {
      tick();
      put(name, text);
    };
    change("AGENTS.md", "one\n");
    change(".claude/commands/a.md", "one\n");
    for (let count = 0; count < 3; count += 1) expect(open()).toEqual([]);
    change("AGENTS.md", "two\n");
    expect(open()).toEqual(["AGENTS.md"]);
    change(".claude/commands/b.md", "be\u202e careful\n");
    expect(open()).toEqual([".claude/commands/b.md", "AGENTS.md"]);
    change("CLAUDE.md", "be\u202e careful\n");
    expect(open()).toEqual([".claude/commands/b.md", "AGENTS.md", "CLAUDE.md"]);
    tick();
    for (const found of ops.unaccepted(work)) ops.accept(found);
    expect(open()).toEqual([]);
    tick();
    rmSync(join(data, "instructions.json"));
    put("AGENTS.md", "three\n");
    expect(open()).toEqual([".claude/commands/b.md", "CLAUDE.md"]);
  });
});
