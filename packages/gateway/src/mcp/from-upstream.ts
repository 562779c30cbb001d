import type { Decision } from "@bylaw/core";
import { redactions } from "../obligations.ts";
import { type Enforced, govern } from "../pipeline.ts";
import { openLink } from "./ask.ts";
import { rpcCode } from "./codes.ts";
import { type Decoded, decodeRequest, toAction } from "./decode.ts";
import { notSent } from "./forward.ts";
import {
  errorBytes,
  idKey,
  isId,
  type Message,
  type NotificationMessage,
  notificationBytes,
  type RequestId,
  type RequestMessage,
  type ResponseMessage,
  resultBytes,
} from "./jsonrpc.ts";
import { PLAIN, type Via } from "./link.ts";
import { SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "./methods.ts";
import { failureOf, plainRefusal, refusalBytes, refusalOf } from "./refusal.ts";
import { type InFlight, reject, type SessionState } from "./state.ts";
import { type Item, readWire } from "./wire.ts";

/** Takes one message of the upstream. Resolves when it has been passed on or found to go nowhere. */
export async function takeUpstream(
  state: SessionState,
  item: Item<Message>,
  related: RequestId | null,
  via: Via = PLAIN,
): Promise<void> {
  const { message, bytes } = item;
  if (related !== null) state.asked.touch(related);
  switch (message.kind) {
    case "response":
      // A wrong id is nobody's answer: the request that it was meant for runs into its time-out.
      if (!(await state.asked.settle({ message, bytes }, via))) await stray(state, message, bytes);
      return;
    case "notification":
      return takeNotification(state, { message, bytes }, related);
    case "request":
      // Without sessions a server asks in its result, never by a request of its own (2026-07-28).
      if (state.modern !== null) return void (await reject(state, "upstream.request", bytes));
      // Not awaited: the answer of the client takes a while, and the stream must go on meanwhile.
      void takeRequest(state, { message, bytes }, related);
  }
}

/** The late answer to a request that nobody waits for any more is expected; any other is not. */
async function stray(
  state: SessionState,
  message: ResponseMessage,
  bytes: Uint8Array,
): Promise<void> {
  const late = message.id !== null && state.abandoned.has(idKey(message.id));
  if (!late) await reject(state, "upstream.wrong_id", bytes);
}

async function takeNotification(
  state: SessionState,
  item: Item<NotificationMessage>,
  related: RequestId | null,
): Promise<void> {
  const { method, params } = item.message;
  if (!SERVER_NOTIFICATIONS.has(method)) {
    await reject(state, "method.unknown", item.bytes);
    return;
  }
  let entry = related === null ? undefined : state.inFlight.get(idKey(related));
  if (method === "notifications/tools/list_changed") state.tools.invalidate();
  if (method === "notifications/progress") {
    const token = params["progressToken"];
    entry = [...state.inFlight.values()].find(
      ({ progressToken }) => progressToken !== null && progressToken === token,
    );
    if (entry !== undefined) state.asked.touch(entry.id);
  }
  if (method === "notifications/cancelled") {
    const id = params["requestId"];
    if (!isId(id) || !state.serverRequests.has(idKey(id))) {
      await reject(state, "cancel.unmatched", item.bytes);
      return;
    }
    state.owed.fail(id, "upstream.cancelled");
  }
  const bytes = redactedNotification(state, item);
  if (bytes === null) await reject(state, "obligation.unmet", item.bytes);
  else await carry(state, bytes, entry);
}

/**
 * A notification need not say which request it is about, so it is without what any of those under way
 * may not show. Null: not all of it could be looked at.
 */
function redactedNotification(
  state: SessionState,
  { message: { method, params }, bytes }: Item<NotificationMessage>,
): Uint8Array | null {
  const detectors = [...state.inFlight.values()].flatMap(({ redact }) => redact);
  if (detectors.length === 0) return bytes;
  const rest = state.context.redactor.redact(params, [...new Set(detectors)]);
  if (rest === null) return null;
  return rest === params ? bytes : notificationBytes(method, rest);
}

/** On the stream of the request it belongs to, else the session's own, else any that is open. */
async function carry(
  state: SessionState,
  bytes: Uint8Array,
  entry: InFlight | undefined,
): Promise<boolean> {
  if (entry !== undefined && !entry.answered && (await entry.reply.push(bytes))) return true;
  if (await state.toClient(bytes)) return true;
  for (const other of state.inFlight.values())
    if (other !== entry && !other.answered && (await other.reply.push(bytes))) return true;
  return false;
}

/**
 * What a server asks of its client (its model, its person, its folders) is an action of its own and
 * decided like one; the answer to a refusal goes to the server. Never rejects.
 */
async function takeRequest(
  state: SessionState,
  item: Item<RequestMessage>,
  related: RequestId | null,
): Promise<void> {
  const { id, method } = item.message;
  if (method === "ping") {
    await state.link.send(resultBytes(id, {}), null, null);
    return;
  }
  const decoded = decodeServerRequest(state, item);
  if (typeof decoded === "string") {
    await reject(state, decoded, item.bytes);
    const message = plainRefusal(decoded).reason;
    await state.link.send(errorBytes(id, rpcCode(decoded), message, null), null, null);
    return;
  }
  const key = idKey(id);
  state.serverRequests.set(key, { progressToken: decoded.progressToken });
  try {
    await decideServerRequest(state, item, decoded, related);
  } finally {
    state.serverRequests.delete(key);
  }
}

/** Out: the action's parts, or the code of why there is no action. */
function decodeServerRequest(state: SessionState, item: Item<RequestMessage>): Decoded | string {
  const { limits } = state.context;
  const known = SERVER_REQUESTS.get(item.message.method);
  if (known === undefined) return "method.unknown";
  if (state.phase !== "begun") return "session.uninitialized";
  if (state.serverRequests.has(idKey(item.message.id))) return "id.in_flight";
  if (state.serverRequests.size >= limits.inFlight) return "limit.in_flight";
  // Upstreams are read with rounded numbers; what is decided on must be exact.
  const exact = readWire(item.bytes, limits.batchItems, "exact");
  if (!exact.ok) return exact.error.code;
  const decoded = decodeRequest(item, known, limits.approvalChars);
  return decoded.ok ? decoded.value : decoded.error;
}

async function decideServerRequest(
  state: SessionState,
  item: Item<RequestMessage>,
  decoded: Decoded,
  related: RequestId | null,
): Promise<void> {
  const { caller, context, upstream } = state;
  const { id, method } = item.message;
  const where = { caller, upstream };
  // An approval is the client's to present, never the server's.
  const own: Decoded = { ...decoded, handle: null };
  const action = toAction(context.ids.action(), method, own, item.bytes, where, null);
  const verdict = await govern(
    action,
    ({ decision }) => askClient(state, item, decoded, related, decision),
    context.ops,
    state.ended.signal,
  );
  // The client's own answer, result or error, has gone to the server already.
  if (verdict.kind === "forwarded" && verdict.enforced.result !== null) return;
  if (verdict.kind === "forwarded" && verdict.enforced.code === "upstream.cancelled") return;
  const refusal =
    verdict.kind === "refused"
      ? refusalOf(action.id, verdict, context.ops)
      : failureOf(action.id, verdict, context.ops);
  await state.link.send(refusalBytes(id, method, null, refusal), null, null);
}

async function askClient(
  state: SessionState,
  item: Item<RequestMessage>,
  decoded: Decoded,
  related: RequestId | null,
  decision: Decision,
): Promise<Enforced> {
  const { limits, resultDigest } = state.context;
  const { id } = item.message;
  // The client's answer goes to the server as it is.
  if (redactions(decision).length > 0) return notSent("obligation.unsupported");
  if ((await openLink(state)) !== null) return notSent("upstream.closed");
  const entry = related === null ? undefined : state.inFlight.get(idKey(related));
  const waiting = state.owed.open(id, limits.clientAnswerMs, limits.clientAnswerMs, null);
  if (!(await carry(state, decoded.outbound, entry))) {
    state.owed.fail(id, "client.unreachable");
    await waiting;
    return notSent("client.unreachable");
  }
  const answer = await waiting;
  if (answer.kind === "failed")
    return { sent: true, completion: "unknown", code: answer.code, result: null };
  const { bytes, message } = answer.item;
  const sent = await state.link.send(bytes, null, null);
  answer.delivered();
  const failed = message.body.kind === "error";
  return {
    sent: true,
    completion: failed || sent.code !== null ? "error" : "ok",
    code: failed ? "client.error" : sent.code,
    result: { digest: resultDigest(bytes), length: bytes.byteLength },
  };
}
