import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@bylaw/core";
import type { Dispatcher } from "undici";
import type { McpContext } from "../context.ts";
import { takeUpstream } from "../from-upstream.ts";
import type { RequestMessage } from "../jsonrpc.ts";
import type { LinkEvents, UpstreamConfig } from "../link.ts";
import type { Health } from "../merged/health.ts";
import { MERGED, type Names } from "../merged/names.ts";
import { createMergedWay } from "../merged/way.ts";
import type { Reply } from "../reply.ts";
import { letGo } from "../session.ts";
import { freshState, reject, type SessionState } from "../state.ts";
import { createToolCache } from "../tools.ts";
import { createStdioLink } from "../upstream-stdio.ts";
import type { Item } from "../wire.ts";
import { type Channel, createChannel } from "./channel.ts";
import type { Era, Lane, ModernRequest } from "./lane.ts";
import type { RequestMeta } from "./meta.ts";
import { takeModern } from "./take.ts";
import { createModernHttpLink } from "./upstream-http.ts";

/** A request without a session, as its transport has read it. */
export interface Arrived {
  readonly item: Item<RequestMessage>;
  readonly meta: RequestMeta;
  readonly caller: Caller;
  readonly reply: Reply;
  /** Null where the transport has none. */
  readonly headers: IncomingHttpHeaders | null;
}

/** A request that is being answered. */
export interface Running {
  /** Resolves when it has been answered. Never rejects. */
  readonly done: Promise<void>;
  /** It waits for a person. */
  readonly waiting: boolean;
  /** The client wants no answer any more: the upstream is told, whatever it has done by then. */
  abort(code: string): void;
}

/** How requests without a session come to an upstream. */
export interface Way {
  /** Which rules the upstream follows, as far as it is known. */
  readonly era: Era["kind"];
  take(arrived: Arrived): Running;
  close(): Promise<void>;
}

/** The gateway's part for requests without sessions (revision 2026-07-28). */
export interface ModernSide {
  /** Requests without an answer that do not wait for a person. */
  readonly running: number;
  /** The way of a credential to an upstream that all its HTTP requests share; null: there are too many. */
  way(upstream: string, caller: Caller): Way | null;
  /** A way of its own for one connection; close it with the connection. */
  ownWay(upstream: string, caller: Caller): Way;
  /** Closes ways that nobody has used for too long. */
  sweep(): void;
  /** Ends what still runs and every way. */
  end(code: string): Promise<void>;
}

export interface ModernSetup {
  readonly context: McpContext;
  readonly upstreams: ReadonlyMap<string, UpstreamConfig>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pool: (url: string) => Dispatcher;
  readonly names: Names;
  readonly health: Health;
  /** Called whenever a request has been answered. */
  readonly onIdle: () => void;
}

