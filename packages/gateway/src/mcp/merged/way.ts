import {
  type Caller,
  fail,
  isObject,
  type Json,
  type JsonObject,
  member,
  ok,
  type Result,
} from "@bylaw/core";
import { Cancel } from "../../cancel.ts";
import { MODERN_RPC, RPC, rpcCode, statusOf } from "../codes.ts";
import type { McpContext } from "../context.ts";
import { onlyMembers } from "../decode.ts";
import {
  encode,
  errorBytes,
  notificationBytes,
  type RequestMessage,
  resultBytes,
} from "../jsonrpc.ts";
import { PLAIN } from "../link.ts";
import { LEGACY_VERSIONS, MODERN_REQUESTS } from "../methods.ts";
import { extensionsOf, META, MODERN_VERSIONS, TASKS_EXTENSION } from "../modern/meta.ts";
import type { Arrived, Running, Way } from "../modern/side.ts";
import { plainRefusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Item } from "../wire.ts";
import { collect, outcomeOf } from "./collect.ts";
import type { Health } from "./health.ts";
import { mergeList } from "./lists.ts";
import { MERGED, type Names, readUri } from "./names.ts";
import { entriesOf, LISTS, outwardAnswer, outwardNotification, textOf } from "./outward.ts";
import { type Destination, destinationOf } from "./routing.ts";
import { discovery } from "./words.ts";

export interface MergedWaySetup {
  readonly context: McpContext;
  readonly names: Names;
  readonly health: Health;
  /** The way to one upstream; null: there are too many. */
  readonly way: (upstream: string, caller: Caller) => Way | null;
  readonly close: () => Promise<void>;
}

/** A request that is being handed out, and the parts of it that run. */
interface Spread extends Arrived {
  readonly parts: Set<Running>;
  readonly over: Cancel;
}

/**
 * The way of requests without sessions to all upstreams. Each goes by the way to the upstream that it
 * names, as it would from that upstream's own endpoint; lists are put together.
 */
