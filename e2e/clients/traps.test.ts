import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusingLine } from "../../packages/cli/src/connect/hooks.ts";
import {
  AGENTS,
  type CodingAgent,
  type Desk,
  type Ran,
  type RunOptions,
} from "./harness/agents.ts";
import { MESSAGES, type MockModel, startModel, type Turn } from "./harness/mock-model.ts";

/**
 * What the clients make of hooks that fail, without Bylaw: the reasons why its hook is as it is. A client
 * that changes its ways turns one of these red; then docs/clients.md and the hook have to be looked at.
 */

interface Handler {
  readonly [name: string]: unknown;
}

/** Where a client's hooks stand, and the entry that asks at the event before a call. */
interface Form {
  readonly file: string;
  readonly settings: (handlers: readonly Handler[]) => object;
  readonly handler: (command: string, seconds?: number) => Handler;
}

const before = (event: string, matcher: string) => (handlers: readonly Handler[]) => ({
  hooks: { [event]: [{ matcher, hooks: handlers }] },
});

const FORMS: Readonly<Record<string, Form>> = {
  "claude-code": {
    file: ".claude/settings.json",
    settings: before("PreToolUse", "*"),
    handler: (command, timeout = 20) => ({ type: "command", command, timeout }),
  },
  codex: {
    file: ".codex/hooks.json",
    settings: before("PreToolUse", "*"),
    handler: (command, timeout = 20) => ({ type: "command", command, timeout }),
  },
  gemini: {
    file: ".gemini/settings.json",
    settings: before("BeforeTool", ".*"),
    handler: (command, seconds = 20) => ({
      name: "trap",
      type: "command",
      command,
      timeout: seconds * 1_000,
    }),
  },
};

let desk: Desk;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), "bylaw-trap-"));
  desk = { home: join(root, "home"), work: join(root, "work") };
  for (const folder of Object.values(desk)) mkdirSync(folder);
});
afterEach(() => rmSync(dirname(desk.home), { recursive: true, force: true, maxRetries: 10 }));

function clientNamed(id: string): CodingAgent {
  return AGENTS.find((agent) => agent.id === id) ?? expect.fail(id);
}

function formOf(id: string): Form {
  return FORMS[id] ?? expect.fail(id);
}

interface Asked extends RunOptions {
  readonly turns?: readonly Turn[];
  readonly start?: () => Promise<MockModel>;
}

/** Writes the hooks and lets the client make one call, or these; out: whether it was made. */
async function runs(
  id: string,
  settings: object,
  asked: Asked = {},
): Promise<{ readonly ran: boolean; readonly shown: readonly string[]; readonly end: Ran }> {
  const agent = clientNamed(id);
  const path = join(desk.home, formOf(id).file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(settings));
  const model = await (asked.start ?? agent.model)();
  try {
    agent.prepare(desk, model);
    model.script(asked.turns ?? [agent.shell("echo x > ran.txt")]);
    const end = await agent.run(desk, model, asked);
    if (model.offered.size === 0) throw new Error(`no call was asked for: ${end.stderr}`);
    return { ran: existsSync(join(desk.work, "ran.txt")), shown: model.results, end };
  } finally {
    await model.close();
  }
}

const say = (body: object): string => `printf '%s' '${JSON.stringify(body)}'`;
const claude = (permissionDecision: string, more: object = {}): string =>
  say({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision,
      permissionDecisionReason: "because",
      ...more,
    },
  });

const there = (id: string): boolean => existsSync(clientNamed(id).program);

