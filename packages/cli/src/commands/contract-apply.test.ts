import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@bylaw/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { EXIT } from "../exit.ts";
import { main } from "../main.ts";

const PROGRAM = `**What you CAN do:**
- Modify \`train.py\` — this is the only file you edit.
`;
const ALL = '@id("all") permit (principal, action, resource);\n';

let folder: string;
let server: RunningServer | undefined;
let said: string[];

const at = (name: string): string => join(folder, name);

async function start(policies: string): Promise<void> {
  const config = `version: 1\nworkspaces: [./work]\npacks: []\npolicies: [${policies}]\nwatch: false\n`;
  writeFileSync(at("bylaw.yaml"), config);
  server = await startGateway(at("bylaw.yaml"), at("data"));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-apply-"));
  for (const name of ["work", "policies"]) mkdirSync(at(name));
  writeFileSync(at("work/program.md"), PROGRAM);
  writeFileSync(at("policies/all.cedar"), ALL);
  said = [];
  for (const out of ["log", "error"] as const)
    vi.spyOn(console, out).mockImplementation((line: unknown) => void said.push(String(line)));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.stop();
  server = undefined;
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function apply(...words: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  const file = at("work/program.md");
  const all = ["contract", "compile", file, "--apply", "--name", "lab", "--data", at("data")];
  await main(["node", "bylaw", ...all, ...words]);
  return Number(process.exitCode ?? 0);
}

const LAB = "policies/contract-lab.cedar";

describe("bylaw contract compile --apply", () => {
  it("is in force at once, and again after the contract has changed", async () => {
    await start("./policies");
    expect(await apply("--agent", "codex")).toBe(EXIT.ok);
    expect(said.join("\n")).toMatch(/contract-lab-listed[\s\S]*version 2 of/);
    expect(readFileSync(at(LAB), "utf8")).toContain('Agent::"codex"');
    writeFileSync(at("work/program.md"), PROGRAM.replace("train.py", "model.py"));
    expect(await apply("--json")).toBe(EXIT.ok);
    expect(JSON.parse(said.at(-1) ?? "")).toMatchObject({ status: { version: 3, refused: [] } });
    expect(readFileSync(at(LAB), "utf8")).toContain("model.py");
  });

  it("leaves nothing behind that the gateway does not take", async () => {
    await start("./policies");
    expect(await apply()).toBe(EXIT.ok);
    const before = readFileSync(at(LAB), "utf8");
    writeFileSync(at("policies/broken.cedar"), "permit (");
    writeFileSync(at("work/program.md"), PROGRAM.replace("train.py", "model.py"));
    expect(await apply()).toBe(EXIT.no);
    expect(said.join("\n")).toContain("broken.cedar");
    expect(readFileSync(at(LAB), "utf8")).toBe(before);
    rmSync(at(LAB));
    expect(await apply()).toBe(EXIT.no);
    expect(existsSync(at(LAB))).toBe(false);
  });

  it("overwrites no policies of others", async () => {
    await start("./policies");
    writeFileSync(at(LAB), "// mine\n");
    expect(await apply()).toBe(EXIT.usage);
    expect(readFileSync(at(LAB), "utf8")).toBe("// mine\n");
  });

  it.each<[string, () => Promise<void>, number, string]>([
    ["without a gateway", () => Promise.resolve(), EXIT.unreachable, "bylaw up"],
    ["without a folder", () => start("./policies/all.cedar"), EXIT.usage, "names no folder"],
    [
      "without anything to enforce",
      () => {
        writeFileSync(at("work/program.md"), "Be good.\n");
        return start("./policies");
      },
      EXIT.no,
      "nothing to put in force",
    ],
  ])("does nothing %s", async (_what, prepare, code, words) => {
    await prepare();
    expect(await apply()).toBe(code);
    expect(said.join("\n")).toContain(words);
    expect(existsSync(at(LAB))).toBe(false);
  });
});
