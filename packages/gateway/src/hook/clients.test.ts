import { readFileSync } from "node:fs";
import { type JsonObject, parseStrict } from "@bylaw/core";
import { describe, expect, it } from "vitest";
import { CLIENT_IDS, type HookEvent, type Ruling } from "./client.ts";
import { CLIENTS } from "./clients/index.ts";

interface Told {
  readonly event: string | null;
  readonly payload: JsonObject;
}

function told(id: string): readonly Told[] {
  const text = readFileSync(new URL(`testdata/${id}.json`, import.meta.url), "utf8");
  const parsed = parseStrict(text);
  return parsed.ok ? (parsed.value as unknown as readonly Told[]) : expect.fail(parsed.error.code);
}

const REFUSAL = { kind: "refuse", words: "no, because of `rule`" } as const;

describe.each(CLIENT_IDS)("hooks of %s", (id) => {
  const client = CLIENTS[id];

  it("are read and answered as recorded (accept a change with `npm run unit -- -u`)", async () => {
    const read = told(id).map(({ event, payload }) => {
      const decoded = client.decode(payload, event);
      const ask = (ruling: Ruling) => (decoded === null ? null : client.encode(decoded, ruling));
      return JSON.stringify({ decoded, pass: ask({ kind: "pass" }), refuse: ask(REFUSAL) });
    });
    await expect(`${read.join("\n")}\n`).toMatchFileSnapshot(`testdata/${id}.golden.jsonl`);
  });

  it("have a call, its result and a person's words among what is recorded", () => {
    const kinds = new Set(
      told(id).map(({ event, payload }) => client.decode(payload, event)?.kind),
    );
    expect(kinds).toContain("call");
    expect(kinds).toContain("result");
    expect(kinds).toContain("prompt");
    expect(kinds).toContain(undefined); // what nobody knows
  });

  it("lead from the result back to its call", () => {
    const events = told(id).map(({ event, payload }) => client.decode(payload, event));
    const calls = events.flatMap((one) => (one?.kind === "call" ? [one.call] : []));
    const [result] = events.flatMap((one) => (one?.kind === "result" ? [one] : []));
    expect(calls.map(({ run, key }) => ({ run, key }))).toContainEqual({
      run: result?.run,
      key: result?.key,
    });
  });

  it("are refused in words that the client shows to its model", () => {
    const calls = told(id).flatMap(({ event, payload }): readonly HookEvent[] => {
      const decoded = client.decode(payload, event);
      return decoded?.kind === "call" ? [decoded] : [];
    });
    for (const call of calls) {
      const { exit, stdout, stderr } = client.encode(call, REFUSAL);
      // A refusal with a JSON answer must not also fail: some clients run the call then.
      expect(exit === 0 ? stdout : stderr).toContain("because of `rule`");
      expect(exit === 0 ? stderr : stdout).toBe("");
    }
  });

  it.each([{}, { session_id: 1 }, { hook_event_name: "PreToolUse" }, { session_id: "s" }])(
    "are not understood when they are %j",
    (payload) => {
      expect(client.decode(payload as JsonObject, null)).toBeNull();
    },
  );
});

describe("what is the same in every client", () => {
  const claude = CLIENTS["claude-code"];
  const call = (tool: string, input: JsonObject): HookEvent | null =>
    claude.decode(
      {
        session_id: "s",
        hook_event_name: "PreToolUse",
        tool_name: tool,
        tool_input: input,
        cwd: "/w",
      },
      null,
    );

  it("does not take a model's words about its command for a part of it", () => {
    const one = call("Bash", { command: "ls", description: "harmless" });
    const other = call("Bash", { command: "ls", description: "approved by the boss" });
    const argumentsOf = (event: HookEvent | null): unknown =>
      event?.kind === "call" ? event.call.arguments : null;
    expect(argumentsOf(one)).toEqual({ command: "ls" });
    expect(argumentsOf(other)).toEqual(argumentsOf(one));
  });

  it("keeps tools of MCP servers apart from the client's own", () => {
    expect(call("mcp__a__b", {})).toMatchObject({ call: { server: "a", tool: "b", cwd: null } });
  });

  it.each(["mcp__a__b__c", "mcp__", "mcp__a", "mcp____b", "mcp__a___b"])(
    "takes %s, whose server nobody can tell, for no server's",
    (name) => {
      expect(call(name, {})).toMatchObject({ call: { server: null, tool: name } });
    },
  );

  it("takes the server's name from the client where that says it", () => {
    const payload = {
      session_id: "s",
      hook_event_name: "PreToolUse",
      tool_name: "mcp__a__b__c",
      tool_input: {},
      mcp_server: { name: "a__b" },
    };
    expect(claude.decode(payload, null)).toMatchObject({ call: { server: "a__b", tool: "c" } });
  });
});
