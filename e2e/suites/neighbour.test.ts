import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAgent, ask, bylaw, bylawCommand, type Gateway, run, up } from "../harness/bylaw.ts";
import { type Agent, type Called, connect } from "../harness/client.ts";
import {
  recorded,
  recorderConfiguration,
  recorderFiles,
  recorderSite,
} from "../harness/recorder.ts";
import { openSite, REPOSITORY, type Site, upstream } from "../harness/site.ts";
import { typing } from "../harness/terminal.ts";
import { eventually } from "../harness/wait.ts";
import type { Knows, Outcome } from "../neighbour/agent.ts";

const PASSPHRASE = "over the hills and far away";
const PROGRAM = join(REPOSITORY, "e2e", "dist", "neighbour", "agent.js");
/** Milliseconds for everything that the agent tries. */
const TRIES_MAX_MS = 240_000;

interface Presence {
  readonly pid: number;
  readonly address: string;
  readonly admin: string;
  readonly hooks: { readonly socket: string };
}

interface Bypass {
  readonly level: string | null;
  readonly attempts: readonly { readonly route: string; readonly state: string }[];
}

/** The agent next door, with the rights of this user or of another. */
async function neighbour(knows: Knows, user: string | null): Promise<Outcome> {
  const words = [process.execPath, PROGRAM] as const;
  const [command = "", ...args] = user === null ? words : ["runuser", "-u", user, "--", ...words];
  const child = spawn(command, args, { cwd: "/", stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdin.end(JSON.stringify(knows));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the agent ended with ${code}`);
  return JSON.parse(text) as Outcome;
}

function presenceIn(folder: string): Presence {
  return JSON.parse(readFileSync(join(folder, "gateway.json"), "utf8")) as Presence;
}

function held(site: Site, data: string): Promise<string> {
  return eventually("the action is held", async () => {
    const [one] = await ask<readonly { id: string }[]>(site, "approvals", "list", "--data", data);
    return one?.id;
  });
}

describe("the agent next door, as the same user", () => {
  let site: Site;
  let gateway: Gateway;
  let agent: Agent;
  let waiting: Promise<Called | null>;
  let outcome: Outcome;
  let tried: Bypass;

  beforeAll(async () => {
    site = recorderSite({ holdLimit: "200s" });
    gateway = await up(site);
    const token = await addAgent(site, "tester", "testers");
    const words = ["person", "enrol", "passphrase", "--person", "olga", "--as", "olga"];
    await typing(site, [PASSPHRASE, PASSPHRASE], ...words);
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
    waiting = agent.call("erase", { key: "held" }).catch(() => null);
    const { admin, hooks, pid, address } = presenceIn(site.data);
    const knows: Knows = {
      folders: [site.data, site.folder, `${site.data}-person`],
      address,
      admin,
      hook: hooks.socket,
      pid,
      approval: await held(site, site.data),
      bylaw: bylawCommand() as [string, ...string[]],
      data: site.data,
      upstream: [process.execPath, upstream("recorder"), "direct.jsonl"],
      cwd: site.folder,
      kill: true,
    };
    const { command, args, env } = bylaw(site, "doctor", "--bypass", "--json");
    tried = JSON.parse(spawnSync(command, args, { env, encoding: "utf8" }).stdout) as Bypass;
    outcome = await neighbour(knows, null);
  }, TRIES_MAX_MS);

  afterAll(async () => {
    await agent?.close().catch(() => undefined);
    await gateway?.stop();
    site?.remove();
  });

  const state = (route: string): string | undefined =>
    tried.attempts.find((one) => one.route === route)?.state;

  it("finds what the table says that it finds", () => {
    expect(tried.level).toBe("advisory");
    for (const route of ["data", "admin", "process", "spawn"]) expect(state(route)).toBe("open");
    expect(state("stranger")).toBe("closed");
    expect(outcome.read.some((path) => path.endsWith("admin.token"))).toBe(true);
    expect(outcome.tokens).toBe(1);
    expect(outcome.accepted).toContain("GET /status");
    expect(outcome.upstream).toBe(true);
  });

  it("does not answer its own approval: by API, link, command or pseudo-terminal", () => {
    expect(outcome.accepted.filter((path) => path.startsWith("POST "))).toEqual([]);
    expect(outcome.refused).toContain("factor.required");
    expect([outcome.piped, outcome.typed]).toEqual([1, 1]);
  });

  it("takes the way back of who lost a factor only when it has ended the gateway, and not unseen", async () => {
    expect(outcome.recoveredRunning).toBe(1);
    expect(outcome.recoveredStopped).toBe(0);
    const { stdout } = await run(site, "audit", "query", "--code", "factor.recovered", "--json");
    expect(stdout).toContain('"code":"factor.recovered"');
  });

  it("has no tools when it has killed the gateway, and nothing ran when it is back", async () => {
    expect(outcome.signal).toBe("sent");
    await gateway.ended;
    await agent.close();
    expect(await waiting).toBeNull();
    expect(recorded(site)).toEqual([]);
    expect((await run(site, "mcp", "--upstream", "recorder")).code).toBe(3);
    gateway = await up(site);
    const rows = await ask<readonly { status?: string }[]>(site, "approvals", "list");
    expect(rows).toHaveLength(1);
    expect(recorded(site)).toEqual([]);
    expect((await run(site, "audit", "verify")).code).toBe(0);
  });
});

const USER = "bylaw-e2e";
const OTHER = "bylaw-e2e-agent";
const isRoot = process.getuid?.() === 0 && process.platform === "linux";
const expected = isRoot || process.env["CI"] === "true";

describe.skipIf(!expected)("the agent next door, as another user, which needs root", () => {
  const data = `/var/lib/${USER}`;
  let site: Site;
  let agent: Agent;
  let waiting: Promise<Called>;
  let outcome: Outcome;
  let tried: Bypass;

  function system(command: string, ...args: readonly string[]): void {
    const ran = spawnSync(command, args, { encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${ran.stderr}`);
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    server.close();
    await once(server, "close");
    return port;
  }

  beforeAll(async () => {
    const config = recorderConfiguration("200s");
    const command = [process.execPath, upstream("recorder"), `${data}/calls.jsonl`];
    const recorder = { command, env: { KEY: "not-a-secret" }, cwd: "/", environment: "production" };
    const listen = `127.0.0.1:${await freePort()}`;
    site = openSite({ ...config, listen, upstreams: { recorder } }, recorderFiles());
    system("useradd", "--system", "--no-create-home", OTHER);
    const file = join(site.folder, "bylaw.yaml");
    const words = ["isolate", "--script", "--yes", "--user", USER, "--owner", OTHER];
    const done = await run(site, ...words, "--config", file, "--data", site.data);
    if (done.code !== 0) throw new Error(done.stderr + done.stdout);
    const added = ["agent", "add", "tester", "--user", "sam", "--group", "testers"];
    const { token } = await ask<{ token: string }>(site, ...added, "--data", data);
    const { admin, hooks, pid, address } = presenceIn(`/run/${USER}`);
    const gateway = { address } as Gateway;
    agent = await connect({ site, gateway, upstream: "recorder", token }, "http");
    waiting = agent.call("erase", { key: "held" });
    const knows: Knows = {
      folders: [data, `/etc/${USER}`, `/run/${USER}`, "/var/log"],
      address,
      admin,
      hook: hooks.socket,
      pid,
      approval: await held(site, data),
      bylaw: bylawCommand() as [string, ...string[]],
      data,
      upstream: command as [string, ...string[]],
      cwd: "/",
      kill: true,
    };
    const bypass = ["doctor", "--bypass", "--user", OTHER, "--data", data, "--json"];
    tried = JSON.parse((await run(site, ...bypass)).stdout) as Bypass;
    outcome = await neighbour(knows, OTHER);
  }, TRIES_MAX_MS);

  afterAll(async () => {
    await agent?.close().catch(() => undefined);
    await run(site, "isolate", "--undo", "--yes", "--user", USER);
    spawnSync("userdel", [OTHER]);
    spawnSync("sh", ["-c", `rm -rf /etc/${USER}.undone-* ${data}.undone-* /var/log/${USER}.log`]);
    site?.remove();
  }, TRIES_MAX_MS);

  it("finds what the table says that it finds", () => {
    expect(tried.level).toBe("enforcing");
    expect(outcome.read.filter((path) => path.startsWith(data))).toEqual([]);
    expect(outcome.read.filter((path) => path.startsWith(`/etc/${USER}`))).toEqual([]);
    expect(outcome.read).toContain(`/run/${USER}/gateway.json`);
    expect(outcome.tokens).toBe(0);
    expect(outcome.upstream).toBe(false);
    expect(outcome.signal).toBe("EPERM");
  });

  it("does not answer its own approval, though nobody has a factor", () => {
    expect(outcome.accepted).toEqual([]);
    // Its address has no such paths, and the socket that has them cannot be reached.
    expect(outcome.refused).toEqual(["not_found", "unreachable"]);
    expect(outcome.piped).not.toBe(0);
    expect(outcome.typed).not.toBe(0);
    expect(outcome.recoveredRunning).not.toBe(0);
    expect(outcome.recoveredStopped).not.toBe(0);
  });

  it("is answered by a person who may administer the gateway, and then runs once", async () => {
    const id = await held(site, data);
    expect((await run(site, "approvals", "approve", id, "--as", "olga", "--data", data)).code).toBe(
      0,
    );
    expect((await waiting).failed).toBe(false);
    const lines = readFileSync(`${data}/calls.jsonl`, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { tool: "erase", key: "held" },
    ]);
  });

  it("leaves nothing of it behind when it is taken back", async () => {
    await agent.close();
    expect((await run(site, "isolate", "--undo", "--yes", "--user", USER)).code).toBe(0);
    expect(spawnSync("getent", ["passwd", USER]).status).not.toBe(0);
    expect((await run(site, "isolate", "--undo", "--yes", "--user", USER)).code).toBe(1);
  });
});
