import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, run } from "../harness/bylaw.ts";
import { recorded } from "../harness/recorder.ts";
import { upstream } from "../harness/site.ts";
import { COPILOT, type Desk } from "./harness/agents.ts";
import { openOffice, PERSON, withHome } from "./harness/desk.ts";
import type { MockModel, Turn } from "./harness/mock-model.ts";

/** Seconds that the client waits for a hook in the trap in which it does not get an answer. */
const SHORT_S = 2;

/** Below a folder for the home and the work of one run. */
const HOOKS = "home/.copilot/hooks/bylaw.json";

const there = existsSync(COPILOT.program);
const made = (name: string): Turn => COPILOT.shell(`echo made > ${name}`);

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A file with one hook before each call. */
function hooked(bash: string, more: object = {}): string {
  const handler = { type: "command", bash, timeoutSec: SHORT_S };
  return JSON.stringify({ version: 1, ...more, hooks: { preToolUse: [handler] } });
}

describe("copilot-cli's MCP tools, whose server its hooks do not name", () => {
  it.skipIf(!there)(
    "are asked about as tools that nobody knows, and again by the MCP gateway (needs the client)",
    async () => {
      const office = await openOffice(COPILOT, "200ms");
      try {
        const { site, home } = office;
        const list = join(home, ".copilot", "mcp-config.json");
        const args = [upstream("recorder"), "calls.jsonl"];
        const started = { type: "local", command: process.execPath, args, cwd: site.folder };
        put(list, JSON.stringify({ mcpServers: { recorder: { ...started, tools: ["*"] } } }));
        const words = ["connect", COPILOT.id, "--yes", "--data", site.data];
        expect((await run(withHome(site, home), ...words)).code).toBe(0);
        expect(readFileSync(list, "utf8")).toContain('"--upstream", "recorder"');
        const calls = ["peek", "forbidden"].map((tool) =>
          COPILOT.mcp("recorder", tool, { key: "seen" }),
        );
        const held = await office.act(...calls);
        for (const text of held) {
          const id = /approvals approve (apr_[0-9a-f]+)/.exec(text)?.[1] ?? expect.fail(text);
          await ask(site, "approvals", "approve", id, "--as", PERSON);
        }
        expect(recorded(site)).toEqual([]);
        const [, refused] = await office.act(...calls);
        expect(refused).toContain("was refused and not done");
        expect(recorded(site)).toEqual([{ tool: "peek", key: "seen" }]);
      } finally {
        await office.close();
      }
    },
  );
});

/**
 * What the client makes of hooks without Bylaw: red when a new version does otherwise; then docs/clients.md
 * and the hook have to be looked at.
 */
describe("copilot-cli without Bylaw", () => {
  let root: string;
  let desk: Desk;
  let model: MockModel;

  beforeEach(async () => {
    if (!there) return;
    root = mkdtempSync(join(tmpdir(), "bylaw-traps-"));
    desk = { home: join(root, "home"), work: join(root, "work") };
    for (const folder of Object.values(desk)) mkdirSync(folder);
    model = await COPILOT.model();
    COPILOT.prepare(desk, model);
  });

  afterEach(async () => {
    if (!there) return;
    await model.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Whether a call was made. In: files by their place. */
  async function goesOn(files: Readonly<Record<string, string>>): Promise<boolean> {
    for (const [name, text] of Object.entries(files)) put(join(root, name), text);
    model.script([made("made.txt")]);
    const ran = await COPILOT.run(desk, model);
    if (model.results.length === 0) throw new Error(`${ran.stdout} ${ran.stderr}`);
    return existsSync(join(desk.work, "made.txt"));
  }

  const trusted = (): string => JSON.stringify({ trusted_folders: [desk.work] });

  it.skipIf(!there).each<[string, string, boolean]>([
    ["fails", "exit 1", false],
    ["refuses without words", "exit 2", false],
    ["cannot be started", "/nowhere/hook", false],
    ["says nothing", "exit 0", true],
    ["says half an answer", "echo '{\"perm'", true],
    ["takes too long", "sleep 30", true],
  ])("goes on or not when its hook %s (needs the client)", async (_what, line, expected) => {
    expect(await goesOn({ [HOOKS]: hooked(line) })).toBe(expected);
  });

  it.skipIf(!there)(
    "shows its model an answer, and no other words (needs the client)",
    async () => {
      await goesOn({ [HOOKS]: hooked("echo mine >&2; exit 2") });
      expect(model.results[0]).not.toContain("mine");
      const denial = '{"permissionDecision":"deny","permissionDecisionReason":"mine"}';
      await goesOn({ [HOOKS]: hooked(`echo '${denial}'; exit 2`) });
      expect(model.results[0]).toContain("mine");
    },
  );

  it.skipIf(!there).each<[string, string, boolean]>([
    ["a comment", `// mine\n${hooked("exit 2")}`, true],
    ["a trailing comma", hooked("exit 2").replace(/}$/, ",}"), true],
    ["a byte order mark", `\ufeff${hooked("exit 2")}`, true],
    ["another version", hooked("exit 2", { version: 2 }), true],
    ["`disableAllHooks`", hooked("exit 2", { disableAllHooks: true }), true],
  ])("takes or leaves the hooks of a file with %s (needs the client)", async (_what, text, on) => {
    expect(await goesOn({ [HOOKS]: text })).toBe(on);
  });

  it.skipIf(!there).each<[string, boolean]>([
    ["home/.copilot/settings.json", false],
    ["work/.github/copilot/settings.json", true],
    ["work/.github/copilot/settings.local.json", true],
    ["work/.claude/settings.json", true],
    ["work/.claude/settings.local.json", true],
  ])("is switched off or not in %s of a trusted folder (needs the client)", async (name, off) => {
    const files = { [HOOKS]: hooked("exit 2"), [name]: '{ "disableAllHooks": true }' };
    expect(await goesOn(files)).toBe(false); // nobody trusts the folder
    expect(await goesOn({ ...files, "home/.copilot/config.json": trusted() })).toBe(off);
  });

  it.skipIf(!there)("skips a project's hooks until it is trusted (needs the client)", async () => {
    const files = { "work/.github/hooks/bylaw.json": hooked("exit 2") };
    expect(await goesOn(files)).toBe(true);
    rmSync(join(desk.work, "made.txt"));
    expect(await goesOn({ ...files, "home/.copilot/config.json": trusted() })).toBe(false);
  });
});
