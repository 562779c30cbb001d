import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@bylaw/core";
import type { McpContext } from "./context.ts";
import { readBody } from "./http-body.ts";
import { challenge, type Turned } from "./http-guard.ts";
import {
  createHttpReply,
  type EventStream,
  type HttpReply,
  openEventStream,
  sendJson,
} from "./http-reply.ts";
import type { RequestId } from "./jsonrpc.ts";
import { isModernPost, postModern } from "./modern/http.ts";
import type { ModernSide } from "./modern/side.ts";
import { plainRefusal, refusalBytes } from "./refusal.ts";
import { createReplay } from "./replay.ts";
import type { Session } from "./session.ts";
import type { HttpSession, HttpSessions } from "./sessions.ts";
import { readWire, type Wire } from "./wire.ts";

/** Begins a session, or null when there are too many; `toClient` and `onEnd` are the transport's. */
export type BeginSession = (
  upstream: string,
  caller: Caller,
  ends: {
    readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
    readonly onEnd: () => void;
  },
) => Session | null;

export interface HttpSide {
  /** Serves one request of a known caller to a known upstream. Never rejects. */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    upstream: string,
  ): Promise<void>;
  /** Ends every event stream that is not the reply to a request. */
  endStreams(): void;
  /** Ends sessions that nobody has used for too long. */
  sweep(): void;
}

/** The Streamable HTTP transport towards clients: with sessions (2025-03-26 to 2025-11-25) and without. */
export function createHttpSide(
  context: McpContext,
  sessions: HttpSessions,
  begin: BeginSession,
  modern: ModernSide,
): HttpSide {
  const { limits, ops } = context;
  /** The one stream per session that carries what belongs to no request. */
  const streams = new Map<string, EventStream>();

  const post = async (
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    upstream: string,
  ): Promise<void> => {
    const turn = async (
      status: number,
      code: string,
      bytes: Uint8Array,
      id: RequestId | null = null,
    ): Promise<void> => {
      await context.reject({ upstream, credential: caller.credential, code, bytes });
      refuse(response, status, code, id);
    };
    const accepts = acceptsOf(request);
    if (!isJson(request.headers["content-type"])) return turn(415, "http.content_type", EMPTY);
    if (!accepts.json && !accepts.events) return turn(406, "http.accept", EMPTY);
    const body = await readBody(request, {
      maxBytes: limits.messageBytes,
      timeoutMs: limits.bodyMs,
    });
    if (!body.ok) {
      response.shouldKeepAlive = false; // what is left of the body must not be read as a request
      const status = body.error === "wire.oversize" ? 413 : 408;
      return turn(status, body.error, EMPTY);
    }
    const wire = readWire(body.value, limits.batchItems);
    if (!wire.ok) return turn(400, wire.error.code, body.value, wire.error.id);
    if (isModernPost(request, wire.value))
      return postModern(
        context,
        modern,
        { request, response, turn },
        { caller, upstream },
        { wire: wire.value, bytes: body.value, events: accepts.events },
      );
    const mismatch = headerMismatch(request, wire.value);
    if (mismatch !== null) return turn(400, mismatch, body.value, singleId(wire.value));

    const claimed = header(request, "mcp-session-id");
    if (claimed === null) {
      const obstacle = beginObstacle(wire.value);
      if (obstacle !== null) return turn(400, obstacle, body.value, singleId(wire.value));
      return beginBy(wire.value, body.value, response, caller, upstream, accepts.events);
    }
    const found = sessions.find(claimed, caller.credential, upstream);
    if (found === null) return turn(404, "session.unknown", body.value, singleId(wire.value));
    const version = header(request, "mcp-protocol-version");
    if (version !== null && version !== found.session.version)
      return turn(400, "header.mismatch", body.value, singleId(wire.value));
    const replay = isResumable(found) ? found.replay : null;
    const { stalledMs } = limits;
    const reply = createHttpReply(response, accepts.events, stalledMs, () => ({}), replay);
    await use(found, response, reply, () =>
      found.session.handle(wire.value, body.value, caller, reply),
    );
  };

  /** Without a session only `initialize` makes sense. */
  const beginObstacle = (wire: Wire): string | null => {
    if (wire.kind === "batch") return "batch.version";
    const { message } = wire.item;
    if (message.kind !== "request") return "session.missing";
    if (message.method !== "initialize") return "session.missing";
    return null;
  };

  /**
   * Begins a session. Apart from whoever serves its first request: what a session's closures see lives as
   * long as the session, and a response with its buffers is larger than all the rest of an idle one.
   */
  const enter = (upstream: string, caller: Caller): HttpSession | null => {
    // Always an id of our own: one that a client brought could have been planted (session fixation).
    const id = context.ids.session();
    const replay = createReplay(limits);
    const session = begin(upstream, caller, {
      toClient: (message) => streams.get(id)?.send(message) ?? Promise.resolve(false),
      onEnd() {
        sessions.remove(id);
        streams.get(id)?.end();
        streams.delete(id);
        replay.end();
      },
    });
    if (session === null) return null;
    const entry: HttpSession = { id, session, replay, users: 0, lastUsed: ops.now() };
    sessions.add(entry);
    return entry;
  };

  const beginBy = async (
    wire: Wire,
    bytes: Uint8Array,
    response: ServerResponse,
    caller: Caller,
    upstream: string,
    events: boolean,
  ): Promise<void> => {
    const entry = enter(upstream, caller);
    if (entry === null) {
      await context.reject({
        upstream,
        credential: caller.credential,
        code: "limit.sessions",
        bytes,
      });
      return refuse(response, 503, "limit.sessions", singleId(wire));
    }
    const { id, session } = entry;
    // An event stream may have to begin before the session has: its head is the only place for the id.
    const reply = createHttpReply(response, events, limits.stalledMs, (form) =>
      session.version === null && form === "document" ? {} : { "mcp-session-id": id },
    );
    await use(entry, response, reply, () => session.handle(wire, bytes, caller, reply));
    if (session.version === null) await session.end("session.refused");
  };

  const get = (request: IncomingMessage, response: ServerResponse, found: HttpSession): void => {
    if (!acceptsOf(request).events) return refuse(response, 406, "http.accept");
    const last = header(request, "last-event-id");
    if (last !== null && isResumable(found)) {
      if (!found.replay.resume(response, last)) return refuse(response, 400, "http.replay");
    } else {
      // A client that lost its connection comes back before this side has noticed: the newest one wins.
      streams.get(found.id)?.end();
      streams.set(
        found.id,
        isResumable(found)
          ? found.replay.standalone(response)
          : openEventStream(response, {}, limits.stalledMs),
      );
    }
    const stream = streams.get(found.id);
    found.users += 1;
    const beat = setInterval(() => stream?.comment(), limits.keepAliveMs);
    response.once("close", () => {
      clearInterval(beat);
      found.users -= 1;
      found.lastUsed = ops.now();
      // One that can be come back to says itself when it is over.
      if (!isResumable(found) && streams.get(found.id) === stream) streams.delete(found.id);
    });
  };

  const use = async (
    entry: HttpSession,
    response: ServerResponse,
    reply: HttpReply,
    step: () => Promise<void>,
  ): Promise<void> => {
    const gone = (): void => {
      // Who may come back has not gone (2025-11-25, "Sending messages to the server").
      if (!response.writableFinished && !reply.survives) entry.session.hungUp(response);
    };
    entry.users += 1;
    response.once("close", gone);
    try {
      await step();
    } finally {
      entry.users -= 1;
      entry.lastUsed = ops.now();
    }
  };

  return {
    async serve(request, response, caller, upstream) {
      switch (request.method) {
        case "POST":
          return post(request, response, caller, upstream);
        case "GET":
        case "DELETE": {
          const claimed = header(request, "mcp-session-id");
          if (claimed === null) return refuse(response, 400, "session.missing");
          const found = sessions.find(claimed, caller.credential, upstream);
          if (found === null) {
            const { credential } = caller;
            await context.reject({ upstream, credential, code: "session.unknown", bytes: EMPTY });
            return refuse(response, 404, "session.unknown");
          }
          if (request.method === "GET") return get(request, response, found);
          response.writeHead(204).end();
          return found.session.end("client.closed");
        }
        default:
          response.setHeader("allow", "GET, POST, DELETE");
          return refuse(response, 405, "http.method");
      }
    },
    endStreams() {
      for (const stream of streams.values()) stream.end();
    },
    sweep() {
      for (const { session } of sessions.idle(ops.now())) void session.end("session.idle");
      modern.sweep();
    },
  };
}

