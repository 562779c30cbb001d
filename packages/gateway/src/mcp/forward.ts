import { type ActionRequest, type JsonObject, member, type ToolDefinition } from "@bylaw/core";
import type { Cancellation } from "../cancel.ts";
import { redactions } from "../obligations.ts";
import type { Ticket } from "../ops.ts";
import type { Enforced, Granted } from "../pipeline.ts";
import { type Asked, ask, openLink } from "./ask.ts";
import { type Barrier, NO_BARRIER } from "./barrier.ts";
import type { Decoded } from "./decode.ts";
import { encode, type RequestMessage, type ResponseMessage } from "./jsonrpc.ts";
import type { McpLimits } from "./limits.ts";
import { resolveTool } from "./listing.ts";
import { LEGACY_VERSIONS } from "./methods.ts";
import { mirroredArguments } from "./modern/mirror.ts";
import { checkResult } from "./modern/results.ts";
import { withReceipt } from "./receipt.ts";
import { unsupported } from "./redact.ts";
import { reviewed } from "./review.ts";
import { seenTexts } from "./seen.ts";
import { withMember } from "./splice.ts";
import type { InFlight, SessionState } from "./state.ts";
import { filterPage, readPage } from "./tools.ts";
import type { Item } from "./wire.ts";

/** One governed request of a client. */
export interface Call {
  readonly item: Item<RequestMessage>;
  readonly entry: InFlight;
  readonly decoded: Decoded;
  readonly action: ActionRequest;
  readonly barrier: Barrier;
  /** The request for approval that it came back about; null for a call that comes for the first time. */
  readonly ticket: Ticket | null;
}

export function notSent(code: string): Enforced {
  return { sent: false, completion: "error", code, result: null };
}

/**
 * Sends a granted request to the upstream and its answer to the client: the `forward` of `govern`.
 * Whatever keeps it from sending gives back what was reserved.
 */
export async function forwardRequest(
  state: SessionState,
  call: Call,
  granted: Granted,
): Promise<Enforced> {
  const { entry, decoded, item } = call;
  const hindrance = await hindered(state, call, granted);
  if (hindrance !== null) return notSent(hindrance);
  entry.forwarded = true;
  entry.redact = redactions(granted.decision);
  const { arguments: edited } = granted;
  const mirror = state.modern?.mirror ?? {};
  // Headers that repeat arguments would say what the person has changed.
  if (edited !== null && Object.keys(mirror).some((name) => name.startsWith("mcp-param-")))
    return notSent("mirror.mismatch");
  const answer = await ask(
    state,
    item.message.id,
    edited === null
      ? decoded.outbound
      : withMember(decoded.outbound, ["params"], "arguments", JSON.stringify(edited)),
    patienceFor(entry.method, state.context.limits),
    entry.abort.signal,
    state.modern?.mirror,
  );
  if (answer.kind === "failed") return unanswered(state, entry, answer);
  try {
    return await handOver(state, call, granted, answer);
  } finally {
    answer.delivered();
  }
}

/** Milliseconds of silence of the upstream that a request bears. */
function patienceFor(method: string, limits: McpLimits): number {
  if (method === "initialize") return limits.startMs;
  return method === "subscriptions/listen" ? limits.listenMs : limits.answerIdleMs;
}

function unanswered(
  state: SessionState,
  entry: InFlight,
  { code, sent }: Extract<Asked, { kind: "failed" }>,
): Enforced {
  const { modern } = state;
  if (modern !== null && entry.method === "subscriptions/listen" && LISTENED.includes(code)) {
    entry.answered = true;
    entry.reply.accept();
    return { sent, completion: "ok", code: null, result: null };
  }
  // It may have been replaced by a server of another revision: the next request asks it again.
  if (modern !== null && code === "upstream.status") {
    modern.lane.era.known = { kind: "unknown" };
    modern.lane.connected = false;
  }
  return { sent, completion: sent ? "unknown" : "error", code, result: null };
}

