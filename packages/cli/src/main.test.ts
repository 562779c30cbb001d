import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  for (const command of program().commands)
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
