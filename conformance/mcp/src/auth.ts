import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcomes, PROGRAM, type Revision, readOutcomes } from "./suite.ts";

/** Milliseconds for one scenario, a gateway's start included. */
const SCENARIO_MAX_MS = 120_000;

/** Authorization scenarios of extensions that Bylaw has, besides those that a revision requires. */
const EXTENSIONS = ["auth/client-credentials-jwt", "auth/client-credentials-basic"];

/** Runs the client scenarios about authorization of a revision, with Bylaw as the client. */
export async function runAuth(node: string, revision: Revision): Promise<Outcomes> {
  const outcomes = new Map<string, string>();
  for (const scenario of await scenariosOf(node, revision)) {
    const folder = mkdtempSync(join(tmpdir(), "bylaw-conformance-auth-"));
    const client = fileURLToPath(new URL("auth-client.ts", import.meta.url));
    const command = `${process.execPath} --import ${import.meta.resolve("tsx")} ${client}`;
    const args = ["client", "--command", command, "--scenario", scenario];
    const said = await run(node, folder, [
      ...args,
      // An extension is of no revision.
      ...(EXTENSIONS.includes(scenario) ? [] : ["--spec-version", revision]),
      "--timeout",
      String(SCENARIO_MAX_MS),
      "--output-dir",
      join(folder, "results"),
    ]);
    const checks = readOutcomes(join(folder, "results", dirname(scenario)));
    if (checks.size === 0) throw new Error(`${scenario} told nothing:\n${said}`);
    for (const [check, status] of checks) outcomes.set(`${scenario} ${check}`, status);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
  return outcomes;
}

async function scenariosOf(node: string, revision: Revision): Promise<readonly string[]> {
  const listed = await run(node, tmpdir(), ["list", "--requirements", revision]);
  const required = [...listed.matchAll(/^ {2}- (auth\/\S+)$/gm)].map(([, name]) => name as string);
  if (required.length === 0) throw new Error(`no scenarios are listed:\n${listed}`);
  return [...required, ...EXTENSIONS];
}

async function run(node: string, cwd: string, args: readonly string[]): Promise<string> {
  const child = spawn(node, [PROGRAM, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  await once(child, "close");
  return said;
}