/** How a server ends a subscription (2026-07-28, "Subscriptions"). */
const LISTENED: readonly string[] = ["upstream.no_answer", "upstream.cancelled"];

/** Why a granted request must not be sent after all; null if it may. */
async function hindered(state: SessionState, call: Call, granted: Granted): Promise<string | null> {
  const { action, barrier, entry } = call;
  const { signal } = entry.abort;
  if (unsupported(granted.decision, state.context.redactor)) return "obligation.unsupported";
  if (granted.arguments !== null && entry.method !== "tools/call") return "approval.not_editable";
  if (!(await together(barrier, signal)))
    return signal.aborted ? String(signal.reason) : "batch.refused";
  const failed = await openLink(state);
  if (failed !== null) return failed;
  if (action.definition !== null && !(await unchanged(state, action.definition)))
    return "tool.changed";
  if (await granted.ended()) return "authority.ended";
  return signal.aborted ? String(signal.reason) : null;
}

function together(barrier: Barrier, signal: Cancellation): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  if (barrier === NO_BARRIER) return Promise.resolve(true);
  const refuse = (): void => barrier.refuse();
  signal.addEventListener("abort", refuse, { once: true });
  return barrier.arrive().finally(() => signal.removeEventListener("abort", refuse));
}

/** A hold can last minutes: what was decided is one definition, and no later one. */
async function unchanged(state: SessionState, decided: ToolDefinition): Promise<boolean> {
  const now = await resolveTool(state, decided.name);
  return now.ok && now.value.digest === decided.digest;
}

async function handOver(
  state: SessionState,
  call: Call,
  { intent, decision, arguments: edited, told }: Granted,
  answer: Extract<Asked, { kind: "answered" }>,
): Promise<Enforced> {
  const { item } = answer;
  const shown = withheld(state, call, item);
  const inspected =
    shown === null ? { bytes: null, code: "obligation.unmet" } : await inspect(state, call, shown);
  const result = (): NonNullable<Enforced["result"]> => ({
    digest: state.context.resultDigest(item.bytes),
    length: item.bytes.byteLength,
  });
  const { body } = item.message;
  // As the server wrote it: what policies take out of a result was used all the same.
  const used =
    answer.item.message.body.kind === "error"
      ? null
      : await told({ kind: "result", result: answer.item.message.body.result });
  if (inspected.bytes === null)
    return { sent: true, completion: "error", code: inspected.code, result: result(), used };
  // Before the client has it: its next call must be judged with this.
  if (call.entry.method !== "tools/list" && shown !== null)
    state.context.ops.seen(call.action, decision, seenTexts(shown.message));
  call.entry.answered = true;
  const receipt = state.context.ops.receipt(intent);
  // An error has no place for it that could not mean something else to its reader.
  const bytes =
    body.kind === "error"
      ? inspected.bytes
      : withReceipt(inspected.bytes, body.result, receipt, edited);
  // The answers of that era have statuses of their own; a session's are all 200.
  const status = state.modern !== null && body.kind === "error" ? answer.via.status : 200;
  await call.entry.reply.answer(bytes, { status, stream: answer.via.stream });
  return {
    sent: true,
    completion: inspected.code === null ? "ok" : "error",
    code: inspected.code,
    result: result(),
    used,
  };
}

interface Inspected {
  /** What the client gets: the upstream's own bytes unless something had to go; null: nothing of it. */
  readonly bytes: Uint8Array | null;
  readonly code: string | null;
}

/**
 * An answer without what the policy names; null: not all of it could be looked at. Tools that are listed
 * are compared first, as the upstream wrote them.
 */
function withheld(
  state: SessionState,
  { entry }: Call,
  item: Item<ResponseMessage>,
): Item<ResponseMessage> | null {
  const { message } = item;
  const { body, id } = message;
  if (entry.redact.length === 0) return item;
  if (entry.method === "tools/list" && body.kind === "result") return item;
  const whole = body.kind === "result" ? body.result : body.error;
  const rest = state.context.redactor.redact(whole, entry.redact);
  if (rest === null || rest === whole) return rest === null ? null : item;
  return {
    bytes: encode({ jsonrpc: "2.0", id, [body.kind]: rest }),
    message: {
      ...message,
      body:
        body.kind === "result" ? { kind: "result", result: rest } : { kind: "error", error: rest },
    },
  };
}

