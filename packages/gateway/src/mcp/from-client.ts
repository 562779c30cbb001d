import type { Caller, ToolDefinition } from "@bylaw/core";
import { type Barrier, NO_BARRIER } from "./barrier.ts";
import { carryOut, refuse } from "./carry-out.ts";
import { decodeRequest, onlyMembers, toAction } from "./decode.ts";
import {
  idKey,
  isId,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
  resultBytes,
} from "./jsonrpc.ts";
import { resolveTool } from "./listing.ts";
import { CLIENT_NOTIFICATIONS, CLIENT_REQUESTS, isModern } from "./methods.ts";
import { plainRefusal, refusalBytes } from "./refusal.ts";
import type { Reply } from "./reply.ts";
import { freshEntry, type InFlight, reject, type SessionState } from "./state.ts";
import type { Item } from "./wire.ts";

/** Takes a client's request to its answer; every path answers exactly once. Never rejects. */
export async function takeRequest(
  state: SessionState,
  item: Item<RequestMessage>,
  caller: Caller,
  reply: Reply,
  barrier: Barrier = NO_BARRIER,
): Promise<void> {
  const { id, method, params } = item.message;
  try {
    if (isModern(method, params)) return await refuse(state, item, reply, "batch.member");
    if (method === "ping") {
      // Bylaw is the peer that the client keeps alive; nothing is forwarded, so nothing is decided.
      void barrier.arrive();
      return await reply.answer(resultBytes(id, {}));
    }
    const obstacle = obstacleTo(state, item.message);
    if (obstacle !== null) return await refuse(state, item, reply, obstacle);
    const entry = freshEntry(id, method, reply);
    state.inFlight.set(idKey(id), entry); // before the first wait: a second use of the id must see it
    if (method === "initialize") state.phase = "starting";
    try {
      await act(state, item, caller, entry, barrier);
    } finally {
      state.inFlight.delete(idKey(id));
      if (state.phase === "starting" && method === "initialize") state.phase = "fresh";
    }
  } catch (error) {
    // A bug of ours must neither look like an answer of the upstream nor leave the client waiting.
    const text = error instanceof Error ? error.name : "unknown";
    state.context.log({ kind: "bug", upstream: state.upstream, text });
    await reply.answer(refusalBytes(id, "", null, plainRefusal("gateway.error")));
  } finally {
    barrier.refuse(); // without effect once all have arrived
  }
}

/** Why a request cannot be taken in the session's present state; null if it can. */
function obstacleTo(state: SessionState, { id, method }: RequestMessage): string | null {
  const key = idKey(id);
  if (state.context.draining()) return "gateway.draining";
  if (!CLIENT_REQUESTS.has(method)) return "method.unknown";
  if (state.phase === "over") return "upstream.closed";
  if (method === "initialize" && state.phase !== "fresh") return "session.begun";
  if (method !== "initialize" && state.phase !== "begun") return "session.uninitialized";
  if (state.inFlight.has(key) || state.abandoned.has(key)) return "id.in_flight";
  return state.inFlight.size >= state.context.limits.inFlight ? "limit.in_flight" : null;
}

async function act(
  state: SessionState,
  item: Item<RequestMessage>,
  caller: Caller,
  entry: InFlight,
  barrier: Barrier,
): Promise<void> {
  const { context, upstream } = state;
  const { method } = item.message;
  const known = CLIENT_REQUESTS.get(method);
  if (known === undefined) throw new Error("unknown methods are refused before");
  const decoded = decodeRequest(item, known, context.limits.approvalChars);
  if (!decoded.ok) return refuse(state, item, entry.reply, decoded.error);
  const { target } = decoded.value;
  entry.progressToken = decoded.value.progressToken;

  let definition: ToolDefinition | null = null;
  if (method === "tools/call" && target !== null) {
    const tool = await resolveTool(state, target);
    if (!tool.ok) return refuse(state, item, entry.reply, tool.error, target);
    definition = tool.value;
  }
  const where = { caller, upstream };
  const id = context.ids.action();
  const action = toAction(id, method, decoded.value, item.bytes, where, definition);
  await carryOut(state, { item, entry, decoded: decoded.value, action, barrier, ticket: null });
}

/** Out: null when the notification was taken, else why it goes nowhere. */
export async function takeNotification(
  state: SessionState,
  item: Item<NotificationMessage>,
  barrier: Barrier = NO_BARRIER,
): Promise<string | null> {
  const code = await passOn(state, item, barrier);
  if (code !== null) await reject(state, code, item.bytes);
  return code;
}

async function passOn(
  state: SessionState,
  item: Item<NotificationMessage>,
  barrier: Barrier,
): Promise<string | null> {
  const { method, params } = item.message;
  const members = CLIENT_NOTIFICATIONS.get(method);
  if (members === undefined) return "method.unknown";
  if (!onlyMembers(params, members)) return "params.member";
  if (state.phase !== "begun") return "session.uninitialized";
  if (!(await barrier.arrive())) return "batch.refused";
  switch (method) {
    case "notifications/cancelled":
      return cancel(state, item);
    case "notifications/progress": {
      const token = params["progressToken"];
      const awaited = [...state.serverRequests.values()].some(
        (request) => request.progressToken !== null && request.progressToken === token,
      );
      if (!awaited) return "progress.unmatched";
      break;
    }
    default:
      break;
  }
  const sent = await state.link.send(item.bytes, null, null);
  if (method === "notifications/initialized") state.link.listen();
  return sent.code;
}

/** Only a request of this session that still waits can be cancelled, and `initialize` never. */
function cancel(state: SessionState, item: Item<NotificationMessage>): string | null {
  const id = item.message.params["requestId"];
  const entry = isId(id) ? state.inFlight.get(idKey(id)) : undefined;
  if (entry === undefined || entry.method === "initialize") return "cancel.unmatched";
  // Cancelling proves nothing: a forwarded request keeps its intent and gets the outcome `unknown`.
  if (entry.forwarded) void state.link.send(item.bytes, null, null);
  entry.abort.abort("client.cancelled");
  return null;
}

/** Out: null when a request of the upstream waited for this answer, else why it goes nowhere. */
export async function takeResponse(
  state: SessionState,
  item: Item<ResponseMessage>,
): Promise<string | null> {
  if (await state.owed.settle(item)) return null;
  await reject(state, "response.unmatched", item.bytes);
  return "response.unmatched";
}

export function wireErrorBytes(code: string, id: string | number | null): Uint8Array {
  return refusalBytes(id, "", null, plainRefusal(code));
}
