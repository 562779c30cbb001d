import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { administer } from "../harness/admin.ts";
import { addAgent, type Gateway, up } from "../harness/bylaw.ts";
import { openSite, REPOSITORY, type Site } from "../harness/site.ts";
import { COPILOT, type Desk } from "./harness/agents.ts";
import type { MockModel, Turn } from "./harness/mock-model.ts";

const PROGRAM = join(REPOSITORY, "packages", "cli", "bin", "bylaw-hook.cjs");
const EVENTS = ["sessionStart", "userPromptSubmitted", "preToolUse", "postToolUse", "sessionEnd"];
/** Seconds that the client waits for a hook in the trap in which it does not get an answer. */
const SHORT_S = 2;

const there = existsSync(COPILOT.program);
const made = (name: string): Turn => COPILOT.shell(`echo made > ${name}`);

describe("copilot", () => {
  let site: Site;
  let gateway: Gateway;
  let desk: Desk;
  let model: MockModel;

  beforeEach(async () => {
    if (!there) return;
    site = openSite({
      version: 1,
      people: { sam: {} },
      workspaces: ["../work"],
      packs: ["base", "coding-agent"],
      holds: { limit: "2s" },
    });
    const root = dirname(site.folder);
    desk = { home: join(root, "home"), work: join(root, "work") };
    for (const folder of Object.values(desk)) mkdirSync(folder);
    gateway = await up(site);
    model = await COPILOT.model();
    COPILOT.prepare(desk, model);
  });

  afterEach(async () => {
    if (!there) return;
    await model.close();
    if (gateway.alive()) await gateway.stop();
    site.remove();
  });

  /** In: the command line of one hook, by its event; how many seconds it may take. */
  function hook(line: (event: string) => string, timeoutSec = 60): void {
    const path = join(desk.home, ".copilot", "hooks", "bylaw.json");
    mkdirSync(dirname(path), { recursive: true });
    const hooks = EVENTS.map((event) => [
      event,
      [{ type: "command", bash: line(event), timeoutSec }],
    ]);
    writeFileSync(path, JSON.stringify({ version: 1, hooks: Object.fromEntries(hooks) }));
  }

  async function hookToBylaw(): Promise<void> {
    const token = await addAgent(site, COPILOT.id, "coders");
    type Hooks = { readonly hooks: { readonly socket: string; readonly key: string } };
    const { hooks } = await administer<Hooks>(site, "GET", "/status");
    const path = join(site.folder, "connection");
    const known = { name: COPILOT.id, client: "copilot-cli", bylaw: "bylaw", data: site.data };
    writeFileSync(path, JSON.stringify({ ...known, ...hooks, token }), { mode: 0o600 });
    hook((event) => `/usr/bin/env -i ${process.execPath} ${PROGRAM} ${path} ${event}`);
  }

  async function act(...turns: readonly Turn[]): Promise<readonly string[]> {
    model.script(turns);
    const ran = await COPILOT.run(desk, model);
    if (model.results.length < turns.length) throw new Error(`${ran.stdout} ${ran.stderr}`);
    return model.results;
  }

  it.skipIf(!there)("does what is allowed, and nothing else (needs the client)", async () => {
    await hookToBylaw();
    const outside = join(site.data, "outside.txt");
    const [, refused, held] = await act(
      made("ok.txt"),
      COPILOT.shell(`echo no > ${outside}`),
      COPILOT.shell("echo no > AGENTS.md"),
    );
    expect(existsSync(join(desk.work, "ok.txt"))).toBe(true);
    expect(refused).toContain("was refused and was not done. Bylaw: base-self-protect");
    expect(existsSync(outside)).toBe(false);
    expect(held).toContain("waits for a person and was not done");
    expect(existsSync(join(desk.work, "AGENTS.md"))).toBe(false);
  });

  it.skipIf(!there)("does nothing once the gateway is gone (needs the client)", async () => {
    await hookToBylaw();
    model.script([made("early.txt"), made("late.txt")], async (at) => {
      if (at === 1) await gateway.kill();
    });
    await COPILOT.run(desk, model);
    expect(existsSync(join(desk.work, "early.txt"))).toBe(true);
    expect(model.results.length).toBe(2);
    expect(existsSync(join(desk.work, "late.txt"))).toBe(false);
  });

  // What docs/clients.md says of it: red when a new version does otherwise.
  it.skipIf(!there).each<[string, string, boolean]>([
    ["fails", "exit 1", false],
    ["refuses without words", "exit 2", false],
    ["cannot be started", "/nowhere/hook", false],
    ["says nothing", "exit 0", true],
    ["says half an answer", "echo '{\"perm'", true],
    ["takes too long", "sleep 30", true],
  ])("goes on or not when its hook %s (needs the client)", async (_what, line, goesOn) => {
    hook((event) => (event === "preToolUse" ? line : "echo '{}'"), SHORT_S);
    await act(made("made.txt"));
    expect(existsSync(join(desk.work, "made.txt"))).toBe(goesOn);
  });
});
