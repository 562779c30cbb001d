import { spawnSync } from "node:child_process";
import type { JsonObject } from "@bylaw/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connecting, WORDS } from "../../testdata/connecting.ts";
import { claudeCode } from "./claude-code.ts";
import type { Client, ConfigFile, ConnectContext } from "./client.ts";
import { codex } from "./codex.ts";
import { hookCommand } from "./connection.ts";
import { copilotCli } from "./copilot-cli.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";
import { addHooks, commandLine, HOOK_PROGRAM, refusingLine, removeHooks } from "./hooks.ts";
import { plain, readJsonc } from "./jsonc.ts";

const HOOKED: readonly Client[] = [claudeCode, codex, gemini, copilotCli, cursor];
const NAMED = HOOKED.map((client) => [client.id, client] as const);

function context(client: Client, scope: ConfigFile["scope"] = "user"): ConnectContext {
  return connecting(client.files("/home/ada", "/p").find((one) => one.scope === scope)).context;
}

function connected(client: Client, text: string | null, scope?: ConfigFile["scope"]): string {
  const edit = client.connect(text, context(client, scope));
  if (!edit.ok) throw new Error(edit.error.message);
  return edit.value.text;
}

function read(text: string): JsonObject {
  const node = readJsonc(text);
  return node.ok ? (plain(node.value) as JsonObject) : expect.fail(node.error.message);
}

const THERE = `{
  // my own
  "model": "m",
  "hooks": {
    "PreToolUse": [
      { "matcher": "Bash", "hooks": [{ "type": "command", "command": "mine" }] } // stays
    ],
    "preToolUse": [{ "command": "mine", "bash": "mine" }],
    "BeforeTool": [],
    "Notification": [{ "hooks": [] }],
  },
  "last": true
}
`;

describe.each(NAMED)("connecting %s", (_id, client) => {
  it("makes a file where there is none, and an empty one stays valid", () => {
    for (const text of [null, "", "{}", "\n{ }\n"]) {
      const hooks = read(connected(client, text))["hooks"] as JsonObject;
      expect(JSON.stringify(hooks)).toContain(HOOK_PROGRAM);
    }
  });

  it("keeps everything that was there, comments and other hooks included", () => {
    const text = connected(client, THERE);
    for (const kept of ["// my own", "// stays", '"command": "mine"', '"last": true'])
      expect(text).toContain(kept);
    expect(read(text)["hooks"]).toMatchObject({ Notification: [{ hooks: [] }] });
  });

  it("changes nothing the second time", () => {
    for (const text of [null, "{}", THERE]) {
      const once = connected(client, text);
      expect(connected(client, once)).toBe(once);
    }
  });

  it("replaces its own entries when its command is another one", () => {
    const before = connected(client, THERE);
    const words = ["/other/node", ...WORDS.slice(3)] as const;
    const moved: ConnectContext = { ...context(client), hook: { words, timeoutS: 5 } };
    const edit = client.connect(before, moved);
    const text = edit.ok ? edit.value.text : expect.fail("not connected");
    expect(text).not.toContain("/usr/bin/env");
    expect(text.split(HOOK_PROGRAM).length).toBe(before.split(HOOK_PROGRAM).length);
    expect(text).toContain('"command": "mine"');
  });

  it("can be undone in a file that was changed since", () => {
    const text = connected(client, THERE).replace('"last": true', '"last": false');
    const undone = client.disconnect(text, THERE, connected(client, THERE)) ?? "";
    expect(undone).not.toContain(HOOK_PROGRAM);
    expect(read(undone)).toMatchObject({ model: "m", last: false });
    expect(read(undone)["hooks"]).toMatchObject({
      PreToolUse: [{ matcher: "Bash" }],
      Notification: [{ hooks: [] }],
    });
  });

  it.each([
    "{",
    "[]",
    '"x"',
    '{"hooks":[]}',
    '{"hooks":{"PreToolUse":1,"BeforeTool":1,"preToolUse":1}}',
    "{]",
  ])("names %j instead of changing it", (text) => {
    const edit = client.connect(text, context(client));
    expect(edit.ok ? null : edit.error.code).toBe("connect.syntax");
    expect(edit.ok ? "" : edit.error.message).toContain("nothing was changed");
  });

  it("asks at the event before a call, with all that this client needs to refuse", () => {
    const hooks = read(connected(client, null))["hooks"] as Record<string, JsonObject[]>;
    const [group] = hooks["PreToolUse"] ?? hooks["BeforeTool"] ?? hooks["preToolUse"] ?? [];
    const [handler = group] = (group?.["hooks"] ?? []) as unknown as JsonObject[];
    // No matcher is every tool, in clients whose entries are handlers.
    if (handler === group) expect(group).not.toHaveProperty("matcher");
    else expect(group?.["matcher"]).toMatch(/^(\*|\.\*)$/);
    expect(handler).toMatchObject(
      {
        "claude-code": { command: "/usr/bin/env", timeout: 60, onFailure: "block" },
        codex: { command: refusingLine(WORDS), timeout: 60 },
        gemini: { command: refusingLine(WORDS), timeout: 60_000 },
        "copilot-cli": {
          bash: refusingLine([...WORDS, "preToolUse"], "denial"),
          timeoutSec: 60,
        },
        cursor: { command: commandLine(WORDS), timeout: 60, failClosed: true },
      }[client.id] ?? expect.fail(client.id),
    );
  });
});

