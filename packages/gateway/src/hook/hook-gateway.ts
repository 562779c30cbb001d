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
import type { Reject } from "../rejects.ts";
import { wireBytes } from "../wire-bytes.ts";
import {
  CLIENT_IDS,
  type HookAnswer,
  type HookCall,
  type HookClient,
  type HookEvent,
  type Ruling,
  stop,
  textAt,
} from "./client.ts";
import {
  createInstructionGuard,
  type InstructionGuard,
  type InstructionOps,
  type Instructions,
} from "./instructions.ts";
import { HOOK_LIMITS } from "./limits.ts";
import { createOpenCalls, type OpenCalls, type Seen } from "./open-calls.ts";
import { plainWords, type Refused, refusalWords } from "./words.ts";

export interface HookGatewayOptions {
  readonly ops: PipelineOps;
  /** Records what could not become an action. */
  readonly reject: Reject;
  /** Takes what a person wrote; false where this client is not trusted to carry it. */
  readonly prompted: (caller: Caller, text: string) => boolean;
  readonly newId: () => string;
  /** What is known of files that tell agents how to behave. */
  readonly instructions: InstructionOps;
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

interface Context extends Omit<HookGatewayOptions, "instructions"> {
  readonly calls: OpenCalls;
  readonly guard: InstructionGuard;
}

interface Asked {
  readonly caller: Caller;
  readonly client: HookClient;
  readonly bytes: ActionRequest["bytes"];
  readonly signal: AbortSignal;
  /** Folder that the client works in; null where it does not say. */
  readonly folder: string | null;
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
  const guard = createInstructionGuard(options.instructions);
  const context: Context = { ...options, ops: held, calls: createOpenCalls(), guard };
  return {
    answer: async (caller, message, signal) => {
      const { client, payload } = message;
      const read = readPayload(payload);
      const event = read === null ? null : client.decode(read, message.event);
      if (event === null || isForeign(event)) {
        const code = read === null ? "hook.malformed" : "hook.unknown";
        const { credential } = caller;
        await options.reject({ upstream: client.id, credential, code, bytes: payload });
        return stop(plainWords(code));
      }
      const folder = read === null ? null : textAt(read, "cwd", "workspaceDir");
      const asked = { caller, client, bytes: wireBytes(payload), signal, folder };
      return client.encode(event, await rule(event, asked, context));
    },
  };
}

function rule(event: HookEvent, asked: Asked, context: Context): Promise<Ruling> {
  const { credential } = asked.caller;
  switch (event.kind) {
    case "call":
      return afterInstructions(event.call, asked, context, () =>
        decide(event.call, asked, context, (decision, seen) =>
          context.calls.open(
            { credential, run: event.call.run, key: event.call.key },
            decision,
            seen,
          ),
        ),
      );
    case "change":
      return decide(event.call, asked, context, () => Promise.resolve(DONE));
    case "result":
      return Promise.resolve(settle(event, asked, context));
    case "prompt":
      if (event.byUser) context.prompted(asked.caller, event.text);
      context.calls.giveUp({ credential, run: event.run });
      return Promise.resolve({ kind: "pass" });
    case "told":
      return Promise.resolve({ kind: "pass" });
    case "pause":
      context.calls.giveUp({ credential, run: event.run });
      return Promise.resolve({ kind: "pass" });
  }
}

/** Nothing is done in a folder whose instructions have changed until somebody has accepted them. */
async function afterInstructions(
  { run }: HookCall,
  asked: Asked,
  context: Context,
  then: () => Promise<Ruling>,
): Promise<Ruling> {
  const { folder, caller } = asked;
  if (folder === null || !folder.startsWith("/")) return then();
  const asCall = ({ path, digest, hidden }: Instructions): HookCall => ({
    run,
    key: digest,
    server: null,
    tool: INSTRUCTIONS_TOOL,
    arguments: { file_path: path, digest, ...(hidden.length === 0 ? {} : { hidden }) },
    cwd: folder,
  });
  let refusal: Ruling | null;
  try {
    refusal = await context.guard.check(caller.credential, folder, (instructions) =>
      decide(asCall(instructions), asked, context, () => Promise.resolve(DONE)),
    );
  } catch {
    return { kind: "refuse", words: plainWords("hook.instructions") };
  }
  return refusal ?? then();
}

/** As the analyzers know it: no tool of a client has this name. */
const INSTRUCTIONS_TOOL = "instructions_changed";

const DONE: Enforced = { sent: true, completion: "ok", code: null, result: null };

/** In: what became of it, asked for once the client was told that it may. */
async function decide(
  call: HookCall,
  { caller, client, bytes, signal }: Asked,
  context: Context,
  outcome: (decision: Decision, seen: Seen) => Promise<Enforced>,
): Promise<Ruling> {
  const { ops, newId, redactor } = context;
  const request = requestOf(newId(), call, caller, bytes, client.id);
  const what = call.tool;
  return new Promise<Ruling>((resolve) => {
    const refuse = (refused: Omit<Refused, "what">): void =>
      resolve({ kind: "refuse", words: refusalWords({ what, ...refused }) });
    const done = govern(
      request,
      ({ decision, arguments: edited }) => {
        // The client would carry out what it asked for, not what a person made of it.
        if (edited !== null) return Promise.resolve(NOT_EDITABLE);
        const wants = redactions(decision).length > 0;
        if (wants && (!client.replacesResults || unsupported(decision, redactor)))
          return Promise.resolve(UNSUPPORTED);
        resolve({ kind: "pass" });
        return outcome(decision, (texts) => ops.seen(request, decision, texts));
      },
      ops,
      signal,
    );
    void done.then((verdict) => {
      if (verdict.kind === "refused") return refuse(verdict);
      const undone = [UNSUPPORTED, NOT_EDITABLE].find((one) => one === verdict.enforced);
      if (undone === undefined) return;
      const decision = blocked(undone.code, verdict.decision.bundle);
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

const NOT_EDITABLE = { ...UNSUPPORTED, code: "approval.not_editable" } as const;

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
  const closed = calls.close({ credential: caller.credential, run, key }, enforced);
  if (closed === null) return { kind: "pass" };
  const detectors = redactions(closed.decision);
  const redacted = detectors.length === 0 ? { output } : redactor.redact({ output }, detectors);
  const shown = redacted === null ? WITHHELD : (redacted["output"] ?? null);
  closed.seen(textsOf(shown));
  return shown === output ? { kind: "pass" } : { kind: "replace", output: shown };
}

/** Every text in a result, in order: what the agent is about to read. */
function textsOf(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value as JsonObject).flatMap(textsOf);
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
    tool === INSTRUCTIONS_TOOL ||
    names.some((name) => name.length > HOOK_LIMITS.nameChars) ||
    CLIENT_IDS.some((id) => id === server) ||
    (cwd !== null && !cwd.startsWith("/"))
  );
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
