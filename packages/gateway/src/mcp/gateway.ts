import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PeerCertificate } from "node:tls";
import { Pool } from "undici";
import type { PipelineOps } from "../ops.ts";
import { createRejects } from "../rejects.ts";
import { type McpContext, type McpIds, type McpLogEvent, type Visible } from "./context.ts";
import { type BeginSession, createHttpSide, refuse, turnAway } from "./http.ts";
import { type Authenticate, challenge, type GuardOptions, guard } from "./http-guard.ts";
import { MCP_LIMITS, type McpLimits } from "./limits.ts";
import type { Link, LinkEvents, UpstreamConfig } from "./link.ts";
import { createHealth } from "./merged/health.ts";
import { createNames, MERGED } from "./merged/names.ts";
import { createMergedSession } from "./merged/session.ts";
import { createRequestStates } from "./modern/request-state.ts";
import { createModernSide } from "./modern/side.ts";
import type { Redactor } from "./redact.ts";
import type { Review } from "./review.ts";
import { createSession, type Session } from "./session.ts";
import { createHttpSessions, createSessionCount } from "./sessions.ts";
import { type Identify, serveStream } from "./stream.ts";
import { acceptUpgrade, refuseUpgrade, UPGRADE_PROTOCOL } from "./upgrade.ts";
import { createStdioLink } from "./upstream-stdio.ts";
import { createWebLink } from "./upstream-web.ts";

export interface McpGatewayOptions {
  readonly upstreams: ReadonlyMap<string, UpstreamConfig>;
  readonly ops: PipelineOps;
  readonly authenticate: Authenticate;
  readonly ids: McpIds;
  /** Bylaw's environment; stdio upstreams get PATH, HOME and LANG of it and nothing else. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Host names that are Bylaw itself, lower case, without port. */
  readonly hosts: readonly string[];
  /** Further web origins that may call. */
  readonly origins: readonly string[];
  /** Whether a caller may know of a tool: false only if it would be blocked whatever its arguments. */
  readonly visible: Visible;
  /** Judges what upstreams say about themselves. */
  readonly review: Review;
  /** Keyed digest of a result's bytes. */
  readonly resultDigest: (bytes: Uint8Array) => string;
  readonly redactor: Redactor;
  /**
   * Secret key of at least 32 bytes, the same for all gateways of one deployment: seals what clients
   * carry from one request to the next.
   */
  readonly stateKey: Uint8Array;
  readonly log: (event: McpLogEvent) => void;
  /**
   * Judges the certificate of a connection to an upstream, the usual checks included: out, why it may not
   * be used. In: the upstream's origin, the host's name.
   */
  readonly certificate?: CheckCertificate;
  readonly limits?: Partial<McpLimits>;
}

/** The MCP enforcement point: everything between a client's bytes and an upstream's. */
export interface McpGateway {
  /** Serves one request to the endpoint of an upstream. Never rejects. */
  handleHttp(request: IncomingMessage, response: ServerResponse, upstream: string): Promise<void>;
  /** Serves the `upgrade` event of the HTTP server for the endpoint of an upstream. Never rejects. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upstream: string,
  ): Promise<void>;
  /** Serves newline-delimited JSON-RPC over a byte stream until it ends. Never rejects. */
  handleStream(duplex: Duplex, identify: Identify, upstream: string): Promise<void>;
  /** A person has judged what an upstream shows: its clients are told to list its tools again. */
  toolsChanged(upstream: string): void;
  /**
   * Takes nothing new, lets what is in flight finish for at most `timeoutMs`, then closes every
   * upstream. Calls that wait for a person stay stored and can be approved after a restart.
   */
  drain(timeoutMs: number): Promise<void>;
}

const EMPTY = Buffer.alloc(0);
const SWEEP_MS = 30_000;
const CONNECT_MS = 10_000;

/**
 * In: upstreams, the pipeline's ops and everything else it needs of the world; nothing is started or
 * opened yet. Out: the gateway; mount its handlers and call `drain` once at the end.
 * Throws for nothing a client or an upstream can do: those get coded answers.
 */
