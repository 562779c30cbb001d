import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EXIT } from "../exit.ts";
import { simulateCommand } from "./simulate.ts";

let folder = "";
let printed: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-simulate-"));
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const LINES = [
  { type: "summary" },
  { type: "user", sessionId: "s", message: { role: "user", content: "Read my key." } },
  {
    type: "assistant",
    sessionId: "s",
    cwd: "/home/dev/app",
    message: {
      content: [
        { type: "tool_use", id: "t", name: "Read", input: { file_path: "/home/dev/.ssh/id_rsa" } },
        { type: "tool_use", id: "u", name: "\u001b[2J", input: { text: "\u202e" } },
      ],
    },
  },
];

function file(name: string, text = LINES.map((line) => JSON.stringify(line)).join("\n")): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

const simulate = (...words: readonly string[]): Promise<unknown> =>
  simulateCommand().parseAsync([...words], { from: "user" });

describe("bylaw simulate", () => {
  it.each(["t.jsonl", "t.jsonl.gz"])("says what a pack would have done with %s", async (name) => {
    await simulate(file(name), "--json");
    expect(JSON.parse(printed.join("\n"))).toMatchObject({
      sessions: 1,
      calls: 2,
      skipped: 1,
      outcomes: { block: 1, require_approval: 1 },
      rules: expect.arrayContaining([expect.objectContaining({ policy: "base-credentials" })]),
    });
  });

  it("prints nothing that could paint the screen", async () => {
    await simulate(file("t.jsonl"));
    const text = printed.join("\n");
    expect(text).toContain("base-credentials blocks 1 call in 1 session (secret.read)");
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  it.each<[string, string, string, readonly string[]]>([
    ["nothing to decide", "t.jsonl", '{"a": 1}', []],
    ["no gzip", "t.jsonl.gz", "", []],
    ["an unknown pack", "t.jsonl", "", ["--pack", "nobody"]],
  ])("ends with usage for %s", async (_, name, text, more) => {
    const path = file(name, text);
    if (name.endsWith(".gz")) writeFileSync(path, "not gzip");
    await expect(simulate(path, ...more)).rejects.toMatchObject({ exit: EXIT.usage });
  });

  it("ends with usage for a file that is not there", async () => {
    const missing = simulate(join(folder, "none.jsonl"));
    await expect(missing).rejects.toMatchObject({ code: "simulate.unreadable", exit: EXIT.usage });
  });
});
