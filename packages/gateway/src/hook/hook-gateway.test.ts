import { type JsonObject, type LedgerRecord, parseStrict } from "@bylaw/core";
import { describe, expect, it } from "vitest";
import { callerNamed } from "../../testdata/harness.ts";
import { createMemoryOps, type MemoryOps, type Rule } from "../../testdata/memory-ops.ts";
import { createRejects } from "../rejects.ts";
import type { HookAnswer } from "./client.ts";
import { clientNamed } from "./clients/index.ts";
import { createHookGateway, type HookGateway, type HookGatewayOptions } from "./hook-gateway.ts";

const rules: Record<string, ReturnType<Rule>> = {
  Write: "permit",
  Delete: "block",
  Ask: "hold",
  Secret: "redact",
};

interface Place {
  readonly ops: MemoryOps;
  readonly gateway: HookGateway;
  tell(payload: object, client?: string, signal?: AbortSignal): Promise<HookAnswer>;
}

function place(more: Partial<HookGatewayOptions> = {}, holdMs = 5_000): Place {
  const ops = createMemoryOps({ rule: (_operation, tool) => rules[tool ?? ""] ?? "block", holdMs });
  let actions = 0;
  const gateway = createHookGateway({
    ops,
    newId: () => `act_${(actions += 1)}`,
    reject: createRejects(ops, {
      gateway: "hook",
      strangersPerSecond: 10,
      newId: () => "rejected",
      unrecorded: () => undefined,
    }),
    prompted: () => true,
    redactor: {
      knows: (name) => name === "secrets",
      redact: (value) =>
        parsed(JSON.stringify(value).replaceAll("hunter2", "[redacted]")) as JsonObject,
    },
    resultDigest: (bytes) => `hmac-sha256:${bytes.length}`,
    instructions: { unaccepted: () => [], accept: () => undefined },
    ...more,
  });
  return {
    ops,
    gateway,
    tell: (payload, client = "claude-code", signal = new AbortController().signal) =>
      raw(gateway, Buffer.from(JSON.stringify(payload)), client, signal),
  };
}

function parsed(text: string): unknown {
  const read = parseStrict(text);
  return read.ok ? read.value : expect.fail(read.error.code);
}

function raw(
  gateway: HookGateway,
  payload: Uint8Array,
  name = "claude-code",
  signal = new AbortController().signal,
): Promise<HookAnswer> {
  const client = clientNamed(name) ?? expect.fail("no such client");
  return gateway.answer(callerNamed("coder"), { client, event: null, payload }, signal);
}

const base = { session_id: "s", cwd: "/w" };
const before = (tool: string, id = "t1", input: object = { a: 1 }): object => ({
  ...base,
  hook_event_name: "PreToolUse",
  tool_name: tool,
  tool_input: input,
  tool_use_id: id,
});
const after = (tool: string, output: unknown = "fine", id = "t1"): object => ({
  ...base,
  hook_event_name: "PostToolUse",
  tool_name: tool,
  tool_input: { a: 1 },
  tool_use_id: id,
  tool_response: output,
});
const event = (name: string): object => ({ ...base, hook_event_name: name, prompt: "go on" });

const PASS: HookAnswer = { exit: 0, stdout: "{}\n", stderr: "" };

function reasonOf({ stdout }: HookAnswer): string {
  const said = JSON.parse(stdout) as {
    readonly hookSpecificOutput: Readonly<Record<string, string>>;
  };
  expect(said.hookSpecificOutput["permissionDecision"]).toBe("deny");
  return said.hookSpecificOutput["permissionDecisionReason"] ?? "";
}

const kinds = (records: readonly LedgerRecord[]): readonly string[] =>
  records.map(({ kind }) => kind);
const outcomes = ({ ops }: Place): readonly LedgerRecord[] =>
  ops.records.filter(({ kind }) => kind === "outcome");