describe.each([copilotCli, cursor])("the version of a hook file of $id", (client) => {
  it("is said", () => {
    for (const text of [null, "{}", '{ "hooks": {} }', '{ "version": 1 }'])
      expect(read(connected(client, text))["version"]).toBe(1);
  });

  it.each(["2", '"1"', "null"])("is not made another one where it is %s", (version) => {
    const edit = client.connect(`{ "version": ${version}, "hooks": {} }`, context(client));
    expect(edit.ok ? null : edit.error.code).toBe("connect.version");
    expect(edit.ok ? "" : edit.error.message).toContain("nothing was changed");
  });
});

describe("hooks in a settings file", () => {
  const groups = {
    PreToolUse: { hooks: [{ command: HOOK_PROGRAM }] },
    Stop: { hooks: [{ command: HOOK_PROGRAM }] },
  };
  const add = (text: string): string => {
    const edit = addHooks(text, "f", groups);
    return edit.ok ? edit.value.text : expect.fail(edit.error.message);
  };
  const entry = fc.record({ matcher: fc.string(), hooks: fc.constant([{ command: "mine" }]) });
  const settings = fc.record(
    {
      model: fc.string(),
      hooks: fc.dictionary(
        fc.constantFrom("PreToolUse", "PostToolUse", "Stop", "Notification"),
        fc.array(entry, { minLength: 1, maxLength: 3 }),
        { minKeys: 1 },
      ),
      permissions: fc.jsonValue(),
    },
    { requiredKeys: ["hooks"] },
  );

  it("come and go without a trace, in any file", () => {
    fc.assert(
      fc.property(settings, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const there = add(text);
        expect(JSON.stringify(read(there)["hooks"])).toContain(HOOK_PROGRAM);
        expect(add(there)).toBe(there);
        const gone = removeHooks(there) ?? "";
        expect(JSON.parse(JSON.stringify(read(gone)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe("managed hooks", () => {
  it("of Claude Code are the only ones that count", () => {
    expect(read(connected(claudeCode, "{}", "managed"))["allowManagedHooksOnly"]).toBe(true);
  });

  it("of Codex are put around what the file says", () => {
    const text = connected(codex, 'model = "x"\n', "managed");
    expect(text.startsWith("allow_managed_hooks_only = true\n")).toBe(true);
    expect(text).toContain('model = "x"\n');
    expect(text).toContain("[[hooks.PreToolUse]]\n");
    expect(connected(codex, text, "managed")).toBe(text);
  });

  it.each(["allow_managed_hooks_only = false\n", "[features]\n", "[[hooks.Stop]]\n"])(
    "of Codex are left to a person where the file says %j",
    (text) => {
      const edit = codex.connect(text, context(codex, "managed"));
      expect(edit.ok ? null : edit.error.code).toBe("connect.managed");
    },
  );
});

describe("the line for clients that go on when a hook fails", () => {
  const start = (script: string) => {
    const line = refusingLine(["/usr/bin/env", "-i", "/bin/sh", "-c", script]);
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    return { status, stdout, stderr };
  };

  it("says what the program says when that has decided", () => {
    expect(start("echo '{}'")).toEqual({ status: 0, stdout: "{}\n", stderr: "" });
    expect(start("echo no >&2; exit 2")).toEqual({ status: 2, stdout: "", stderr: "no\n" });
  });

  it.each(["exit 1", "kill -9 $$", "exec /nowhere/node", "exit 127"])(
    "refuses with words after %j",
    (script) => {
      const { status, stderr } = start(script);
      expect(status).toBe(2);
      expect(stderr).toContain("so this was refused");
    },
  );
});

describe("the line for a client that shows nobody the words of a refusal", () => {
  it.each(["exit 1", "kill -9 $$", "exec /nowhere/node"])("answers after %j", (script) => {
    const line = refusingLine(["/usr/bin/env", "-i", "/bin/sh", "-c", script], "denial");
    const { status, stdout } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      permissionDecision: "deny",
      permissionDecisionReason: expect.stringContaining("so this was refused"),
    });
  });
});

describe("what clients start", () => {
  it("names nothing that an upgrade changes: Codex would want to be asked for its trust again", () => {
    const [env, empty, node, ...rest] = hookCommand("/data", "codex").words;
    expect([env, empty, node]).toEqual(["/usr/bin/env", "-i", process.execPath]);
    expect(rest).toEqual([`/data/connect/${HOOK_PROGRAM}`, "/data/connect/codex.connection"]);
  });
});

describe("command lines", () => {
  it.each([
    [["/usr/bin/node", "/a b/c.cjs"], "/usr/bin/node '/a b/c.cjs'"],
    [["node", "it's"], "node 'it'\\''s'"],
    [["node", "$(x)", ""], "node '$(x)' ''"],
  ])("%j", (words, line) => {
    expect(commandLine(words)).toBe(line);
  });
});
