import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Sets of scenarios that the suite keeps frozen, by revision. */
export const REVISIONS = ["2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof REVISIONS)[number];

/** How each check of one run came out: `scenario/check#n` to its status. */
export type Outcomes = ReadonlyMap<string, string>;

export const PROGRAM = fileURLToPath(
  import.meta.resolve("@modelcontextprotocol/conformance/dist/index.js"),
);
const RUN_MAX_MS = 600_000;

/** Runs the required server scenarios of a revision; throws when it did not look at anything. */
export async function runSuite(node: string, url: string, revision: Revision): Promise<Outcomes> {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-conformance-mcp-"));
  const args = [PROGRAM, "server", "--url", url, "--requirements", revision];
  const child = spawn(node, [...args, "--output-dir", join(folder, "results")], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MAX_MS);
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  // What it had written until then would be half of the truth.
  if (signal !== null) throw new Error(`the suite was ended by ${signal}:\n${said}`);
  const outcomes = existsSync(join(folder, "results"))
    ? readOutcomes(join(folder, "results"))
    : new Map<string, string>();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  if (outcomes.size === 0) throw new Error(`the suite told nothing:\n${said}`);
  return outcomes;
}

interface Check {
  readonly id: string;
  readonly status: string;
}

export function readOutcomes(folder: string): Outcomes {
  const outcomes = new Map<string, string>();
  for (const run of readdirSync(folder).sort()) {
    const path = join(folder, run, "checks.json");
    if (!existsSync(path)) continue;
    const scenario = run.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z?$/, "");
    const checks = JSON.parse(readFileSync(path, "utf8")) as readonly Check[];
    const seen = new Map<string, number>();
    for (const { id, status } of checks) {
      const at = (seen.get(id) ?? 0) + 1;
      seen.set(id, at);
      // What the suite only notes down for its reader is no check.
      if (status !== "INFO") outcomes.set(`${scenario}/${id}#${at}`, status);
    }
  }
  return outcomes;
}