export function createMcpGateway(options: McpGatewayOptions): McpGateway {
  const limits: McpLimits = { ...MCP_LIMITS, ...options.limits };
  const open = new Set<Session>();
  const pools = new Map<string, Pool>();
  const quiet = createSignal();
  let draining = false;

  const pool = (url: string): Pool => poolOf(pools, url, options.certificate);
  const names = createNames([...options.upstreams.keys()]);
  const health = createHealth(() => options.ops.now());
  const rejects = createRejects(options.ops, {
    gateway: "mcp",
    strangersPerSecond: limits.strangerRecordsPerSecond,
    newId: () => options.ids.action(),
    unrecorded: (upstream, code) =>
      options.log({ kind: "reject_unrecorded", upstream, text: code }),
  });

  const context: McpContext = {
    ops: options.ops,
    limits,
    ids: options.ids,
    visible: options.visible,
    review: options.review,
    resultDigest: options.resultDigest,
    redactor: options.redactor,
    states: createRequestStates(options.stateKey, () => options.ops.now()),
    log: options.log,
    draining: () => draining,
    reject: (what) => rejects(what.upstream === MERGED ? { ...what, upstream: null } : what),
  };
  const guarded: GuardOptions = {
    hosts: options.hosts,
    origins: options.origins,
    headerLines: limits.headerLines,
    authenticate: options.authenticate,
  };

  const link = (upstream: string, events: LinkEvents): Link => {
    const config = options.upstreams.get(upstream);
    if (config === undefined) throw new Error("upstreams are looked up before a session begins");
    if (config.kind === "stdio")
      return createStdioLink(config, options.environment, limits, events);
    return createWebLink(config, pool(config.url), limits, events);
  };

  const count = createSessionCount(limits);
  const begin: BeginSession = (upstream, caller, ends) => {
    if (!count.enter(caller.credential)) return null;
    const kept = {
      toClient: ends.toClient,
      onEnd() {
        open.delete(session);
        count.leave(caller.credential);
        ends.onEnd();
      },
      onIdle: () => quiet.notify(),
    };
    const session: Session =
      upstream === MERGED
        ? createMergedSession({ context, names, health, caller, begin, ...kept })
        : createSession({
            context,
            upstream,
            caller,
            createLink: (events) => link(upstream, events),
            ...kept,
          });
    open.add(session);
    return session;
  };

  const modern = createModernSide({
    context,
    upstreams: options.upstreams,
    environment: options.environment,
    pool,
    names,
    health,
    onIdle: () => quiet.notify(),
  });
  const http = createHttpSide(context, createHttpSessions(limits), begin, modern);
  const sweeper = setInterval(() => http.sweep(), SWEEP_MS);
  sweeper.unref();

  const knows = (upstream: string): boolean =>
    upstream === MERGED || options.upstreams.has(upstream);

  /** Reject records of strangers say what they tried, not who they are. */
  const stranger = (upstream: string | null, code: string): Promise<number | null> =>
    context.reject({ upstream, credential: null, code, bytes: EMPTY });

  return {
    async handleHttp(request, response, upstream) {
      response.on("error", () => undefined); // an answer to somebody who has gone
      const caller = await guard(request, guarded);
      if (!caller.ok) {
        await stranger(knows(upstream) ? upstream : null, caller.error.code);
        return turnAway(response, caller.error);
      }
      if (!knows(upstream)) {
        const { credential } = caller.value;
        await context.reject({
          upstream: null,
          credential,
          code: "upstream.unknown",
          bytes: EMPTY,
        });
        return refuse(response, 404, "upstream.unknown");
      }
      await http.serve(request, response, caller.value, upstream);
    },

    async handleUpgrade(request, socket, head, upstream) {
      socket.on("error", () => undefined); // a connection that breaks shows as its end
      const caller = await guard(request, guarded);
      if (!caller.ok) {
        const { code, status } = caller.error;
        await stranger(knows(upstream) ? upstream : null, code);
        return refuseUpgrade(socket, status, code, status === 401 ? challenge(code) : null);
      }
      if (!knows(upstream)) return refuseUpgrade(socket, 404, "upstream.unknown", null);
      if (request.headers.upgrade !== UPGRADE_PROTOCOL)
        return refuseUpgrade(socket, 400, "http.upgrade", null);
      if (draining) return refuseUpgrade(socket, 503, "gateway.draining", null);
      acceptUpgrade(socket);
      if (head.byteLength > 0) socket.unshift(head);
      // The head was accepted as a whole: what in it may be used once is not used again.
      const identify = (): ReturnType<Authenticate> => options.authenticate(request, true);
      await serveStream(socket, identify, upstream, context, begin, modern);
    },

    async handleStream(duplex, identify, upstream) {
      if (!knows(upstream)) throw new Error(`no upstream \`${upstream}\``);
      await serveStream(duplex, identify, upstream, context, begin, modern);
    },

    toolsChanged(upstream) {
      for (const session of open) if (session.upstream === upstream) session.toolsChanged();
    },

    async drain(timeoutMs) {
      draining = true;
      clearInterval(sweeper);
      const running = (): boolean =>
        modern.running > 0 || [...open].some((session) => session.running > 0);
      await quiet.until(() => !running(), timeoutMs);
      http.endStreams();
      await Promise.all([
        modern.end("gateway.draining"),
        ...[...open].map((session) => session.end("gateway.draining")),
      ]);
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

export type CheckCertificate = (
  origin: string,
  host: string,
  certificate: PeerCertificate,
) => Error | undefined;

function poolOf(pools: Map<string, Pool>, url: string, check?: CheckCertificate): Pool {
  const { origin } = new URL(url);
  const existing = pools.get(origin);
  if (existing !== undefined) return existing;
  const checkServerIdentity = check?.bind(null, origin);
  const pool = new Pool(origin, {
    connect: {
      timeout: CONNECT_MS,
      ...(checkServerIdentity === undefined ? {} : { checkServerIdentity }),
    },
    pipelining: 1,
  });
  pools.set(origin, pool);
  return pool;
}

interface Signal {
  notify(): void;
  /** Resolves when the condition holds after a notification, at once if it holds now, or in time. */
  until(condition: () => boolean, timeoutMs: number): Promise<void>;
}

function createSignal(): Signal {
  const waiting = new Set<() => void>();
  return {
    notify() {
      for (const check of waiting) check();
    },
    until(condition, timeoutMs) {
      if (condition()) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const check = (): void => {
          if (condition()) finish();
        };
        const timer = setTimeout(finish, timeoutMs);
        waiting.add(check);
      });
    },
  };
}
