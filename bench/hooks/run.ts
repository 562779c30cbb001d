/**
 * `npm run bench:hooks`: what a hook costs a coding agent at each tool call, as the process that clients
 * start, with the command line that `bylaw connect` gives them, beside `node` with an empty file and no
 * flags, started in turn with it and through `env -i` as well, and as a request over HTTP. Prints figures
 * and exits with 1 when one misses its target.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { administer } from "../../e2e/harness/admin.ts";
import { addAgent, up } from "../../e2e/harness/bylaw.ts";
import { openSite } from "../../e2e/harness/site.ts";
import {
  hookCommand,
  makeHook,
  writeConnection,
} from "../../packages/cli/src/connect/connection.ts";
import { type Figure, met, percentile, render } from "../ledger/figures.ts";

const PROCESSES = Number(process.env["BYLAW_BENCH_PROCESSES"] ?? 100);
const REQUESTS = 500;

const site = openSite({
  version: 1,
  people: { sam: {} },
  workspaces: ["./work"],
  packs: ["base", "coding-agent"],
});
mkdirSync(join(site.folder, "work"));
const folder = mkdtempSync(join(tmpdir(), "bylaw-bench-"));
const gateway = await up(site);
let calls = 0;

function payload(event: string, id: number): string {
  return JSON.stringify({
    session_id: "bench",
    cwd: join(site.folder, "work"),
    hook_event_name: event,
    tool_name: "Bash",
    tool_input: { command: "git status && cat README.md | head -20", description: "look" },
    tool_use_id: `call-${id}`,
    tool_response: { stdout: "nothing" },
  });
}

type Words = readonly [string, ...string[]];

/** Milliseconds until the process has ended; throws when it did not end well. */
async function start([program, ...args]: Words, input: string): Promise<number> {
  const from = performance.now();
  const child = spawn(program, args, { env: {}, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.on("error", () => undefined); // an empty program reads nothing
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`ended with ${code}`);
  return performance.now() - from;
}

const kept = new Agent({ keepAlive: true, maxSockets: 1 });

async function ask(token: string, body: string): Promise<number> {
  const from = performance.now();
  const sent = request(`${gateway.address}/v1/hooks/claude-code`, {
    agent: kept,
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-length": Buffer.byteLength(body) },
  });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  if (answer.statusCode !== 200 || text !== "{}\n") throw new Error(`${answer.statusCode} ${text}`);
  return performance.now() - from;
}

try {
  const token = await addAgent(site, "coder", "coders");
  const { hooks } = await administer<{ readonly hooks: { socket: string; key: string } }>(
    site,
    "GET",
    "/status",
  );
  const known = { name: "claude-code", client: "claude-code", bylaw: "bylaw" } as const;
  writeConnection("coder", { ...known, ...hooks, token, data: folder }, makeHook());
  const hook = hookCommand(folder, "coder").words;
  const empty = join(folder, "empty.cjs");
  writeFileSync(empty, "");

  // Over HTTP first: a gateway that has decided before, as those that run for days have.
  const asked: number[] = [];
  for (let at = 0; at < REQUESTS; at += 1) {
    asked.push(await ask(token, payload("PreToolUse", (calls += 1))));
    await ask(token, payload("PostToolUse", calls));
  }
  const [alone, hooked]: [number[], number[]] = [[], []];
  for (let at = 0; at < PROCESSES; at += 1) {
    alone.push(await start(["/usr/bin/env", "-i", process.execPath, empty], ""));
    hooked.push(await start(hook, payload("PreToolUse", (calls += 1))));
    await start(hook, payload("PostToolUse", calls));
  }
  const atMost = (value: number): Figure["target"] => ({ bound: "at most", value });
  const figure = (name: string, value: number, target: Figure["target"], unit = "ms"): Figure => ({
    name,
    value,
    unit,
    target,
  });
  const ratio = percentile(hooked, 0.5) / percentile(alone, 0.5);
  const figures = [
    figure(`an empty Node process, ${PROCESSES} of them, p50`, percentile(alone, 0.5), null),
    figure("the hook's process, in turn with them, p50", percentile(hooked, 0.5), null),
    figure("the hook's process, p95", percentile(hooked, 0.95), null),
    figure("hook's process / empty process, p50", ratio, atMost(1.3), "x"),
    figure(`over HTTP, ${REQUESTS} calls, p50`, percentile(asked, 0.5), atMost(5)),
    figure("over HTTP, p99", percentile(asked, 0.99), null),
  ];
  for (const each of figures) console.log(render(each));
  if (figures.some((each) => met(each) === false)) process.exitCode = 1;
} finally {
  kept.destroy();
  await gateway.stop();
  site.remove();
  rmSync(folder, { recursive: true, force: true });
}