export function createModernSide(setup: ModernSetup): ModernSide {
  const { context, upstreams, environment, pool, names, health, onIdle } = setup;
  const { limits, ops } = context;
  const shared = new Map<string, Lane>();
  const eras = new Map<string, { known: Era }>();
  const states = new Set<SessionState>();

  const eraOf = (upstream: string): { known: Era } => {
    const era = eras.get(upstream) ?? { known: { kind: "unknown" } };
    eras.set(upstream, era);
    return era;
  };

  const ownLane = (upstream: string, { credential }: Caller): Lane => {
    const config = upstreams.get(upstream);
    if (config === undefined) throw new Error("upstreams are looked up before");
    let channel: Channel | null = null;
    const lane: Lane = {
      upstream,
      credential,
      tools: createToolCache(),
      tasks: new Set(),
      silentIsLegacy: config.kind === "stdio",
      era: eraOf(upstream),
      connected: false,
      running: 0,
      lastUsed: ops.now(),
      link(events) {
        if (config.kind === "http")
          return createModernHttpLink(config, pool(config.url), limits, events);
        channel ??= createChannel((base) => createStdioLink(config, environment, limits, base), {
          garbage: (code, bytes) => void context.reject({ upstream, credential, code, bytes }),
          closed(code) {
            channel = null; // the next request starts it anew
            lane.connected = false;
            lane.tools.invalidate();
            context.log({ kind: "upstream_closed", upstream, text: code });
          },
          log: (text) => context.log({ kind: "upstream_log", upstream, text }),
        });
        return channel.join(events);
      },
      async close() {
        const closing = channel;
        channel = null;
        lane.connected = false;
        await closing?.close();
      },
    };
    return lane;
  };

  const take = (lane: Lane, { item, meta, caller, reply, headers }: Arrived): Running => {
    const modern: ModernRequest = { ...meta, lane, headers, mirror: {} };
    const { upstream } = lane;
    const toClient = (): Promise<boolean> => Promise.resolve(false);
    const events: LinkEvents = {
      message: (message, related, via) => takeUpstream(state, message, related, via),
      garbage(code, bytes, id) {
        if (code !== "upstream.cancelled") void reject(state, code, bytes);
        if (id !== null) state.asked.fail(id, code);
      },
      closed: (code) => state.asked.failAll(code),
      paused: () => undefined,
      log: (text) => context.log({ kind: "upstream_log", upstream, text }),
    };
    const state: SessionState = {
      ...freshState({ context, upstream, caller, toClient, tools: lane.tools }),
      modern,
      phase: "begun",
      version: meta.version,
      link: lane.link(events),
    };
    states.add(state);
    const finish = async (): Promise<void> => {
      await takeModern(state, modern, item, reply);
      states.delete(state);
      state.phase = "over";
      await state.link.close();
      onIdle();
    };
    return {
      done: finish(),
      get waiting() {
        return [...state.inFlight.values()].some(({ held, forwarded }) => held && !forwarded);
      },
      abort: (code) => abortAll(state, code),
    };
  };

  const lane = (upstream: string, caller: Caller): Lane | null => {
    const key = `${upstream} ${caller.credential}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (shared.size >= limits.sessions) return null;
    const fresh = ownLane(upstream, caller);
    shared.set(key, fresh);
    return fresh;
  };

  const by = (own: Lane): Way => ({
    get era() {
      return own.era.known.kind;
    },
    take: (arrived) => take(own, arrived),
    close: () => own.close(),
  });

  const way = (upstream: string, caller: Caller): Way | null => {
    if (upstream === MERGED)
      return createMergedWay({ context, names, health, way, close: async () => undefined });
    const found = lane(upstream, caller);
    return found === null ? null : by(found);
  };

  const ownWay = (upstream: string, opener: Caller): Way => {
    if (upstream !== MERGED) return by(ownLane(upstream, opener));
    const own = new Map<string, Way>();
    return createMergedWay({
      context,
      names,
      health,
      way(each) {
        const known = own.get(each) ?? by(ownLane(each, opener));
        own.set(each, known);
        return known;
      },
      async close() {
        await Promise.all([...own.values()].map((each) => each.close()));
      },
    });
  };

  return {
    get running() {
      return [...states].reduce((sum, state) => sum + runningOf(state), 0);
    },
    way,
    ownWay,
    sweep() {
      const now = ops.now();
      for (const [key, lane] of shared) {
        if (lane.running > 0 || now - lane.lastUsed <= limits.sessionIdleMs) continue;
        shared.delete(key);
        void lane.close();
      }
    },
    async end(code) {
      for (const state of states) abortAll(state, code);
      const lanes = [...shared.values()];
      shared.clear();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

function abortAll(state: SessionState, code: string): void {
  for (const entry of state.inFlight.values())
    if (entry.forwarded) entry.abort.abort(code);
    else letGo(entry, code);
}

/** A subscription is no work that a stop would wait for, and neither is a call that waits for a person. */
function runningOf(state: SessionState): number {
  return [...state.inFlight.values()].filter(
    ({ held, forwarded, method }) => method !== "subscriptions/listen" && (!held || forwarded),
  ).length;
}