const EMPTY = Buffer.alloc(0);
/** From this revision on clients read events that only say where they stand. */
const RESUMABLE_SINCE = "2025-11-25";

function isResumable({ session }: HttpSession): boolean {
  return session.version !== null && session.version >= RESUMABLE_SINCE;
}

/** Answers with an HTTP status and the same reason as a JSON-RPC error. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  id: RequestId | null = null,
): void {
  sendJson(response, status, refusalBytes(id, "", null, plainRefusal(code)), {});
}

/** Turns away a request that never got as far as a session. */
export function turnAway(response: ServerResponse, turned: Turned): void {
  if (turned.status === 401) response.setHeader("www-authenticate", challenge(turned.code));
  response.shouldKeepAlive = false;
  refuse(response, turned.status, turned.code);
}

/** What is decided is the body; a header that says something else is meant to mislead somebody. */
function headerMismatch(request: IncomingMessage, wire: Wire): string | null {
  const method = header(request, "mcp-method");
  const name = header(request, "mcp-name");
  if (method === null && name === null) return null;
  if (wire.kind === "batch" || wire.item.message.kind === "response") return "header.mismatch";
  const { message } = wire.item;
  const named = message.params["name"] ?? message.params["uri"] ?? null;
  const same = (method === null || method === message.method) && (name === null || name === named);
  return same ? null : "header.mismatch";
}

function singleId(wire: Wire): RequestId | null {
  return wire.kind === "single" && wire.item.message.kind === "request"
    ? wire.item.message.id
    : null;
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" ? value : null;
}

const JSON_TYPE = "application/json";

function isJson(type: string | undefined): boolean {
  return type === JSON_TYPE || (type ?? "").split(";")[0]?.trim().toLowerCase() === JSON_TYPE;
}

interface Accepts {
  readonly json: boolean;
  readonly events: boolean;
}

/** Clients have few ways to say what they read, and every one of them says it with every message. */
const READ_MAX = 64;
const read = new Map<string, Accepts>();

/** A client that does not say what it reads gets JSON. */
function acceptsOf({ headers: { accept } }: IncomingMessage): Accepts {
  if (accept === undefined) return { json: true, events: false };
  const known = read.get(accept);
  if (known !== undefined) return known;
  const accepts = readAccept(accept);
  if (read.size < READ_MAX) read.set(accept, accepts);
  return accepts;
}

function readAccept(accept: string): Accepts {
  const types = accept.split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  const any = types.includes("*/*");
  return {
    json: any || types.includes("application/json") || types.includes("application/*"),
    events: types.includes("text/event-stream"),
  };
}
