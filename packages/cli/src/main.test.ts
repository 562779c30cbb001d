import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, expect, it, vi } from "vitest";
import { main, program } from "./main.ts";

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function exitOf(...words: readonly string[]): Promise<number> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await main(["node", "bylaw", ...words]);
  return Number(process.exitCode ?? 0);
}

it("every command hands wrong usage to the one place that sets the exit code", async () => {
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`ended with ${code}`);
  });
  for (const command of (await program()).commands)
    for (const one of [command, ...command.commands]) {
      const above = one === command ? [] : [command.name()];
      expect(await exitOf(...above, one.name(), "--no-such-option")).toBe(2);
    }
  expect(await exitOf("audit", "check-proof", "record.tlog-proof")).toBe(2);
});

it("init says where it cannot write", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-init-"));
  try {
    expect(await exitOf("init", join(folder, "missing", "bylaw.yaml"))).toBe(2);
    expect(existsSync(join(folder, "missing"))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("errors spell out what a file could paint on the screen, and keep their lines", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-errors-"));
  const config = join(folder, "bylaw.yaml");
  const said: string[] = [];
  try {
    writeFileSync(config, 'version: 1\n"\\e[2Jkey": 2\nlisten: 3\n');
    vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
    await main(["node", "bylaw", "check", "--config", config]);
    expect(said.join("\n")).toContain("\\u{1b}[2Jkey");
    expect(said.join("\n")).not.toContain("\u001b");
    expect(said.join("\n").split("\n").length).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("a reader of its output may have seen enough; any other error of the output is one", async () => {
  const fail = (error: Error): boolean => process.stdout.emit("error", error);
  for (let times = 0; times < 2; times += 1) await exitOf("no-such-command");
  expect(() => fail(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))).not.toThrow();
  expect(() => fail(new Error("no space left"))).toThrow("no space left");
});

it("a defect is one line of JSON, too", async () => {
  const said: string[] = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
  vi.spyOn(Command.prototype, "parseAsync").mockRejectedValue(new Error("planted"));
  await main(["node", "bylaw", "status", "--json"]);
  expect(JSON.parse(said.join("\n"))).toEqual({ error: "internal", message: "Error: planted" });
  expect(process.exitCode).toBe(70);
});
