import type { Caller } from "@bylaw/core";
import type { McpContext } from "../context.ts";
import { onlyMembers } from "../decode.ts";
import { wireErrorBytes } from "../from-client.ts";
import type { BeginSession } from "../http.ts";
import {
  idKey,
  isId,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
  resultBytes,
} from "../jsonrpc.ts";
import { CLIENT_NOTIFICATIONS, CLIENT_REQUESTS } from "../methods.ts";
import { plainRefusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import { withMember } from "../splice.ts";
import type { Item, Wire } from "../wire.ts";
import { initialize } from "./begin.ts";
import type { Health } from "./health.ts";
import { MERGED, type Names } from "./names.ts";
import { route } from "./requests.ts";
import { createServerRequests } from "./server-requests.ts";
import { connectedMembers, type MergedState, pass, refuse, reject } from "./state.ts";

export interface MergedSetup {
  readonly context: McpContext;
  readonly names: Names;
  readonly health: Health;
  readonly caller: Caller;
  /** Begins a session with one upstream, under the name that policies and the catalog know it by. */
  readonly begin: BeginSession;
  readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
  readonly onEnd: () => void;
  readonly onIdle: () => void;
}

/**
 * One client's session with all upstreams. It is a client of an ordinary session with each of them:
 * everything that goes there is decided, pinned and recorded as if it had come to that upstream's own
 * endpoint.
 */
export function createMergedSession(setup: MergedSetup): Session {
  const state: MergedState = {
    context: setup.context,
    names: setup.names,
    credential: setup.caller.credential,
    toClient: setup.toClient,
    inFlight: new Map(),
    asked: createServerRequests(),
    subscribed: new Map(),
    members: new Map(),
    caller: setup.caller,
    phase: "fresh",
    version: null,
    level: null,
    spread: 0,
  };
  let closed: Promise<void> = Promise.resolve();
  return {
    upstream: MERGED,
    credential: state.credential,
    get version() {
      return state.version;
    },
    get busy() {
      return state.inFlight.size + state.asked.size;
    },
    get running() {
      return state.spread;
    },
    async handle(wire, bytes, from, reply) {
      state.caller = from;
      await take(state, setup, wire, bytes, reply);
      setup.onIdle();
    },
    toolsChanged: () => undefined, // the sessions with each upstream say it
    hungUp(connection) {
      for (const { session } of connectedMembers(state)) session?.hungUp(connection);
    },
    inputEnded() {
      for (const { session } of connectedMembers(state)) session?.inputEnded();
    },
    end(code) {
      if (state.phase === "over") return closed;
      state.phase = "over";
      if (code !== "gateway.draining") for (const give of state.inFlight.values()) give();
      const ending = [...state.members.values()].map((each) => each.end(code));
      closed = Promise.all(ending).then(() => undefined);
      setup.onEnd();
      return closed;
    },
  };
}

async function take(
  state: MergedState,
  setup: MergedSetup,
  wire: Wire,
  bytes: Uint8Array,
  reply: Reply,
): Promise<void> {
  const decline = async (code: string): Promise<void> => {
    await reject(state, code, bytes);
    reply.decline(wireErrorBytes(code, null), 400);
  };
  if (wire.kind === "batch") return decline("batch.version");
  const { message, bytes: own } = wire.item;
  if (message.kind === "request") return takeRequest(state, setup, { message, bytes: own }, reply);
  const code =
    message.kind === "notification"
      ? await takeNotification(state, { message, bytes: own })
      : await takeResponse(state, { message, bytes: own });
  return code === null ? reply.accept() : decline(code);
}

async function takeRequest(
  state: MergedState,
  setup: MergedSetup,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, method } = item.message;
  if (method === "ping") return reply.answer(resultBytes(id, {}));
  const obstacle = obstacleTo(state, item.message);
  if (obstacle !== null) return refuse(state, item, reply, obstacle);
  // Before the first wait: a second use of the id must see it.
  state.inFlight.set(idKey(id), () => undefined);
  try {
    if (method === "initialize") await initialize(state, setup, item, reply);
    else await route(state, item, reply);
  } catch (error) {
    const text = error instanceof Error ? error.name : "unknown";
    state.context.log({ kind: "bug", upstream: null, text });
    await reply.answer(refusalBytes(id, "", null, plainRefusal("gateway.error")));
  } finally {
    state.inFlight.delete(idKey(id));
  }
}

function obstacleTo(state: MergedState, { id, method }: RequestMessage): string | null {
  const { context, inFlight, phase } = state;
  if (context.draining()) return "gateway.draining";
  if (!CLIENT_REQUESTS.has(method)) return "method.unknown";
  if (phase === "over") return "upstream.closed";
  if (method === "initialize" && phase !== "fresh") return "session.begun";
  if (method !== "initialize" && phase !== "begun") return "session.uninitialized";
  if (inFlight.has(idKey(id))) return "id.in_flight";
  return inFlight.size >= context.limits.inFlight ? "limit.in_flight" : null;
}

/** Out: null when the notification was taken, else why it goes nowhere. */
async function takeNotification(
  state: MergedState,
  { message, bytes }: Item<NotificationMessage>,
): Promise<string | null> {
  const { method, params } = message;
  const known = CLIENT_NOTIFICATIONS.get(method);
  if (known === undefined) return "method.unknown";
  if (!onlyMembers(params, known)) return "params.member";
  if (state.phase !== "begun") return "session.uninitialized";
  switch (method) {
    case "notifications/cancelled": {
      const id = params["requestId"];
      const give = isId(id) ? state.inFlight.get(idKey(id)) : undefined;
      give?.();
      return give === undefined ? "cancel.unmatched" : null;
    }
    case "notifications/progress": {
      const found = state.asked.progress(params["progressToken"]);
      const session = found === null ? null : state.members.get(found.upstream)?.session;
      if (found === null || session == null) return "progress.unmatched";
      const { token } = found;
      await pass(state, session, {
        message: { ...message, params: { ...params, progressToken: token } },
        bytes: withMember(bytes, ["params"], "progressToken", JSON.stringify(token)),
      });
      return null;
    }
    case "notifications/roots/list_changed":
      for (const { session } of connectedMembers(state))
        if (session !== null) await pass(state, session, { message, bytes });
      return null;
    default:
      return null; // each server has had its own when it was connected
  }
}

/** Out: null when a request of a server waited for this answer, else why it goes nowhere. */
async function takeResponse(
  state: MergedState,
  { message, bytes }: Item<ResponseMessage>,
): Promise<string | null> {
  const found = state.asked.answered(message.id);
  const session = found === null ? null : state.members.get(found.upstream)?.session;
  if (found === null || session == null) return "response.unmatched";
  const { id } = found;
  const own = withMember(bytes, [], "id", JSON.stringify(id));
  await pass(state, session, { message: { ...message, id }, bytes: own });
  return null;
}