describe("claude-code", () => {
  const { handler, settings } = formOf("claude-code");

  /** What the hook does; whether the call is made then, and whether with `onFailure: block`. */
  const ROWS: readonly (readonly [string, Handler, boolean, boolean])[] = [
    ["fails", handler("exit 1"), true, false],
    ["takes longer than it may", handler("sleep 30", 1), true, false],
    ["is not there", handler("/nowhere/hook"), true, false],
    ["listens at an address where nobody is", address("http://127.0.0.1:9/"), true, false],
    ["says something unknown", handler(claude("maybe")), true, false],
    ["says nothing", handler("exit 0"), true, true],
    ["says half of a no", handler(`printf '{"hookSpecificOutput":{"perm'`), true, true],
    ["says no and fails", handler(`${claude("deny")}; exit 1`), false, false],
    ["says no", handler(claude("deny")), false, false],
    ["says ask, with nobody there", handler(claude("ask")), false, false],
    ["ends with 2", handler("exit 2"), false, false],
  ];

  it.skipIf(!there("claude-code")).each(ROWS)(
    "a hook that %s: what it is said to do (needs the client)",
    async (_what, entry, open, closed) => {
      expect((await runs("claude-code", settings([entry]))).ran).toBe(open);
      rmSync(join(desk.work, "ran.txt"), { force: true });
      const blocking = settings([{ ...entry, onFailure: "block" }]);
      expect((await runs("claude-code", blocking)).ran).toBe(closed);
    },
  );

  const ANSWERS: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ["403 and a no", (response) => response.writeHead(403).end(claudeBody("deny"))],
    ["500", (response) => response.writeHead(500).end()],
    [
      "a page",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>no</p>"),
    ],
  ];
  it.skipIf(!there("claude-code")).each(ANSWERS)(
    "an address that answers %s: the call is made unless failures block (needs the client)",
    async (_what, answer) => {
      const server = createServer((_request, response) => answer(response));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const entry = address(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      try {
        expect((await runs("claude-code", settings([entry]))).ran).toBe(true);
        rmSync(join(desk.work, "ran.txt"));
        const blocking = settings([{ ...entry, onFailure: "block" }]);
        expect((await runs("claude-code", blocking)).ran).toBe(false);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    },
  );

  const DEFER = settings([{ ...handler(claude("defer")), onFailure: "block" }]);
  const shell = (command: string): Turn => clientNamed("claude-code").shell(command);

  it.skipIf(!there("claude-code"))(
    "`defer` ends the run before the call (needs the client)",
    async () => {
      const { ran, end } = await runs("claude-code", DEFER);
      expect(ran).toBe(false);
      expect(JSON.parse(end.stdout)).toMatchObject({ stop_reason: "tool_deferred" });
    },
  );

  it.skipIf(!there("claude-code"))(
    "`defer` lets two calls be made that come in one answer, so Bylaw never says it (needs the client)",
    async () => {
      const turns = [shell("echo x > ran.txt"), { ...shell("true"), beside: true as const }];
      const start = () => startModel(UNSTREAMED);
      expect((await runs("claude-code", DEFER, { turns, start })).ran).toBe(true);
    },
  );

  it.skipIf(!there("claude-code"))(
    "hooks of a folder that nobody trusts are run (needs the client)",
    async () => {
      const file = join(desk.work, ".claude", "settings.json");
      mkdirSync(dirname(file));
      writeFileSync(file, JSON.stringify(settings([handler("echo x > hook.txt")])));
      await runs("claude-code", {});
      expect(existsSync(join(desk.work, "hook.txt"))).toBe(true);
    },
  );
});

/** A model whose streams break off: the client then asks for the answer in one piece. */
const UNSTREAMED: typeof MESSAGES = {
  ...MESSAGES,
  answer: (turns, at, body, response) => {
    if (body["stream"] !== true) return MESSAGES.answer(turns, at, body, response);
    response.writeHead(200, { "content-type": "text/event-stream" }).end();
  },
};

/** As `bylaw connect` writes it for clients that go on when a hook fails. */
function refusing(...program: readonly [string, ...string[]]): string {
  return refusingLine(["/usr/bin/env", "-i", ...program]);
}

function address(url: string): Handler {
  return { type: "http", url, timeout: 5 };
}

function claudeBody(permissionDecision: string): string {
  return JSON.stringify({
    hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision },
  });
}