describe("a folder whose instructions have changed", () => {
  const changed = { path: "/w/AGENTS.md", digest: "sha256:1", hidden: [] };
  const memory = () => {
    const accepted: unknown[] = [];
    const unaccepted = () => (accepted.length === 0 ? [changed] : []);
    return { accepted, unaccepted, accept: (one: unknown) => void accepted.push(one) };
  };

  it("lets nothing be done in it until the change is decided", async () => {
    const here = place({ instructions: memory() });
    const reason = reasonOf(await here.tell(before("Write")));
    expect(reason).toContain("`instructions_changed` was refused and was not done");
    expect(kinds(here.ops.records)).toEqual(["refusal"]);
  });

  it("is worked in once a person has accepted it", async () => {
    const instructions = memory();
    const here = place({ instructions });
    rules["instructions_changed"] = "hold";
    try {
      const asked = here.tell(before("Write"));
      here.ops.answer(await here.ops.held(), "approved");
      expect(await asked).toEqual(PASS);
      expect(instructions.accepted).toEqual([changed]);
    } finally {
      delete rules["instructions_changed"];
    }
  });

  it("lets nothing be done when nobody knows what was accepted", async () => {
    const here = place({
      instructions: { ...memory(), unaccepted: () => expect.fail("unreadable") },
    });
    expect(reasonOf(await here.tell(before("Write")))).toContain("hook.instructions");
  });

  it("is not decided about by a tool that calls itself so", async () => {
    const here = place();
    expect((await here.tell(before("instructions_changed"))).exit).toBe(2);
  });
});

describe("a call of which a person has made another one", () => {
  it("is refused: the client would carry out its own", async () => {
    const ops = createMemoryOps({ rule: (_operation, tool) => rules[tool ?? ""] ?? "block" });
    const edited: typeof ops.edited = async (request) => ({ ...request, target: "Write" });
    const here = place({ ops: { ...ops, edited } });
    expect(reasonOf(await here.tell(before("Ask")))).toContain("approval.not_editable");
  });
});

describe("a call that a client asks about", () => {
  it("passes with an intent record, and its result closes it", async () => {
    const here = place();
    expect(await here.tell(before("Write"))).toEqual(PASS);
    expect(kinds(here.ops.records)).toEqual(["intent"]);
    expect(await here.tell(after("Write"))).toEqual(PASS);
    expect(outcomes(here)).toMatchObject([{ completion: "ok", action: "act_1" }]);
  });

  it("is refused with the rule's name and a record", async () => {
    const here = place();
    const reason = reasonOf(await here.tell(before("Delete")));
    expect(reason).toContain("never (policy.never)");
    expect(reason).toContain("another way");
    expect(kinds(here.ops.records)).toEqual(["refusal"]);
  });

  it("is refused when nothing can be recorded", async () => {
    const here = place();
    here.ops.failRecords(true);
    expect(reasonOf(await here.tell(before("Write")))).toContain("ledger.unavailable");
  });

  it("waits for a person and runs once", async () => {
    const here = place();
    const asked = here.tell(before("Ask"));
    here.ops.answer(await here.ops.held(), "approved");
    expect(await asked).toEqual(PASS);
    await here.tell(after("Ask"));
    const again = here.tell(before("Ask", "t2"));
    here.ops.answer(await here.ops.held(), "rejected");
    expect(reasonOf(await again)).toContain("approval.rejected");
  });

  it("is refused with the approval's id when nobody answers in time; the retry passes once", async () => {
    const here = place({}, 10);
    const reason = reasonOf(await here.tell(before("Ask")));
    const [id] = here.ops.waiting;
    expect(reason).toContain(`bylaw approvals approve ${id}`);
    here.ops.answer(id ?? "", "approved");
    expect(await here.tell(before("Ask", "t2"))).toEqual(PASS);
    expect(reasonOf(await here.tell(before("Ask", "t3")))).toContain("waits for a person");
  });

  it("is withdrawn when the client has gone", async () => {
    const here = place();
    const gone = new AbortController();
    const asked = here.tell(before("Ask"), "claude-code", gone.signal);
    await here.ops.held();
    gone.abort();
    expect(reasonOf(await asked)).toContain("approval.withdrawn");
    expect(here.ops.waiting).toEqual([]);
  });

  it("stays open until it is known that no result comes", async () => {
    const here = place();
    await here.tell(before("Write", "t1"));
    await here.tell(before("Write", "t2"));
    await here.tell(event("Stop"));
    expect(outcomes(here)).toMatchObject([
      { completion: "unknown", code: "hook.no_result" },
      { completion: "unknown", code: "hook.no_result" },
    ]);
  });

  it("is charged as unknown, the oldest first, when a client never tells what came of its calls", async () => {
    const here = place();
    for (let at = 0; at < 257; at += 1) await here.tell(before("Write", `t${at}`));
    expect(outcomes(here)).toMatchObject([{ action: "act_1", completion: "unknown" }]);
  });

  it("that failed is booked as failed", async () => {
    const here = place();
    await here.tell(before("Write"));
    await here.tell({ ...after("Write"), hook_event_name: "PostToolUseFailure", error: "no" });
    expect(outcomes(here)).toMatchObject([{ completion: "error", code: "hook.tool_failed" }]);
  });

  it("cannot be closed by another agent or from another run", async () => {
    const here = place();
    await here.tell(before("Write"));
    const client = clientNamed("claude-code") ?? expect.fail("no such client");
    const payload = Buffer.from(JSON.stringify(after("Write")));
    const { signal } = new AbortController();
    await here.gateway.answer(callerNamed("intruder"), { client, event: null, payload }, signal);
    await here.tell({ ...after("Write"), session_id: "another" });
    expect(outcomes(here)).toEqual([]);
  });
});

