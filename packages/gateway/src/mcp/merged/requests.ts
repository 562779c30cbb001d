import { fail, isObject, type JsonObject, member, ok } from "@bylaw/core";
import { RPC } from "../codes.ts";
import { onlyMembers } from "../decode.ts";
import { idKey, isId, type RequestMessage, resultBytes } from "../jsonrpc.ts";
import { CLIENT_REQUESTS } from "../methods.ts";
import { plainRefusal, type Refusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Item } from "../wire.ts";
import { outcomeOf } from "./collect.ts";
import { mergeList } from "./lists.ts";
import { cancelAt, type Member } from "./member.ts";
import { entriesOf, LISTS, type ListKind, outwardAnswer, textOf } from "./outward.ts";
import { destinationOf } from "./routing.ts";
import { connectedMembers, fromServer, type MergedState, refuse, reject } from "./state.ts";

/** Takes a request of a session that has begun to whom it is for. */
export async function route(
  state: MergedState,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { method, params } = item.message;
  let to = destinationOf(state.names, item);
  if (to.kind === "unread") {
    await readNames(state, to.upstream, method);
    to = destinationOf(state.names, item);
  }
  const tool = method === "tools/call" ? textOf(params["name"]) : null;
  if (to.kind === "nowhere") return refuse(state, item, reply, to.code, tool);
  if (to.kind === "unread") return refuse(state, item, reply, "tool.unknown", tool);
  if (to.kind === "one") return toOne(state, to.upstream, to.item, item, reply);
  const known = CLIENT_REQUESTS.get(method);
  if (known === undefined || !onlyMembers(params, known.members))
    return refuse(state, item, reply, "params.member");
  state.spread += 1;
  try {
    const kind = LISTS.get(method);
    if (kind !== undefined) await list(state, kind, item, reply);
    else await setLevel(state, item, reply);
  } finally {
    state.spread -= 1;
  }
}

async function list(
  state: MergedState,
  kind: ListKind,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, method, params } = item.message;
  const capability = method.split("/")[0] as string;
  const controller = new AbortController();
  state.inFlight.set(idKey(id), () => controller.abort());
  const { mergeMs } = state.context.limits;
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(mergeMs)]);
  const merged = await mergeList(state.names, kind, params, async (upstream, own) => {
    const one = state.members.get(upstream) as Member;
    const refusal = await Promise.race([one.connect(state.caller), ended(signal)]);
    if (refusal !== null) return fail(refusal.code);
    // A server is not asked for what it does not have.
    if (!(capability in one.capabilities)) return ok({ [kind.key]: [] });
    const outcome = await one.ask(method, own, state.caller, signal);
    if (outcome.kind === "result") return ok(outcome.result);
    const absent = outcome.error["code"] === RPC.unknownMethod;
    return absent ? ok({ [kind.key]: [] }) : fail(outcome.code);
  });
  if (controller.signal.aborted) return reply.accept();
  if (!merged.ok) return refuse(state, item, reply, merged.error);
  await reply.answer(resultBytes(id, merged.value.result));
}

async function setLevel(
  state: MergedState,
  { message: { id, method, params } }: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  state.level = params;
  const able = connectedMembers(state).filter(({ capabilities }) => "logging" in capabilities);
  const signal = AbortSignal.timeout(state.context.limits.mergeMs);
  await Promise.all(able.map((one) => one.ask(method, params, state.caller, signal)));
  await reply.answer(resultBytes(id, {}));
}

/** In: the request as its server knows it, and as the client wrote it. */
async function toOne(
  state: MergedState,
  upstream: string,
  item: Item<RequestMessage>,
  written: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, params } = written.message;
  const { caller, asked } = state;
  const target = state.members.get(upstream) as Member;
  const failed = await target.connect(caller);
  const { session } = target;
  if (failed !== null || session === null)
    return unreachable(state, written, reply, failed ?? plainRefusal("upstream.closed"));
  state.inFlight.set(idKey(id), () => cancelAt(session, id, caller));
  const meta = member(params, "_meta");
  const token = isObject(meta) ? member(meta, "progressToken") : undefined;
  const forget = isId(token) ? asked.expect(upstream, token) : () => undefined;
  const back: Reply = {
    ...reply,
    push: (bytes) => fromServer(state, upstream, bytes, (out) => reply.push(out)),
    answer(bytes, via) {
      remember(state, upstream, item, bytes);
      return reply.answer(outwardAnswer(upstream, bytes), via);
    },
  };
  await session.handle({ kind: "single", item }, item.bytes, caller, back);
  forget();
}

/** What the client has subscribed to, as far as the server has agreed. */
function remember(
  { subscribed }: MergedState,
  upstream: string,
  item: Item<RequestMessage>,
  answer: Uint8Array,
): void {
  const { method, params } = item.message;
  const key = `${upstream} ${textOf(params["uri"])}`;
  if (method === "resources/unsubscribe") subscribed.delete(key);
  if (method !== "resources/subscribe" || outcomeOf(answer).kind !== "result") return;
  subscribed.set(key, item);
  if (subscribed.size <= SUBSCRIPTIONS_MAX) return;
  const [oldest] = subscribed.keys();
  if (oldest !== undefined) subscribed.delete(oldest);
}

/** Subscriptions of one session that are made again. */
const SUBSCRIPTIONS_MAX = 1_024;

/** The server that a request names is not there, or not for this caller. */
async function unreachable(
  state: MergedState,
  { message: { id, method, params }, bytes }: Item<RequestMessage>,
  reply: Reply,
  refusal: Refusal,
): Promise<void> {
  const record = await reject(state, refusal.code, bytes);
  const tool = method === "tools/call" ? textOf(params["name"]) : null;
  await reply.answer(refusalBytes(id, method, tool, { ...refusal, record }));
}

/** Reads a server's list, so that the names which had to be shortened are known. */
async function readNames(state: MergedState, upstream: string, method: string): Promise<void> {
  const { mergeMs, toolPages } = state.context.limits;
  const target = state.members.get(upstream) as Member;
  const listing = method === "tools/call" ? "tools/list" : "prompts/list";
  const kind = LISTS.get(listing) as ListKind;
  const signal = AbortSignal.timeout(mergeMs);
  let params: JsonObject = {};
  for (let pages = 0; pages < toolPages; pages += 1) {
    const outcome = await target.ask(listing, params, state.caller, signal);
    if (outcome.kind === "error") return;
    for (const entry of entriesOf(kind, outcome.result) ?? [])
      kind.show(state.names, upstream, entry);
    const cursor = member(outcome.result, "nextCursor");
    if (typeof cursor !== "string") return;
    params = { cursor };
  }
}

function ended(signal: AbortSignal): Promise<Refusal> {
  return new Promise((resolve) => {
    const done = (): void => resolve(plainRefusal("upstream.timeout"));
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