async function inspect(
  state: SessionState,
  call: Call,
  item: Item<ResponseMessage>,
): Promise<Inspected> {
  const { body } = item.message;
  if (body.kind === "error") return { bytes: item.bytes, code: "upstream.error" };
  if (state.modern === null) return inspectResult(state, call, item, body.result);
  const checked = await checkResult(state, state.modern, call, item, body.result);
  if ("code" in checked) return { bytes: null, code: checked.code };
  const { bytes, result } = checked;
  const message = { ...item.message, body: { kind: "result" as const, result } };
  return inspectResult(state, call, { message, bytes }, result);
}

async function inspectResult(
  state: SessionState,
  call: Call,
  item: Item<ResponseMessage>,
  result: JsonObject,
): Promise<Inspected> {
  switch (call.entry.method) {
    case "initialize": {
      const version = member(result, "protocolVersion");
      if (typeof version !== "string" || !LEGACY_VERSIONS.includes(version))
        return { bytes: null, code: "upstream.version" };
      // A package may be there only since it was started.
      const changed = await reviewed(state.context.review.identity(state.upstream, true));
      if (changed !== null) return { bytes: null, code: changed };
      const shown = await introduced(state, item, result);
      state.version = version;
      state.phase = "begun";
      state.link.negotiated(version);
      return shown;
    }
    case "server/discover":
      return introduced(state, item, result);
    case "tools/list":
      return inspectTools(state, call, item, result);
    case "tools/call":
      return { bytes: item.bytes, code: result["isError"] === true ? "tool.error" : null };
    default:
      return { bytes: item.bytes, code: null };
  }
}

/** A server's introduction, without its instructions while a person has not accepted them. */
async function introduced(
  state: SessionState,
  { bytes, message: { id } }: Item<ResponseMessage>,
  result: JsonObject,
): Promise<Inspected> {
  const { instructions, ...rest } = result;
  if (instructions === undefined) return { bytes, code: null };
  const { context, upstream } = state;
  const text = typeof instructions === "string" ? instructions : null;
  const withheld = text === null || (await reviewed(context.review.instructions(upstream, text)));
  if (withheld === null) return { bytes, code: null };
  return { bytes: encode({ jsonrpc: "2.0", id, result: rest }), code: null };
}

async function inspectTools(
  state: SessionState,
  call: Call,
  item: Item<ResponseMessage>,
  result: JsonObject,
): Promise<Inspected> {
  const page = readPage(result);
  if (page === null) return { bytes: null, code: "upstream.garbage" };
  const whole = page.next === null && !("cursor" in call.item.message.params);
  const { ops, review } = state.context;
  const withheld = await review
    .tools(state.upstream, page.shown, page.next === null)
    .catch(() => null);
  if (withheld === null) return { bytes: null, code: "definition.unavailable" };
  if (whole) state.tools.replace(page.definitions, ops.now());
  else state.tools.compare(page.definitions);
  const { caller } = call.action;
  const visible = await state.context.visible(caller, state.upstream).catch(() => null);
  if (visible === null) return { bytes: null, code: "ledger.unavailable" };
  const shows = (tool: ToolDefinition): boolean =>
    (state.modern === null || mirroredArguments(tool.inputSchema).ok) &&
    withheld(tool) === null &&
    visible(tool);
  const filtered = filterPage(result, page, shows) ?? result;
  const { redact } = call.entry;
  const shown = redact.length === 0 ? filtered : state.context.redactor.redact(filtered, redact);
  if (shown === null) return { bytes: null, code: "obligation.unmet" };
  if (shown === result) return { bytes: item.bytes, code: null };
  const { id } = call.item.message;
  return { bytes: encode({ jsonrpc: "2.0", id, result: shown }), code: null };
}