describe("what a session sees", () => {
  interface Watched {
    readonly here: Place;
    readonly seen: (readonly string[] | null)[];
    readonly prompts: string[];
  }

  function watched(): Watched {
    const seen: (readonly string[] | null)[] = [];
    const prompts: string[] = [];
    const ops = createMemoryOps({ rule: (_operation, tool) => rules[tool ?? ""] ?? "block" });
    ops.seen = (_request, _decision, texts) => void seen.push(texts);
    const prompted = (_caller: unknown, text: string): boolean => prompts.push(text) > 0;
    return { here: place({ ops, prompted }), seen, prompts };
  }

  it("is told with every text of a result, without what was taken out", async () => {
    const { here, seen } = watched();
    await here.tell(before("Write"));
    await here.tell(after("Write", { stdout: "one", more: ["two", 3, { deep: "three" }] }));
    await here.tell(before("Secret", "t2"));
    await here.tell(after("Secret", "it is hunter2", "t2"));
    expect(seen).toEqual([["one", "two", "three"], ["it is [redacted]"]]);
  });

  it("is unknown of a call whose result never came, and nothing of one that was refused", async () => {
    const { here, seen } = watched();
    await here.tell(before("Delete"));
    await here.tell(before("Write"));
    await here.tell(event("Stop"));
    expect(seen).toEqual([null]);
  });

  it("begins with a person's words, not with those that the client makes up", async () => {
    const { here, prompts } = watched();
    await here.tell({ ...event("UserPromptSubmit"), prompt: "fix it", source: "user" });
    await here.tell({ ...event("UserPromptSubmit"), prompt: "wake up", source: "schedule_wakeup" });
    expect(prompts).toEqual(["fix it"]);
  });
});

describe("secrets in a result", () => {
  it("are taken out where the client takes another result", async () => {
    const here = place();
    await here.tell(before("Secret"));
    const { stdout } = await here.tell(after("Secret", { text: "it is hunter2", ok: true }));
    expect(JSON.parse(stdout)).toEqual({
      hookSpecificOutput: {
        hookEventName: "PostToolUse",
        updatedToolOutput: { text: "it is [redacted]", ok: true },
      },
    });
  });

  it("block the call where the client does not", async () => {
    const here = place();
    const { stdout } = await here.tell(before("Secret"), "codex");
    expect(stdout).toContain("obligation.unsupported");
    expect(here.ops.charged.size).toBe(0);
  });

  it("block the call where nobody knows how to find them", async () => {
    const here = place({ redactor: { knows: () => false, redact: () => null } });
    expect(reasonOf(await here.tell(before("Secret")))).toContain("obligation.unsupported");
  });

  it("withhold a result that cannot be looked through", async () => {
    const here = place({ redactor: { knows: () => true, redact: () => null } });
    await here.tell(before("Secret"));
    expect((await here.tell(after("Secret", "hunter2"))).stdout).not.toContain("hunter2");
  });
});

describe("what is not understood is refused", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", "[]"],
    ["a key twice", '{"session_id":"s","session_id":"t"}'],
    ["an unknown event", JSON.stringify(event("SomethingNew"))],
    ["a call without a tool", JSON.stringify(event("PreToolUse"))],
    ["arguments that are no object", JSON.stringify({ ...before("Write"), tool_input: "x" })],
    ["a folder that starts nowhere", JSON.stringify({ ...before("Write"), cwd: "w" })],
    ["a tool of a kilobyte", JSON.stringify(before("W".repeat(1_024)))],
    ["a server that is called like a client", JSON.stringify(before("mcp__claude-code__Write"))],
    ["a server that is called like another client", JSON.stringify(before("mcp__codex__Write"))],
  ])("%s", async (_what, text) => {
    const here = place();
    const answer = await raw(here.gateway, Buffer.from(text));
    expect(answer.exit).toBe(2);
    expect(answer.stdout).toBe("");
    expect(answer.stderr).toContain("refused");
    expect(kinds(here.ops.records)).toEqual(["reject"]);
  });

  it("bytes that are no text", async () => {
    const { gateway } = place();
    expect((await raw(gateway, Buffer.from([0x7b, 0xff, 0x7d]))).exit).toBe(2);
  });
});
