import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../config/load.ts";
import { loadRules } from "./rules.ts";

it.skipIf(process.platform === "win32")(
  "refuses a pipe among the policies, at once, which needs mkfifo",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "bylaw-rules-"));
    try {
      mkdirSync(join(folder, "p"));
      execFileSync("mkfifo", [join(folder, "p", "x.cedar")]);
      const config = parseConfig(join(folder, "bylaw.yaml"), "version: 1\npolicies: [./p]\n");
      if (!config.ok) throw new Error("the configuration is not valid");
      expect(await loadRules(config.value)).toMatchObject({
        ok: false,
        error: [expect.stringContaining("(not a file)")],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
