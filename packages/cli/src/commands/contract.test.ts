import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXIT } from "../exit.ts";
import { program } from "../main.ts";

const PROGRAM = `**What you CAN do:**
- Modify \`train.py\` — this is the only file you edit.

Get the lowest loss.
`;

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-contract-"));
  writeFileSync(join(folder, "program.md"), PROGRAM);
  said = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void said.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

async function compile(...words: readonly string[]): Promise<string> {
  said = [];
  await (await program("contract")).parseAsync(["contract", "compile", ...words], { from: "user" });
  return said.join("\n");
}
const at = (name: string): string => join(folder, name);

describe("bylaw contract compile", () => {
  it("shows the policies, where they come from, and what is not enforced", async () => {
    const shown = await compile(at("program.md"), "--name", "lab", "--agent", "codex");
    expect(shown).toContain('forbid (principal is Agent in Agent::"codex"');
    expect(shown).toContain("contract-lab-listed  (program.md:2)");
    expect(shown).toContain("program.md:4  Get the lowest loss.");
  });

  it("writes a file that it knows again, and tells when the contract has changed", async () => {
    await compile(at("program.md"), "--out", at("lab.cedar"));
    expect(readFileSync(at("lab.cedar"), "utf8")).toContain("contract.not_editable");
    expect(await compile(at("program.md"), "--check", at("lab.cedar"))).toContain("holds what");
    expect(process.exitCode).toBeUndefined();
    writeFileSync(at("program.md"), `${PROGRAM}\nMore.\n`);
    expect(await compile(at("program.md"), "--check", at("lab.cedar"))).toContain("does not hold");
    expect(process.exitCode).toBe(EXIT.no);
    await compile(at("program.md"), "--out", at("lab.cedar"));
    expect(
      JSON.parse(await compile(at("program.md"), "--check", at("lab.cedar"), "--json")),
    ).toEqual({
      file: at("lab.cedar"),
      same: true,
    });
  });

  it("leaves a file alone that somebody else wrote", async () => {
    writeFileSync(at("own.cedar"), "// mine\n");
    await expect(compile(at("program.md"), "--out", at("own.cedar"))).rejects.toMatchObject({
      code: "contract.foreign",
    });
    expect(readFileSync(at("own.cedar"), "utf8")).toBe("// mine\n");
  });

  it("names every problem with its line, and writes nothing", async () => {
    writeFileSync(at("GOAL.md"), "## Operating Mode\n- [x] Converge\n- [x] Supervised\n");
    const shown = await compile(at("GOAL.md"), "--out", at("lab.cedar"));
    expect(shown).toContain("GOAL.md:2: exactly one box");
    expect(process.exitCode).toBe(EXIT.no);
    expect(() => readFileSync(at("lab.cedar"))).toThrow("ENOENT");
  });

  it("spells out what a text would hide", async () => {
    writeFileSync(at("program.md"), `${PROGRAM}\nBe \u202egood.\n`);
    expect(await compile(at("program.md"))).toContain("Be \\u{202e}good.");
  });

  it.each<[string, readonly string[], string]>([
    ["a file that is not there", ["none.md"], "file.unreadable"],
    ["an agent that is no name", ["program.md", "--agent", "a b"], "usage.name"],
    ["a branch that is none", ["program.md", "--branch", "a..b"], "usage.branch"],
  ])("refuses %s", async (_what, [file = "", ...rest], code) => {
    await expect(compile(at(file), ...rest)).rejects.toMatchObject({ code, exit: EXIT.usage });
  });
});
