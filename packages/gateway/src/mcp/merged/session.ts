import { type Caller, fail, isObject, type JsonObject, member, ok } from "@bylaw/core";
import type { McpContext } from "../context.ts";
import { onlyMembers } from "../decode.ts";
import { wireErrorBytes } from "../from-client.ts";
import {
  idKey,
  isId,
  type NotificationMessage,
  notificationBytes,
  type RequestMessage,
  type ResponseMessage,
  resultBytes,
} from "../jsonrpc.ts";
import { CLIENT_NOTIFICATIONS, CLIENT_REQUESTS, LEGACY_VERSIONS } from "../methods.ts";
import { plainRefusal, type Refusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import { withMember } from "../splice.ts";
import type { Item, Wire } from "../wire.ts";
import { within } from "../within.ts";
import { collect, outcomeOf } from "./collect.ts";
import type { Health } from "./health.ts";
import { mergeList } from "./lists.ts";
import { cancelAt, createMember, type Introduction, type Member } from "./member.ts";
import { MERGED, type Names } from "./names.ts";
import { LISTS, outwardAnswer } from "./outward.ts";
import { destinationOf } from "./routing.ts";
import { createServerRequests } from "./server-requests.ts";
import { introduction } from "./words.ts";

/** Begins a session with one upstream, under the name that policies and the catalog know it by. */
export type BeginMember = (
  upstream: string,
  caller: Caller,
  ends: {
    readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
    readonly onEnd: () => void;
  },
) => Session | null;

export interface MergedSetup {
  readonly context: McpContext;
  readonly names: Names;
  readonly health: Health;
  readonly caller: Caller;
  readonly begin: BeginMember;
  readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
  readonly onEnd: () => void;
  readonly onIdle: () => void;
}

/** Revisions with arrays are left out: all of a batch or nothing cannot be had from several servers. */
const VERSIONS: readonly string[] = LEGACY_VERSIONS.filter((version) => version !== "2025-03-26");

interface InFlight {
  readonly cancel: () => void;
}

/**
 * One client's session with all upstreams. It is a client of an ordinary session with each of them:
 * everything that goes there is decided, pinned and recorded as if it had come to that upstream's own
 * endpoint.
 */
export function createMergedSession(setup: MergedSetup): Session {
  const { context, names, health } = setup;
  const { limits } = context;
  const { credential } = setup.caller;
  const inFlight = new Map<string, InFlight>();
  const asked = createServerRequests();
  const subscribed = new Map<string, Item<RequestMessage>>();
  let members: ReadonlyMap<string, Member> = new Map();
  let caller = setup.caller;
  let phase: "fresh" | "starting" | "begun" | "over" = "fresh";
  let version: string | null = null;
  let level: JsonObject | null = null;
  let fanOuts = 0;

  const reject = (code: string, bytes: Uint8Array): Promise<number | null> =>
    context.reject({ upstream: MERGED, credential, code, bytes });

  const refuse = async (
    { message: { id, method }, bytes }: Item<RequestMessage>,
    reply: Reply,
    code: string,
    tool: string | null = null,
  ): Promise<void> => {
    const refusal = plainRefusal(code, null, await reject(code, bytes));
    await reply.answer(refusalBytes(id, tool === null ? "" : method, tool, refusal));
  };

  const connectedMembers = (): readonly Member[] =>
    [...members.values()].filter(({ session }) => session !== null);

  const connected = (one: Member): void => {
    if (level !== null && "logging" in one.capabilities)
      void one.ask("logging/setLevel", level, caller, AbortSignal.timeout(limits.mergeMs));
    for (const [key, { message }] of subscribed)
      if (key.startsWith(`${one.upstream} `))
        void one.ask(message.method, message.params, caller, AbortSignal.timeout(limits.mergeMs));
    if (phase !== "begun") return;
    // What the client has listed is without this server, or of an earlier run of it.
    for (const kind of ["tools", "prompts", "resources"])
      void setup.toClient(notificationBytes(`notifications/${kind}/list_changed`, {}));
  };

  const membersOf = (introduced: Introduction): ReadonlyMap<string, Member> =>
    new Map(
      names.upstreams.map((upstream) => {
        const one: Member = createMember({
          context,
          upstream,
          health,
          introduction: introduced,
          begin: (ends) => setup.begin(upstream, caller, ends),
          fromServer: (bytes) => fromServer(upstream, bytes, setup.toClient),
          onConnected: () => connected(one),
          onLost: () => asked.forget(upstream),
        });
        return [upstream, one];
      }),
    );

  /** What a server says or asks outside of its answers. */
  const fromServer = (
    upstream: string,
    bytes: Uint8Array,
    send: (bytes: Uint8Array) => Promise<boolean>,
  ): Promise<boolean> => {
    if (phase !== "begun") return Promise.resolve(false);
    const shown = asked.outward(upstream, bytes);
    return shown === null ? Promise.resolve(false) : send(shown);
  };

  const initialize = async (item: Item<RequestMessage>, reply: Reply): Promise<void> => {
    const { id, params } = item.message;
    const wanted = member(params, "protocolVersion");
    const capabilities = member(params, "capabilities") ?? {};
    const clientInfo = member(params, "clientInfo") ?? {};
    if (typeof wanted !== "string" || !isObject(capabilities) || !isObject(clientInfo))
      return refuse(item, reply, "params.arguments");
    phase = "starting";
    const chosen = versionFor(wanted);
    members = membersOf({ version: chosen, capabilities, clientInfo });
    const all = Promise.all([...members.values()].map((one) => one.connect(caller)));
    await within(all, limits.mergeMs);
    if (isOver()) return;
    version = chosen;
    phase = "begun";
    const texts = [...members.values()].map(({ upstream, instructions }) => ({
      upstream,
      instructions,
    }));
    await reply.answer(resultBytes(id, introduction(names, chosen, texts)));
  };

  const isOver = (): boolean => phase === "over";

  const list = async (item: Item<RequestMessage>, reply: Reply): Promise<void> => {
    const { id, method, params } = item.message;
    const kind = LISTS.get(method);
    if (kind === undefined) throw new Error("only lists are merged");
    const capability = method.split("/")[0] as string;
    const controller = new AbortController();
    inFlight.set(idKey(id), { cancel: () => controller.abort() });
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(limits.mergeMs)]);
    const merged = await mergeList(names, kind, params, async (upstream, own) => {
      const one = members.get(upstream) as Member;
      const refusal = await Promise.race([one.connect(caller), ended(signal)]);
      if (refusal !== null) return fail(refusal.code);
      // A server is not asked for what it does not have.
      if (!(capability in one.capabilities)) return ok({ [kind.key]: [] });
      const outcome = await one.ask(method, own, caller, signal);
      return outcome.kind === "result" ? ok(outcome.result) : fail(outcome.code);
    });
    if (controller.signal.aborted) return reply.accept();
    if (!merged.ok) return refuse(item, reply, merged.error);
    await reply.answer(resultBytes(id, merged.value.result));
  };

  const setLevel = async ({ message }: Item<RequestMessage>, reply: Reply): Promise<void> => {
    level = message.params;
    const able = connectedMembers().filter(({ capabilities }) => "logging" in capabilities);
    const signal = AbortSignal.timeout(limits.mergeMs);
    await Promise.all(able.map((one) => one.ask(message.method, message.params, caller, signal)));
    await reply.answer(resultBytes(message.id, {}));
  };

  const every = async (item: Item<RequestMessage>, reply: Reply): Promise<void> => {
    const { method, params } = item.message;
    const known = CLIENT_REQUESTS.get(method);
    if (known === undefined || !onlyMembers(params, known.members))
      return refuse(item, reply, "params.member");
    fanOuts += 1;
    try {
      if (LISTS.has(method)) await list(item, reply);
      else await setLevel(item, reply);
    } finally {
      fanOuts -= 1;
    }
  };

  const one = async (
    upstream: string,
    item: Item<RequestMessage>,
    shown: Item<RequestMessage>,
    reply: Reply,
  ): Promise<void> => {
    const { id, method, params } = shown.message;
    const target = members.get(upstream) as Member;
    const failed = await target.connect(caller);
    const { session } = target;
    if (failed !== null || session === null)
      return unreachable(shown, reply, failed ?? plainRefusal("upstream.closed"));
    const mine = caller;
    inFlight.set(idKey(id), { cancel: () => cancelAt(session, id, mine) });
    const meta = member(params, "_meta");
    const token = isObject(meta) ? member(meta, "progressToken") : undefined;
    const back: Reply = {
      ...reply,
      push: (bytes) => fromServer(upstream, bytes, (out) => reply.push(out)),
      answer(bytes, via) {
        if (method === "resources/subscribe" && outcomeOf(bytes).kind === "result")
          subscribed.set(`${upstream} ${String(item.message.params["uri"])}`, item);
        if (method === "resources/unsubscribe")
          subscribed.delete(`${upstream} ${String(item.message.params["uri"])}`);
        return reply.answer(outwardAnswer(upstream, bytes), via);
      },
    };
    const forget = isId(token) ? asked.expect(upstream, token) : () => undefined;
    await session.handle({ kind: "single", item }, item.bytes, mine, back);
    forget();
  };

  /** The server that a request names is not there, or not for this caller. */
  const unreachable = async (
    { message: { id, method, params }, bytes }: Item<RequestMessage>,
    reply: Reply,
    refusal: Refusal,
  ): Promise<void> => {
    const record = await reject(refusal.code, bytes);
    const tool = method === "tools/call" ? String(params["name"]) : null;
    await reply.answer(refusalBytes(id, method, tool, { ...refusal, record }));
  };

  /** Reads a server's lists, so that the names which they shorten are known. */
  const readNames = async (upstream: string, method: string): Promise<void> => {
    const target = members.get(upstream) as Member;
    const listing = method === "tools/call" ? "tools/list" : "prompts/list";
    const kind = LISTS.get(listing);
    const signal = AbortSignal.timeout(limits.mergeMs);
    let params: JsonObject = {};
    for (let pages = 0; kind !== undefined && pages < limits.toolPages; pages += 1) {
      const outcome = await target.ask(listing, params, caller, signal);
      if (outcome.kind === "error") return;
      const entries = member(outcome.result, kind.key);
      if (Array.isArray(entries))
        for (const entry of entries) if (isObject(entry)) kind.show(names, upstream, entry);
      const cursor = member(outcome.result, "nextCursor");
      if (typeof cursor !== "string") return;
      params = { cursor };
    }
  };

  const route = async (item: Item<RequestMessage>, reply: Reply): Promise<void> => {
    const { method, params } = item.message;
    let to = destinationOf(names, item);
    if (to.kind === "unread") {
      await readNames(to.upstream, method);
      to = destinationOf(names, item);
    }
    const tool = method === "tools/call" ? String(params["name"]) : null;
    if (to.kind === "nowhere") return refuse(item, reply, to.code, tool);
    if (to.kind === "unread") return refuse(item, reply, "tool.unknown", tool);
    return to.kind === "every" ? every(item, reply) : one(to.upstream, to.item, item, reply);
  };

  const obstacleTo = ({ id, method }: RequestMessage): string | null => {
    if (context.draining()) return "gateway.draining";
    if (!CLIENT_REQUESTS.has(method)) return "method.unknown";
    if (phase === "over") return "upstream.closed";
    if (method === "initialize" && phase !== "fresh") return "session.begun";
    if (method !== "initialize" && phase !== "begun") return "session.uninitialized";
    if (inFlight.has(idKey(id))) return "id.in_flight";
    return inFlight.size >= limits.inFlight ? "limit.in_flight" : null;
  };

  const request = async (item: Item<RequestMessage>, reply: Reply): Promise<void> => {
    const { id, method } = item.message;
    if (method === "ping") return reply.answer(resultBytes(id, {}));
    const obstacle = obstacleTo(item.message);
    if (obstacle !== null) return refuse(item, reply, obstacle);
    // Before the first wait: a second use of the id must see it.
    inFlight.set(idKey(id), { cancel: () => undefined });
    try {
      if (method === "initialize") await initialize(item, reply);
      else await route(item, reply);
    } catch (error) {
      const text = error instanceof Error ? error.name : "unknown";
      context.log({ kind: "bug", upstream: null, text });
      await reply.answer(refusalBytes(id, "", null, plainRefusal("gateway.error")));
    } finally {
      inFlight.delete(idKey(id));
    }
  };

  const notification = async ({
    message,
    bytes,
  }: Item<NotificationMessage>): Promise<string | null> => {
    const { method, params } = message;
    const known = CLIENT_NOTIFICATIONS.get(method);
    if (known === undefined) return "method.unknown";
    if (!onlyMembers(params, known)) return "params.member";
    if (phase !== "begun") return "session.uninitialized";
    switch (method) {
      case "notifications/cancelled": {
        const id = params["requestId"];
        const entry = isId(id) ? inFlight.get(idKey(id)) : undefined;
        if (entry === undefined) return "cancel.unmatched";
        entry.cancel();
        return null;
      }
      case "notifications/progress": {
        const found = asked.progress(params["progressToken"]);
        const session = found === null ? null : members.get(found.upstream)?.session;
        if (found === null || session == null) return "progress.unmatched";
        const own = JSON.stringify(found.token);
        const message2 = { ...message, params: { ...params, progressToken: found.token } };
        const rewritten = withMember(bytes, ["params"], "progressToken", own);
        await pass(session, { message: message2, bytes: rewritten });
        return null;
      }
      case "notifications/roots/list_changed":
        for (const { session } of connectedMembers())
          if (session !== null) await pass(session, { message, bytes });
        return null;
      default:
        return null; // each server has had its own when it was connected
    }
  };

  const pass = (session: Session, item: Item): Promise<void> =>
    session.handle({ kind: "single", item }, item.bytes, caller, collect(session).reply);

  const response = async ({ message, bytes }: Item<ResponseMessage>): Promise<string | null> => {
    const found = asked.answered(message.id);
    const session = found === null ? null : members.get(found.upstream)?.session;
    if (found === null || session == null) return "response.unmatched";
    const own = withMember(bytes, [], "id", JSON.stringify(found.id));
    await pass(session, { message: { ...message, id: found.id }, bytes: own });
    return null;
  };

  const handle = async (wire: Wire, bytes: Uint8Array, reply: Reply): Promise<void> => {
    const decline = async (code: string): Promise<void> => {
      await reject(code, bytes);
      reply.decline(wireErrorBytes(code, null), 400);
    };
    if (wire.kind === "batch") return decline("batch.version");
    const { message, bytes: own } = wire.item;
    if (message.kind === "request") return request({ message, bytes: own }, reply);
    const code =
      message.kind === "notification"
        ? await notification({ message, bytes: own })
        : await response({ message, bytes: own });
    return code === null ? reply.accept() : decline(code);
  };

  let closed: Promise<void> = Promise.resolve();
  return {
    upstream: MERGED,
    credential,
    get version() {
      return version;
    },
    get busy() {
      return inFlight.size + asked.size;
    },
    get running() {
      return fanOuts;
    },
    async handle(wire, bytes, from, reply) {
      caller = from;
      await handle(wire, bytes, reply);
      setup.onIdle();
    },
    toolsChanged: () => undefined, // the sessions with each upstream say it
    hungUp(connection) {
      for (const { session } of connectedMembers()) session?.hungUp(connection);
    },
    inputEnded() {
      for (const { session } of connectedMembers()) session?.inputEnded();
    },
    end(code) {
      if (phase === "over") return closed;
      phase = "over";
      for (const { cancel } of inFlight.values()) if (code !== "gateway.draining") cancel();
      closed = Promise.all([...members.values()].map((each) => each.end(code))).then(
        () => undefined,
      );
      setup.onEnd();
      return closed;
    },
  };
}

function versionFor(wanted: string): string {
  if (VERSIONS.includes(wanted)) return wanted;
  // Whoever knows the revision with batches knows the one before it, too.
  return wanted === "2025-03-26" ? "2024-11-05" : (VERSIONS[0] as string);
}

function ended(signal: AbortSignal): Promise<Refusal> {
  return new Promise((resolve) => {
    const done = (): void => resolve(plainRefusal("upstream.timeout"));
    if (signal.aborted) done();
    else signal.addEventListener("abort", done, { once: true });
  });
}