export function createMergedWay({ context, names, health, way, close }: MergedWaySetup): Way {
  const { limits } = context;

  const refuse = async (
    { item: { message, bytes }, caller, reply }: Arrived,
    code: string,
    tool: string | null = null,
  ): Promise<void> => {
    const { credential } = caller;
    const record = await context.reject({ upstream: MERGED, credential, code, bytes });
    const form = tool === null ? "" : message.method;
    const refusal = plainRefusal(code, null, record);
    const answer = refusalBytes(message.id, form, tool, refusal, "modern");
    const status = tool === null ? statusOf(rpcCode(code)) : 200;
    await reply.answer(answer, { ...PLAIN, status });
  };

  /** Asks one upstream on the client's behalf. */
  const ask = async (
    spread: Spread,
    upstream: string,
    method: string,
    params: JsonObject,
  ): Promise<Result<JsonObject, string>> => {
    const sick = health.obstacle(upstream);
    if (sick !== null) return fail(sick);
    const to = way(upstream, spread.caller);
    if (to === null) return fail("limit.sessions");
    const { reply, answer } = collect(spread.reply.connection);
    const asked = { ...params, _meta: member(spread.item.message.params, "_meta") ?? {} };
    const part = to.take({ ...spread, item: own(context, method, asked), reply, headers: null });
    spread.parts.add(part);
    const timer = setTimeout(() => part.abort("client.closed"), limits.mergeMs);
    const bytes = await answer;
    clearTimeout(timer);
    spread.parts.delete(part);
    const outcome = outcomeOf(bytes);
    if (outcome.kind === "result") {
      health.worked(upstream);
      return ok(outcome.result);
    }
    // A client that turned away says nothing about the server.
    if (spread.over.signal.aborted) return fail("client.cancelled");
    if (to.era === "legacy") return fail("upstream.era");
    const code = bytes === null ? "upstream.timeout" : outcome.code;
    if (code === "upstream.error" && outcome.error["code"] === RPC.unknownMethod)
      return fail("method.unknown");
    if (code.startsWith("upstream.") && code !== "upstream.error") health.failed(upstream, code);
    return fail(code);
  };

  const discover = async (spread: Spread): Promise<void> => {
    const { item, reply } = spread;
    const { id, method } = item.message;
    const asked = await Promise.all(
      names.upstreams.map(async (upstream) => ({
        upstream,
        found: await ask(spread, upstream, method, {}),
      })),
    );
    if (spread.over.signal.aborted) return reply.accept();
    // All or none: a client that is told of this era would never see the servers of the other.
    if (asked.some(({ found }) => !found.ok && found.error === "upstream.era")) {
      const { credential } = spread.caller;
      const code = "method.unknown";
      const { bytes } = item;
      const record = await context.reject({ upstream: MERGED, credential, code, bytes });
      const refusal = refusalBytes(id, "", null, plainRefusal(code, null, record));
      return reply.answer(refusal, { ...PLAIN, status: 400 });
    }
    const servers = asked.map(({ upstream, found }) => {
      const text = found.ok ? member(found.value, "instructions") : null;
      return { upstream, instructions: typeof text === "string" ? text : null };
    });
    const tasks = asked.some(
      ({ found }) => found.ok && extensionsOf(found.value).includes(TASKS_EXTENSION),
    );
    const extensions: JsonObject = tasks ? { [TASKS_EXTENSION]: {} } : {};
    const shown = discovery(names, MODERN_VERSIONS, servers, extensions);
    await reply.answer(resultBytes(id, { ...shown, ...cacheable(context, []) }));
  };

  const list = async (spread: Spread): Promise<void> => {
    const { item, reply } = spread;
    const { id, method, params } = item.message;
    const kind = LISTS.get(method);
    if (kind === undefined) throw new Error("only lists are merged");
    const merged = await mergeList(names, kind, params, async (upstream, wanted) => {
      const page = await ask(spread, upstream, method, wanted);
      return !page.ok && page.error === "method.unknown" ? ok({ [kind.key]: [] }) : page;
    });
    if (spread.over.signal.aborted) return reply.accept();
    if (!merged.ok) return refuse(spread, merged.error);
    const { result, parts } = merged.value;
    const whole = { ...result, resultType: "complete", ...cacheable(context, parts) };
    await reply.answer(resultBytes(id, whole));
  };

  const readNames = async (spread: Spread, upstream: string): Promise<void> => {
    const listing = spread.item.message.method === "tools/call" ? "tools/list" : "prompts/list";
    const kind = LISTS.get(listing);
    let params: JsonObject = {};
    for (let pages = 0; kind !== undefined && pages < limits.toolPages; pages += 1) {
      const page = await ask(spread, upstream, listing, params);
      if (!page.ok) return;
      for (const entry of entriesOf(kind, page.value) ?? []) kind.show(names, upstream, entry);
      const cursor = member(page.value, "nextCursor");
      if (typeof cursor !== "string") return;
      params = { cursor };
    }
  };

  const one = async (
    spread: Spread,
    { upstream, item }: Extract<Destination, { kind: "one" }>,
  ): Promise<void> => {
    const { reply } = spread;
    const to = way(upstream, spread.caller);
    if (to === null) return refuse(spread, "limit.sessions");
    const back: Reply = {
      ...reply,
      push: (bytes) => reply.push(outwardPush(upstream, bytes)),
      answer: (bytes, via) => reply.answer(outwardAnswer(upstream, bytes), via),
    };
    const part = to.take({ ...spread, item, reply: back });
    spread.parts.add(part);
    await part.done;
    spread.parts.delete(part);
  };

  /** One subscription at each upstream: all of them are acknowledged as one, and it lasts as the longest. */
  const listen = async (spread: Spread): Promise<void> => {
    const { item, reply, caller } = spread;
    const { id, params } = item.message;
    const wanted = subscriptionsOf(names, params);
    if (wanted === null) return refuse(spread, "params.target");
    const accepted: JsonObject[] = [];
    let waiting = wanted.size;
    const acknowledge = (part: JsonObject | null, upstream: string): void => {
      if (part !== null) accepted.push(shownFilter(upstream, part));
      waiting -= 1;
      if (waiting > 0) return;
      const method = "notifications/subscriptions/acknowledged";
      const notifications = Object.assign({}, ...accepted) as JsonObject;
      const uris = accepted.flatMap(({ resourceSubscriptions: own }) =>
        Array.isArray(own) ? (own as readonly Json[]) : [],
      );
      const all = uris.length === 0 ? {} : { resourceSubscriptions: uris };
      const _meta = { [META.subscription]: id };
      void reply.push(
        notificationBytes(method, { _meta, notifications: { ...notifications, ...all } }),
      );
    };
    const ends = [...wanted].map(async ([upstream, notifications]) => {
      let acknowledged = false;
      const once = (part: JsonObject | null): void => {
        if (acknowledged) return;
        acknowledged = true;
        acknowledge(part, upstream);
      };
      const to = health.obstacle(upstream) === null ? way(upstream, caller) : null;
      if (to === null) return once(null);
      const { reply: kept, answer } = collect(reply.connection, (bytes) => {
        const { method, params: said } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
          readonly method: string;
          readonly params: JsonObject;
        };
        if (method !== "notifications/subscriptions/acknowledged")
          return reply.push(outwardPush(upstream, bytes, id));
        const part = member(said, "notifications");
        once(isObject(part) ? part : {});
        return Promise.resolve(true);
      });
      const own_ = own(context, "subscriptions/listen", {
        notifications,
        _meta: member(params, "_meta") ?? {},
      });
      const part = to.take({ ...spread, item: own_, reply: kept, headers: null });
      spread.parts.add(part);
      const refused = outcomeOf(await answer);
      spread.parts.delete(part);
      once(null);
      return refused.kind === "error" && refused.code !== "client.cancelled"
        ? refused.code
        : undefined;
    });
    const codes = (await Promise.all(ends)).filter((code) => typeof code === "string");
    const [first] = codes;
    // Nobody has anything to say to this client.
    if (first !== undefined && codes.length === wanted.size) return refuse(spread, first);
    return reply.accept();
  };

  const route = async (spread: Spread): Promise<void> => {
    const { item, meta, reply } = spread;
    const { id, method, params } = item.message;
    if (!MODERN_VERSIONS.includes(meta.version)) {
      const code = MODERN_RPC.unsupportedVersion;
      const supported = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];
      const data = { supported, requested: meta.version };
      const bytes = errorBytes(id, code, "unsupported protocol version", data);
      return reply.answer(bytes, { ...PLAIN, status: statusOf(code) });
    }
    const known = MODERN_REQUESTS.get(method);
    if (known === undefined) return refuse(spread, "method.unknown");
    if (context.draining()) return refuse(spread, "gateway.draining");
    const tool = method === "tools/call" ? textOf(params["name"]) : null;
    let to = destinationOf(names, item);
    if (to.kind === "unread") {
      await readNames(spread, to.upstream);
      to = destinationOf(names, item);
    }
    // A name that is not there is the caller's mistake and an error of the protocol, not of a tool.
    if (to.kind === "unread") return refuse(spread, "tool.unknown");
    if (to.kind === "nowhere")
      return refuse(spread, to.code, to.code === "tool.ambiguous" ? tool : null);
    if (to.kind === "one") return one(spread, to);
    if (!onlyMembers(params, known.members)) return refuse(spread, "params.member");
    if (method === "server/discover") return discover(spread);
    return method === "subscriptions/listen" ? listen(spread) : list(spread);
  };

  return {
    era: "modern",
    take(arrived) {
      const parts = new Set<Running>();
      const over = new Cancel();
      const spread: Spread = { ...arrived, parts, over };
      const done = route(spread).catch(async (error: unknown) => {
        const text = error instanceof Error ? error.name : "unknown";
        context.log({ kind: "bug", upstream: null, text });
        const refusal = plainRefusal("gateway.error");
        await arrived.reply.answer(refusalBytes(arrived.item.message.id, "", null, refusal));
      });
      return {
        done,
        get waiting() {
          return [...parts].some(({ waiting }) => waiting);
        },
        abort(code) {
          over.abort(code);
          for (const part of parts) part.abort(code);
        },
      };
    },
    close,
  };
}

