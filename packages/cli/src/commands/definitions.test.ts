import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@bylaw/server";
import { openStore } from "@bylaw/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { main } from "../main.ts";

const NOW = Date.parse("2026-01-02T03:04:05.000Z");
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

const CONFIG = "version: 1\nwatch: false\nshadow: { share: 0 }\npacks: []\n";
/** Milliseconds that a start may take on a machine with much else to do. */
const START_MAX_MS = 60_000;

let folder: string;
let server: RunningServer | undefined;

/** What servers have shown by the time the gateway starts: one tool in force and changed, one that is new. */
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-definitions-")));
  const data = join(folder, "data");
  const store = await openStore({ folder: data, origin: "test", now: () => NOW });
  const see = (name: string, digit: string, content: object, findings: readonly object[] = []) =>
    store.definitions.see({
      server: "files",
      kind: "tool",
      name,
      digest: digest(digit),
      content: JSON.stringify(content),
      findings: JSON.stringify(findings),
      at: NOW,
    });
  const read = { server: "files", kind: "tool", name: "read" } as const;
  await see("read", "a", { name: "read", description: "Reads.\nFast." });
  await store.definitions.judge({ ...read, digest: digest("a"), verdict: "accepted", by: "ann" });
  await see("read", "b", { name: "read", description: 'Reads.\nFast.\n  },\n  "safe": true' });
  const hidden = { rule: "definition.hidden-name", severity: "high", path: "/name", about: "" };
  await see("\u001b[2Jrm", "c", { name: "\u001b[2Jrm" }, [hidden]);
  await store.close();
  const file = join(folder, "bylaw.yaml");
  writeFileSync(file, CONFIG);
  server = await startGateway(file, data);
}, START_MAX_MS);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

async function run(...words: readonly string[]): Promise<{ exit: number; out: string }> {
  const out: string[] = [];
  for (const stream of ["log", "error"] as const)
    vi.spyOn(console, stream).mockImplementation((line: unknown) => void out.push(String(line)));
  process.exitCode = undefined;
  try {
    await main(["node", "bylaw", "definitions", ...words, "--data", join(folder, "data")]);
    return { exit: Number(process.exitCode ?? 0), out: out.join("\n") };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

it("lists what waits with what was found, and paints no terminal", async () => {
  const { exit, out } = await run();
  expect(exit).toBe(0);
  expect(out).toContain("files/\\u{1b}[2Jrm  waiting");
  expect(out).toContain("high definition.hidden-name at /name");
  expect(out).toContain("files: 1 accepted, 2 waiting, 0 rejected");
  expect(out).not.toContain("\u001b");
});

it("shows a change line by line, and no text that looks like the definition around it", async () => {
  const { exit, out } = await run("diff", "files/read");
  expect(exit).toBe(1);
  const lines = out.split("\n");
  const added = lines.filter((line) => line.includes("safe"));
  expect(added).toHaveLength(1);
  expect(added[0]).toMatch(/^\+ {5}\| /);
  expect(out).toContain(`accept files/read --digest ${digest("b").slice(0, 19)}`);
});

it("accepts exactly the version that is named, and nothing that is not there", async () => {
  expect(await run("accept", "files/read", "--digest", digest("d"))).toMatchObject({ exit: 1 });
  expect(await run("accept", "files/read", "--digest", "sha256:bb")).toMatchObject({ exit: 1 });
  expect(await run("accept", "files/nothing")).toMatchObject({ exit: 1 });
  expect((await run("accept", "files#nothing")).exit).toBeGreaterThan(0);
  const short = digest("b").slice(0, "sha256:".length + 12);
  expect(await run("accept", "files/read", "--digest", short)).toMatchObject({ exit: 0 });
  expect(await run("diff", "files/read")).toMatchObject({ exit: 0 });
  expect((await run("list", "files", "--all")).out).toContain("files/read  former by ann");
  expect((await run("accept", "files")).out).toContain("\\u{1b}[2Jrm  accepted");
  expect(await run("accept", "files")).toMatchObject({ exit: 1 });
});

it("rejects what was in force, for machines as JSON", async () => {
  const { exit, out } = await run("reject", "files/read", "--json");
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject([{ ref: "files/read", state: "rejected" }]);
  expect((await run("show", "files/read")).out).toContain("rejected");
  expect(await run("show", "read")).toMatchObject({ exit: 2 });
});
