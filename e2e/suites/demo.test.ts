import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { bylawCommand } from "../harness/bylaw.ts";

interface Step {
  readonly calls: number;
  readonly ran: number;
  readonly approvedBy: string | null;
  readonly refusal: { readonly code: string; readonly policy: string | null } | null;
  readonly rowsAfter: number;
}

interface Report {
  readonly steps: readonly Step[];
  readonly log: { readonly ok: boolean };
  readonly rowsLeft: number;
}

async function demo(...args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const [command = "", ...first] = bylawCommand();
  const child = spawn(command, [...first, "demo", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(child, "close");
  return { code: child.exitCode, out };
}

it("ends with 1,199 rows, each refusal with its bylaw, and one approved delete", async () => {
  const { code, out } = await demo("--json");
  const { steps, log, rowsLeft } = JSON.parse(out) as Report;
  expect({ code, rowsLeft, log: log.ok }).toEqual({ code: 0, rowsLeft: 1199, log: true });
  expect(steps.map(({ refusal }) => refusal?.code ?? "ran")).toEqual([
    "ran",
    "limit.window_max",
    "limit.window_max",
    "limit.window_max",
    "grant.expired",
    "limit.window_max",
    "ran",
    expect.stringMatching(/^approval\./),
    expect.stringMatching(/^approval\./),
  ]);
  expect(steps.flatMap(({ approvedBy }) => approvedBy ?? [])).toEqual(["dana"]);
  expect(steps.at(4)).toMatchObject({ calls: 100, ran: 0 });
});

it("tells the story and says at the end how many rows are left", async () => {
  const { code, out } = await demo();
  expect(code).toBe(0);
  expect(out.endsWith("\nrows left: 1199\n")).toBe(true);
});

it("shows what happens without Bylaw", async () => {
  const { code, out } = await demo("--ungoverned");
  expect(code).toBe(0);
  expect(out.endsWith("\nrows left: 0\n")).toBe(true);
});