function own({ ids }: McpContext, method: string, params: JsonObject): Item<RequestMessage> {
  // In a space of this gateway's own that no client can guess.
  const id = `bylaw:${ids.session()}`;
  return {
    message: { kind: "request", id, method, params },
    bytes: encode({ jsonrpc: "2.0", id, method, params }),
  };
}

/** For this client alone, and no longer than the shortest of what it was put together from. */
function cacheable({ limits }: McpContext, parts: readonly JsonObject[]): JsonObject {
  const times = parts.flatMap((part) => {
    const ttl = member(part, "ttlMs");
    return typeof ttl === "number" ? [ttl] : [];
  });
  return { ttlMs: Math.min(limits.cacheTtlMs, ...times), cacheScope: "private" };
}

/** A notification on the way to the client; `subscription` is the client's own id for it. */
function outwardPush(
  upstream: string,
  bytes: Uint8Array,
  subscription: string | number | null = null,
): Uint8Array {
  const message = JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonObject;
  const params = (member(message, "params") ?? {}) as JsonObject;
  const method = textOf(message["method"]);
  if (subscription === null)
    return "uri" in params || "taskId" in params
      ? outwardNotification(upstream, method, params)
      : bytes;
  const meta = member(params, "_meta");
  const _meta = { ...(isObject(meta) ? meta : {}), [META.subscription]: subscription };
  return outwardNotification(upstream, method, { ...params, _meta });
}

/** What each upstream is asked to tell; null for an address that is none of theirs. */
function subscriptionsOf(names: Names, params: JsonObject): ReadonlyMap<string, JsonObject> | null {
  const wanted = member(params, "notifications");
  if (!isObject(wanted)) return null;
  const { resourceSubscriptions, ...others } = wanted;
  const uris = new Map<string, string[]>();
  if (resourceSubscriptions !== undefined) {
    if (!Array.isArray(resourceSubscriptions)) return null;
    for (const shown of resourceSubscriptions) {
      const read = typeof shown === "string" ? readUri(names.upstreams, shown) : null;
      if (read === null) return null;
      uris.set(read.upstream, [...(uris.get(read.upstream) ?? []), read.uri]);
    }
  }
  const everywhere = Object.keys(others).length > 0;
  return new Map(
    names.upstreams
      .filter((upstream) => everywhere || uris.has(upstream))
      .map((upstream) => {
        const own = uris.get(upstream);
        return [upstream, own === undefined ? others : { ...others, resourceSubscriptions: own }];
      }),
  );
}

function shownFilter(upstream: string, filter: JsonObject): JsonObject {
  const { resourceSubscriptions, ...others } = filter;
  if (!Array.isArray(resourceSubscriptions)) return others;
  const uris = resourceSubscriptions.map((uri) => `bylaw:${upstream}:${String(uri)}`);
  return { ...others, resourceSubscriptions: uris };
}
