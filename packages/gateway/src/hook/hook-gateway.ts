import { createHash } from "node:crypto";
import {
  type ActionRequest,
  type Caller,
  type Decision,
  isObject,
  type Json,
  type JsonObject,
  parseStrict,
} from "@bylaw/core";
import { blocked } from "../grading.ts";
import { type Redactor, redactions, unsupported } from "../obligations.ts";
import type { PipelineOps } from "../ops.ts";
import { type Enforced, govern } from "../pipeline.ts";
import {
  CLIENT_IDS,
  type HookAnswer,
  type HookCall,
  type HookClient,
  type HookEvent,
  type Ruling,
  stop,
} from "./client.ts";
import { HOOK_LIMITS } from "./limits.ts";
import { createOpenCalls, type OpenCalls } from "./open-calls.ts";
import { plainWords, type Refused, refusalWords } from "./words.ts";

export interface HookGatewayOptions {
  readonly ops: PipelineOps;
  readonly newId: () => string;
  readonly redactor: Redactor;
  /** Keyed digest of a result, as records carry it. */
  readonly resultDigest: (bytes: Uint8Array) => string;
}

/** One message of a client's hook. */
export interface HookMessage {
  readonly client: HookClient;
  /** The event's name where the payload does not carry it. */
  readonly event: string | null;
  readonly payload: Uint8Array;
}

export interface HookGateway {
  /** Always an answer: whatever is not understood is one that refuses. */
  answer(caller: Caller, message: HookMessage, signal: AbortSignal): Promise<HookAnswer>;
}

interface Context extends HookGatewayOptions {
  readonly calls: OpenCalls;
}

interface Asked {
  readonly caller: Caller;
  readonly client: HookClient;
  readonly bytes: ActionRequest["bytes"];
  readonly signal: AbortSignal;
}

/**
 * The enforcement point inside a coding agent: the client asks before each tool call and the client
 * enforces the answer. It is as strong as the client, and docs/clients.md says how strong that is.
 */
export function createHookGateway(options: HookGatewayOptions): HookGateway {
  const { ops } = options;
  const held: PipelineOps = {
    ...options.ops,
    // The client stops waiting at some time, and then runs the call: say no before that.
    wait: (ticket, signal) => ops.wait(ticket, signal, HOOK_LIMITS.holdMs),
  };
  const context: Context = { ...options, ops: held, calls: createOpenCalls() };
  return {
    answer: async (caller, message, signal) => {
      const { client, payload } = message;
      const read = readPayload(payload);
      if (read === null) return stop(plainWords("hook.malformed"));
      const event = client.decode(read, message.event);
      if (event === null || isForeign(event)) return stop(plainWords("hook.unknown"));
      const ruling = await rule(
        event,
        { caller, client, bytes: bytesOf(payload), signal },
        context,
      );
      return client.encode(event, ruling);
    },
  };
}

function rule(event: HookEvent, asked: Asked, context: Context): Promise<Ruling> {
  const { credential } = asked.caller;
  switch (event.kind) {
    case "call":
      return decide(event.call, asked, context, (decision) =>
        context.calls.open({ credential, run: event.call.run, key: event.call.key }, decision),
      );
    case "change":
      return decide(event.call, asked, context, () => Promise.resolve(DONE));
    case "result":
      return Promise.resolve(settle(event, asked, context));
    case "prompt":
    case "pause":
      context.calls.giveUp({ credential, run: event.run });
      return Promise.resolve({ kind: "pass" });
  }
}

const DONE: Enforced = { sent: true, completion: "ok", code: null, result: null };

/** In: what became of it, asked for once the client was told that it may. */
async function decide(
  call: HookCall,
  { caller, client, bytes, signal }: Asked,
  context: Context,
  outcome: (decision: Decision) => Promise<Enforced>,
): Promise<Ruling> {
  const { ops, newId, redactor } = context;
  const request = requestOf(newId(), call, caller, bytes, client.id);
  const what = call.tool;
  return new Promise<Ruling>((resolve) => {
    const refuse = (refused: Omit<Refused, "what">): void =>
      resolve({ kind: "refuse", words: refusalWords({ what, ...refused }) });
    const done = govern(
      request,
      ({ decision }) => {
        const wants = redactions(decision).length > 0;
        if (wants && (!client.replacesResults || unsupported(decision, redactor)))
          return Promise.resolve(UNSUPPORTED);
        resolve({ kind: "pass" });
        return outcome(decision);
      },
      ops,
      signal,
    );
    void done.then((verdict) => {
      if (verdict.kind === "refused") return refuse(verdict);
      if (verdict.enforced !== UNSUPPORTED) return;
      const decision = blocked(UNSUPPORTED.code, verdict.decision.bundle);
      refuse({ decision, record: verdict.intent, pending: null });
    });
  });
}

const UNSUPPORTED = {
  sent: false,
  completion: "error",
  code: "obligation.unsupported",
  result: null,
} as const;

/** Books what came of a call, and takes out of the result what the decision wants taken out. */
function settle(
  { run, key, failed, output }: Extract<HookEvent, { kind: "result" }>,
  { caller }: Asked,
  { calls, redactor, resultDigest }: Context,
): Ruling {
  const bytes = Buffer.from(JSON.stringify(output));
  const enforced: Enforced = {
    sent: true,
    completion: failed ? "error" : "ok",
    code: failed ? "hook.tool_failed" : null,
    result: { digest: resultDigest(bytes), length: bytes.length },
  };
  const decision = calls.close({ credential: caller.credential, run, key }, enforced);
  const detectors = decision === null ? [] : redactions(decision);
  if (detectors.length === 0) return { kind: "pass" };
  const redacted = redactor.redact({ output }, detectors);
  const found = redacted === null ? WITHHELD : (redacted["output"] ?? null);
  return found === output ? { kind: "pass" } : { kind: "replace", output: found };
}

const WITHHELD = "[withheld: not all of it could be looked at for secrets]";

function readPayload(payload: Uint8Array): JsonObject | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return null;
  }
  const parsed = parseStrict(text);
  const value: Json | undefined = parsed.ok ? parsed.value : undefined;
  return isObject(value) ? value : null;
}

/**
 * A call that no client makes: a server that is called like a client, whose tools would be taken for
 * the client's own, a folder that starts nowhere, and names that would fill records and answers.
 */
function isForeign(event: HookEvent): boolean {
  if (event.kind !== "call" && event.kind !== "change") return false;
  const { run, server, tool, cwd } = event.call;
  const names = [run, server ?? "", tool];
  return (
    names.some((name) => name.length > HOOK_LIMITS.nameChars) ||
    CLIENT_IDS.some((id) => id === server) ||
    (cwd !== null && !cwd.startsWith("/"))
  );
}

function bytesOf(payload: Uint8Array): ActionRequest["bytes"] {
  const digest = `sha256:${createHash("sha256").update(payload).digest("hex")}`;
  return { digest, length: payload.length };
}

function requestOf(
  id: string,
  call: HookCall,
  caller: Caller,
  bytes: ActionRequest["bytes"],
  client: string,
): ActionRequest {
  return {
    id,
    gateway: "hook",
    caller,
    upstream: call.server ?? client,
    operation: "tools/call",
    target: call.tool,
    arguments: call.arguments,
    definition: null,
    bytes,
    handle: null,
    // An MCP server of the client works in a folder of its own, which nobody told.
    ...(call.server === null ? { cwd: call.cwd } : {}),
  };
}