describe("codex", () => {
  const { handler, settings } = formOf("codex");
  const rewrite = { updatedInput: { command: "echo y > rewritten.txt" } };

  const ROWS: readonly (readonly [string, readonly Handler[], boolean])[] = [
    ["fails", [handler("exit 1")], true],
    ["takes longer than it may", [handler("sleep 30", 1)], true],
    ["is not there", [handler("/nowhere/hook")], true],
    ["says nothing", [handler("exit 0")], true],
    ["says ask", [handler(claude("ask"))], true],
    ["says a bare yes", [handler(claude("allow"))], true],
    ["says no and fails", [handler(`${claude("deny")}; exit 1`)], true],
    [
      "has a companion of an unknown type",
      [handler("echo no >&2; exit 2"), address("http://[::1]:9/")],
      true,
    ],
    ["has a key that nobody knows", [{ ...handler("exit 1"), onFailure: "block" }], true],
    ["says yes to something else", [handler(claude("allow", rewrite))], false],
    ["says no", [handler(claude("deny"))], false],
    ["blocks in the old words", [handler(say({ decision: "block", reason: "r" }))], false],
    ["ends with 2, without words", [handler("exit 2")], true],
    ["ends with 2, with words", [handler("echo no >&2; exit 2")], false],
    ["fails, in Bylaw's line", [handler(refusing("/bin/sh", "-c", "exit 1"))], false],
    ["is killed, in Bylaw's line", [handler(refusing("/bin/sh", "-c", "kill -9 $$"))], false],
    ["is not there, in Bylaw's line", [handler(refusing("/nowhere/hook"))], false],
  ];

  it.skipIf(!there("codex")).each(ROWS)(
    "a hook that %s: what it is said to do (needs the client)",
    async (_what, handlers, ran) => {
      expect((await runs("codex", settings(handlers))).ran).toBe(ran);
    },
  );

  it.skipIf(!there("codex"))(
    "skips what nobody trusts without a word (needs the client)",
    async () => {
      const { ran, end } = await runs("codex", settings([handler("echo no >&2; exit 2")]), {
        untrusted: true,
      });
      expect(ran).toBe(true);
      expect(`${end.stdout}${end.stderr}`).not.toMatch(/untrusted|not trusted|\/hooks/i);
    },
  );
});

describe("gemini", () => {
  const { handler, settings } = formOf("gemini");

  const ROWS: readonly (readonly [string, Handler, boolean])[] = [
    ["fails", handler("exit 1"), true],
    ["takes longer than it may", handler("sleep 30", 1), true],
    ["is not there, which the shell says in words", handler("/nowhere/hook"), false],
    ["says something that is no JSON", handler("echo no"), true],
    ["says nothing", handler("exit 0"), true],
    ["says ask, with nobody there", handler(say({ decision: "ask" })), false],
    ["says no", handler(say({ decision: "deny", reason: "r" })), false],
    ["says block", handler(say({ decision: "block", reason: "r" })), false],
    ["ends with 2, without words", handler("exit 2"), true],
    ["ends with 2, with words", handler("echo no >&2; exit 2"), false],
    ["fails, in Bylaw's line", handler(refusing("/bin/sh", "-c", "exit 1")), false],
    ["is killed, in Bylaw's line", handler(refusing("/bin/sh", "-c", "kill -9 $$")), false],
    ["is not there, in Bylaw's line", handler(refusing("/nowhere/hook")), false],
  ];

  it.skipIf(!there("gemini")).each(ROWS)(
    "a hook that %s: what it is said to do (needs the client)",
    async (_what, entry, ran) => {
      // Where it asks and nobody is there, it waits for ever.
      expect((await runs("gemini", settings([entry]), { maxMs: 15_000 })).ran).toBe(ran);
    },
  );
});

describe("a client that is told to run no hooks", () => {
  const REFUSES = "echo no >&2; exit 2";
  const ROWS: readonly (readonly [string, object, Readonly<Record<string, string>>])[] = [
    ["claude-code", { disableAllHooks: true }, {}],
    ["codex", {}, { ".codex/config.toml": "[features]\nhooks = false\n" }],
    ["gemini", { hooksConfig: { enabled: false } }, {}],
    ["gemini", { hooksConfig: { disabled: ["trap"] } }, {}],
  ];

  const known = ROWS.filter(([id]) => there(id));
  it.skipIf(known.length === 0).each(known)(
    "runs none: %s, %j, %j (needs the client)",
    async (id, more, files) => {
      const { handler, settings } = formOf(id);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(desk.home, name)), { recursive: true });
        writeFileSync(join(desk.home, name), text);
      }
      const all = { ...settings([handler(REFUSES)]), ...more };
      expect((await runs(id, all)).ran).toBe(true);
    },
  );
});

describe.each(AGENTS.map((agent) => [agent.id, agent] as const))("%s", (id, agent) => {
  it.skipIf(!existsSync(agent.program))("shows its model why (needs the client)", async () => {
    const { handler, settings } = formOf(id);
    const words = handler("echo 'because of a bylaw' >&2; exit 2");
    const { ran, shown } = await runs(id, settings([words]));
    expect(ran).toBe(false);
    expect(shown[0]).toContain("because of a bylaw");
  });
});

it("every client has its hooks written in one of these forms", () => {
  expect(Object.keys(FORMS).sort()).toEqual(AGENTS.map(({ id }) => id).sort());
});
