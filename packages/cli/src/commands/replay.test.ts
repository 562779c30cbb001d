import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CommandError, EXIT } from "../exit.ts";
import { replayCommand } from "./replay.ts";

const TOOLS = JSON.stringify({
  office: [{ name: "delete_note", description: "Delete a note.", inputSchema: {} }],
});
const trace = (id: string, prompt: string): string =>
  JSON.stringify({
    id,
    suite: "office",
    prompt,
    steps: [{ tool: "delete_note", args: { note: "groceries" }, result: "ok", error: null }],
  });

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-replay-"));
  writeFileSync(join(folder, "tools.json"), TOOLS);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

async function replay(traces: string, ...more: readonly string[]): Promise<void> {
  const files = ["--traces", at(traces), "--tools", at("tools.json"), "--out", at("out.jsonl")];
  await replayCommand().parseAsync([...files, ...more], { from: "user" });
}

const lines = (name: string): unknown[] =>
  readFileSync(at(name), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));

describe("bylaw replay", () => {
  it("writes a line of verdicts for each session, and why", async () => {
    const sessions = [trace("a", "Delete the note groceries."), "", trace("b", "Read my notes.")];
    writeFileSync(at("t.jsonl.gz"), gzipSync(sessions.join("\n")));
    await replay("t.jsonl.gz", "--reasons", at("why.jsonl"), "--json");
    expect(lines("out.jsonl")).toEqual([
      { id: "a", decisions: ["log"] },
      { id: "b", decisions: ["require_approval"] },
    ]);
    expect(lines("why.jsonl")).toMatchObject([
      { id: "a", reasons: [] },
      { id: "b", reasons: [{ step: 0, tool: "delete_note", policies: ["asst-unasked"] }] },
    ]);
    expect(console.log).toHaveBeenCalledWith(JSON.stringify({ sessions: 2, steps: 2, stopped: 1 }));
  });

  it.each([
    ["a line that is no trace", `${trace("a", "x")}\n{"id": 4}\n`, "t.jsonl"],
    ["a file that is not compressed", trace("a", "x"), "t.jsonl.gz"],
  ])("refuses %s, and writes nothing", async (_, content, name) => {
    writeFileSync(at(name), content);
    const refused = await replay(name).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(CommandError);
    expect(refused).toMatchObject({ code: "replay.unreadable", exit: EXIT.usage });
    expect(existsSync(at("out.jsonl"))).toBe(false);
  });

  it("refuses a missing file and an unknown pack", async () => {
    await expect(replay("nowhere.jsonl")).rejects.toMatchObject({ code: "replay.unreadable" });
    writeFileSync(at("t.jsonl"), trace("a", "x"));
    await expect(replay("t.jsonl", "--pack", "nosuch")).rejects.toMatchObject({
      code: "policy.invalid",
    });
  });
});
