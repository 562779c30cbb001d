import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultConfig } from "@bylaw/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claudeCode } from "./claude-code.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";
import { HOOK_PROGRAM } from "./hooks.ts";
import { type Plan, planConnect } from "./plan.ts";

const SETTINGS: readonly (readonly [string, Client, string])[] = [
  ["claude-code", claudeCode, ".claude/settings.json"],
  ["codex", codex, ".codex/hooks.json"],
  ["gemini", gemini, ".gemini/settings.json"],
  ["copilot-cli", copilotCli, ".copilot/hooks/bylaw.json"],
  ["cursor", cursor, ".cursor/hooks.json"],
];
/** Those that take no hook of a file that is more than JSON, or of which nobody knows. */
const PLAIN: readonly Client[] = [copilotCli, cursor];

let home: string;
let data: string;

beforeEach(() => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-odd-")));
  [home, data] = [join(root, "home"), join(root, "data")];
  for (const folder of [home, data]) mkdirSync(folder);
});
afterEach(() => rmSync(dirname(home), { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function plan(
  client: Client,
  files: ReturnType<Client["files"]> = client
    .files(home, join(home, "project"))
    .filter(({ scope }) => scope === "user"),
): ReturnType<typeof planConnect> {
  const surroundings = {
    home,
    folder: join(home, "project"),
    bylaw: ["/usr/bin/node", "/opt/bylaw/bin/bylaw.js"],
    data: [],
    tokenFile: join(data, "connect", "x.token"),
    environment: () => null,
    hook: { words: ["/usr/bin/node", `/d/connect/${HOOK_PROGRAM}`], timeoutS: 60 },
  } as const;
  return planConnect(client, files, surroundings, defaultConfig(home), data);
}

function planned(client: Client): Plan {
  const result = plan(client);
  return result.ok ? result.value : expect.fail(result.error.message);
}

describe.each(SETTINGS)("an odd home of %s", (_id, client, name) => {
  it("is not read through a link that is replaced: the file behind it is what changes", () => {
    const real = put("dotfiles/settings.json", "{}\n");
    mkdirSync(dirname(join(home, name)), { recursive: true });
    symlinkSync(real, join(home, name));
    expect(planned(client).files.map(({ path }) => path)).toEqual([real]);
  });

  it.each<[string, string, "plain"?]>([
    ["a byte order mark", '\ufeff{ "mine": 1 }\n'],
    ["trailing commas", '{ "mine": [1,] }\n'],
    ["comments", '// top\n{\n  /* in */ "mine": 1, // end\n}\n// last\n'],
    ["lines of Windows", '{\r\n  "mine": 1\r\n}\r\n', "plain"],
    ["nothing in it", "\n\n", "plain"],
    ["a last line without an end", '{ "mine": 1 }', "plain"],
  ])("with %s keeps it, and comes back byte for byte", (_what, text, plain) => {
    const path = put(name, text);
    if (plain === undefined && PLAIN.includes(client)) {
      const result = plan(client);
      expect(result.ok ? "it was planned" : result.error.code).toBe("connect.muted");
      expect(result.ok ? "" : result.error.message).toContain(path);
      expect(readFileSync(path, "utf8")).toBe(text);
      return;
    }
    const [file] = planned(client).files;
    const { backup, edit } = file ?? expect.fail("nothing is planned");
    expect(edit.text).toContain(HOOK_PROGRAM);
    for (const kept of ["\ufeff", "\r\n", "// top", "/* in */", "// end", "// last"])
      if (text.includes(kept)) expect(edit.text).toContain(kept);
    expect(Buffer.from(backup.before ?? "", "base64").toString()).toBe(text);
  });

  it.each<[string, string | Uint8Array]>([
    ["half of a file", '{ "mine": '],
    ["another form", '["mine"]'],
    ["hooks of another form", '{ "hooks": "mine" }'],
    ["bytes that are no text", Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
    ["more than anybody writes", `{ "mine": "${"x".repeat(5 * 1_048_576)}" }`],
    ["a nest without an end", `{ "mine": ${"[".repeat(10_000)}`],
  ])("with %s is named, and nothing is written", (_what, content) => {
    const path = put(name, content);
    const result = plan(client);
    expect(result.ok ? "it was planned" : result.error.message).toContain(path);
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
  });
});

describe("a file that was not there", () => {
  it.each([
    ["user", 0o600],
    ["managed", 0o644],
  ] as const)("of scope %s can be read by whom it is for", (scope, mode) => {
    const made = plan(claudeCode, [{ path: join(home, "new.json"), scope, create: true }]);
    expect(made.ok && made.value.files.map((file) => file.mode)).toEqual([mode]);
    expect(made.ok && made.value.files.map(({ backup }) => backup.mode)).toEqual([null]);
  });
});

describe("a client that was told to run no hooks", () => {
  it.each<[Client, string, string]>([
    [claudeCode, ".claude/settings.json", '{ "disableAllHooks": true }\n'],
    [codex, ".codex/config.toml", "[features]\nhooks = false\n"],
    [codex, ".codex/hooks.json", '{ "hooks": { "Stop": [{ "hooks": [{ "type": "http" }] }] } }\n'],
    [gemini, ".gemini/settings.json", '{ "hooksConfig": { "enabled": false } }\n'],
    [copilotCli, ".copilot/hooks/bylaw.json", '{ "version": 1, "disableAllHooks": true }\n'],
  ])("is not connected: the file is named (%#)", (client, name, text) => {
    const path = put(name, text);
    const result = plan(client);
    expect(result.ok ? "it was planned" : result.error.code).toBe("connect.muted");
    expect(result.ok ? "" : result.error.message).toContain(path);
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});

describe("servers that a client with hooks starts itself", () => {
  const SERVERS = '{\n  "mcpServers": { "notes": { "command": "node", "args": ["n.js"] } }\n}\n';

  it("go through Bylaw too, from the list of Claude Code", () => {
    const path = put(".claude.json", SERVERS);
    const { files, upstreams } = planned(claudeCode);
    expect([...upstreams.keys()]).toEqual(["notes"]);
    const list = files.find((file) => file.path === path) ?? expect.fail("it is not planned");
    expect(list.edit.text).toContain('"mcp"');
    expect(list.edit.text).not.toContain("n.js");
    expect(list.edit.text).not.toContain(HOOK_PROGRAM);
    expect(claudeCode.disconnect(list.edit.text, SERVERS, list.edit.text)).toBe(SERVERS);
  });

  it("go through Bylaw too, those that Claude Code keeps for single folders", () => {
    const text = `{
  "projects": {
    "/p/one": { "mcpServers": { "notes": { "command": "node", "args": ["one.js"] } } },
    "/p/two": { "mcpServers": { "notes": { "command": "node", "args": ["two.js"] } }, "own": 1 },
    "/p/none": { "own": 2 },
    "odd": { "mcpServers": { "notes": { "command": "node", "args": ["odd.js"] } } }
  }
}
`;
    const path = put(".claude.json", text);
    const { files, upstreams } = planned(claudeCode);
    expect([...upstreams]).toEqual([
      ["notes", { command: ["node", "one.js"], env: {}, cwd: "/p/one" }],
      ["notes-2", { command: ["node", "two.js"], env: {}, cwd: "/p/two" }],
    ]);
    const list = files.find((file) => file.path === path) ?? expect.fail("it is not planned");
    expect(list.edit.notes).toContain("/p/two, notes: becomes upstream `notes-2` of bylaw.yaml");
    for (const kept of ['"own": 1', '"own": 2', "odd.js"]) expect(list.edit.text).toContain(kept);
    for (const gone of ["one.js", "two.js"]) expect(list.edit.text).not.toContain(gone);
    const changed = list.edit.text.replace('"own": 1', '"own": 3');
    expect(claudeCode.disconnect(changed, text, list.edit.text)).toBe(
      text.replace('"own": 1', '"own": 3'),
    );
  });

  it("go through Bylaw too, from the configuration of Codex", () => {
    const text = '[mcp_servers.notes]\ncommand = "node"\nargs = ["n.js"]\n';
    const path = put(".codex/config.toml", text);
    const { files, upstreams } = planned(codex);
    expect([...upstreams.keys()]).toEqual(["notes"]);
    const list = files.find((file) => file.path === path) ?? expect.fail("it is not planned");
    expect(list.edit.text).toContain('"--upstream", "notes"');
    expect(list.edit.text).not.toContain("n.js");
    expect(codex.disconnect(list.edit.text, text, list.edit.text)).toBe(text);
  });

  it("stay where Codex's configuration is broken: it is named, and nothing is written", () => {
    const text = '[mcp_servers.notes]\ncommand = node"\n';
    const path = put(".codex/config.toml", text);
    const result = plan(codex);
    expect(result.ok ? "it was planned" : result.error.message).toBe(
      `${path}:2:15: expected the end of the line; nothing was changed`,
    );
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("go through Bylaw too, from the settings of Gemini CLI", () => {
    put(".gemini/settings.json", SERVERS);
    const { files, upstreams } = planned(gemini);
    expect([...upstreams.keys()]).toEqual(["notes"]);
    const text = files[0]?.edit.text ?? "";
    expect(text).toContain(HOOK_PROGRAM);
    expect(text).not.toContain("n.js");
    const own = text.replace("{", '{ "own": 1,');
    const back = gemini.disconnect(own, SERVERS, text) ?? expect.fail("it cannot be told apart");
    expect(back).toContain('"own": 1');
    expect(back).toContain("n.js");
    expect(back).not.toContain(HOOK_PROGRAM);
  });

  it.each([
    [copilotCli, ".copilot/mcp-config.json"],
    [cursor, ".cursor/mcp.json"],
  ])("go through Bylaw too, beside the hooks of $id", (client, name) => {
    const path = put(name, SERVERS);
    const { files, upstreams } = planned(client);
    expect([...upstreams.keys()]).toEqual(["notes"]);
    expect(files.map(({ edit }) => edit.text.includes(HOOK_PROGRAM))).toEqual([true, false]);
    const list = files.find((file) => file.path === path) ?? expect.fail("it is not planned");
    expect(list.edit.text).not.toContain("n.js");
    expect(client.disconnect(list.edit.text, SERVERS, list.edit.text)).toBe(SERVERS);
  });

  it("stay where a list has none", () => {
    const path = put(".claude.json", '{ "userID": "x" }\n');
    const list = planned(claudeCode).files.find((file) => file.path === path);
    expect(list?.edit.text).toBe('{ "userID": "x" }\n');
  });
});
