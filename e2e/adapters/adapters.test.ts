import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeBinary } from "../../scripts/node-binary.ts";
import { addAgent, ask, type Gateway, run, up } from "../harness/bylaw.ts";
import { openSite, type Site } from "../harness/site.ts";
import { eventually } from "../harness/wait.ts";
import { startChatModel, type Turn } from "./chat-model.ts";
import { EXAMPLES, FRAMEWORKS } from "./frameworks.ts";

const TURNS: readonly Turn[] = [
  { tool: "look_up", input: { id: "r1" } },
  { tool: "empty_table", input: {} },
  { tool: "delete_record", input: { id: "r2" } },
];
const OPERATOR = "olga";

/** Some of the frameworks run on nothing older. */
const NODE =
  Number(process.versions.node.split(".")[0]) >= 22 ? process.execPath : nodeBinary("24");

interface Waiting {
  readonly id: string;
  readonly target: string;
}

interface Ran {
  /** Records that are left, and the agent's last words. */
  readonly left: readonly string[];
  readonly answer: string;
  /** What the model was shown of each call. */
  readonly seen: readonly string[];
}

function example(name: string): string {
  return readFileSync(join(EXAMPLES, name), "utf8");
}

/** Runs an example to its end, with a person who answers whatever is held. */
async function play(
  framework: string,
  env: Readonly<Record<string, string>>,
  turns: readonly Turn[],
  answering: () => Promise<void> = () => Promise.resolve(),
): Promise<Ran> {
  const model = await startChatModel(turns);
  const child = spawn(NODE, [join(EXAMPLES, framework, "agent.js")], {
    env: { PATH: process.env["PATH"] ?? "", ...env, MODEL_URL: model.address },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  try {
    const ended = once(child, "close");
    await Promise.race([answering(), ended]);
    await ended;
    if (child.exitCode !== 0) throw new Error(`${framework} failed: ${stderr}${stdout}`);
    const last = stdout.trim().split("\n").at(-1) ?? "";
    return { ...(JSON.parse(last) as Pick<Ran, "left" | "answer">), seen: model.results };
  } finally {
    child.kill("SIGKILL");
    model.close();
  }
}

describe.each(FRAMEWORKS)("an agent on %s, guarded", (framework) => {
  let site: Site;
  let gateway: Gateway;
  let env: Record<string, string>;

  beforeAll(async () => {
    site = openSite(
      {},
      {
        "bylaw.yaml": example("bylaw.yaml"),
        "policies/records.cedar": example("policies/records.cedar"),
        "catalog.yaml": example("catalog.yaml"),
      },
    );
    gateway = await up(site);
    const token = await addAgent(site, "clerk", "clerks");
    env = { BYLAW_URL: gateway.address, BYLAW_TOKEN: token };
  });
  afterAll(async () => {
    await gateway?.stop();
    site.remove();
  });

  const answer = async (word: "approve" | "reject"): Promise<void> => {
    const held = await eventually("a call is held", async () =>
      (await ask<readonly Waiting[]>(site, "approvals", "list")).at(0),
    );
    expect(held.target).toBe("delete_record");
    await ask(site, "approvals", word, held.id, "--as", OPERATOR);
  };

  it("does what it may, is refused what it may not, and waits for a person once", async () => {
    const {
      left,
      answer: words,
      seen,
    } = await play(framework, env, TURNS, () => answer("approve"));
    expect(words).toBe("done");
    expect(left).toEqual(["r1", "r3"]);
    expect(seen).toHaveLength(3);
    expect(seen[0]).toContain("Ada");
    expect(seen[1]).toContain("was not done");
    expect(seen[2]).toContain("deleted r2");
    // Everything that ran is closed: its result was reported.
    const { stdout } = await run(site, "audit", "query", "--outcome", "ok");
    const done = stdout.split("\n").filter((line) => line.includes("→ ok"));
    expect(done.length).toBeGreaterThanOrEqual(2);
    expect((await run(site, "audit", "query", "--outcome", "unknown")).code).toBe(1);
  });

  it("does not do what a person rejects", async () => {
    const { left, seen } = await play(framework, env, TURNS, () => answer("reject"));
    expect(left).toEqual(["r1", "r2", "r3"]);
    expect(seen[2]).not.toContain("deleted");
  });

  it("does nothing at all when no gateway answers", async () => {
    const nobody = { ...env, BYLAW_URL: "http://127.0.0.1:9" };
    const { left, seen } = await play(framework, nobody, TURNS);
    // The server of the MCP example cannot be asked what is left either.
    expect(left).toEqual(expect.arrayContaining(["r1", "r2", "r3"]));
    for (const text of seen) expect(text).toContain("gateway.unreachable");
    expect(seen).toHaveLength(3);
  });
});
