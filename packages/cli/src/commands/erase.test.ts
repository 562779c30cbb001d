import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@bylaw/server";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { main } from "../main.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-erase-")));
const data = join(place, "data");
let server: RunningServer;

beforeAll(async () => {
  const file = join(place, "bylaw.yaml");
  writeFileSync(file, "version: 1\nwatch: false\nshadow: { share: 0 }\n");
  server = await startGateway(file, data);
});

afterAll(async () => {
  await server.stop();
  rmSync(place, { recursive: true, force: true });
});

/** Runs `bylaw audit …` against the gateway that runs. */
async function audit(...words: readonly string[]): Promise<{ exit: number; out: string }> {
  const out: string[] = [];
  const note = (line: string): void => void out.push(line);
  vi.spyOn(console, "log").mockImplementation(note);
  vi.spyOn(console, "error").mockImplementation(note);
  process.exitCode = undefined;
  try {
    await main(["node", "bylaw", "audit", ...words, "--data", data]);
    return { exit: Number(process.exitCode ?? 0), out: out.join("\n") };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}

it("prunes and shreds through the gateway that runs, and the log still verifies", async () => {
  const pruned = await audit("prune", "--before", "2000-01-01", "--yes", "--reason", "kept enough");
  expect(pruned).toMatchObject({ exit: 0 });
  const shredded = await audit("shred", "--yes", "--reason", "asked to be forgotten");
  expect(shredded).toMatchObject({ exit: 0 });
  expect(shredded.out).toContain("is destroyed");
  expect(await audit("verify")).toMatchObject({ exit: 0 });
});
