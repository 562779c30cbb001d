import type { Caller } from "@bylaw/core";
import { createBarrier } from "./barrier.ts";
import type { McpContext } from "./context.ts";
import { takeNotification, takeRequest, takeResponse, wireErrorBytes } from "./from-client.ts";
import { takeUpstream } from "./from-upstream.ts";
import { idKey, notificationBytes } from "./jsonrpc.ts";
import type { Link, LinkEvents } from "./link.ts";
import { BATCH_VERSION } from "./methods.ts";
import { plainRefusal, refusalBytes } from "./refusal.ts";
import { batchReply, type Reply } from "./reply.ts";
import { freshState, type InFlight, reject, type SessionState } from "./state.ts";
import { createToolCache } from "./tools.ts";
import type { Item, Wire } from "./wire.ts";

/** One client's session with one upstream, whatever the transports on either side. */
export interface Session {
  readonly upstream: string;
  /** The credential that began it; no other may use it. */
  readonly credential: string;
  /** The negotiated protocol version; null before `initialize` has succeeded. */
  readonly version: string | null;
  /** Requests without an answer, in both directions. */
  readonly busy: number;
  /** The same without those that wait for a person. */
  readonly running: number;
  /** Takes one document of the client and answers through `reply`. Never rejects. */
  handle(wire: Wire, bytes: Uint8Array, caller: Caller, reply: Reply): Promise<void>;
  /** What the client may see of the upstream's tools is not what it was: it is told to look again. */
  toolsChanged(): void;
  /** The client of this connection is gone: what still waits for a person is withdrawn. */
  hungUp(connection: object): void;
  /**
   * The client has closed its side. What is being carried out is still answered; what waits for a
   * person is withdrawn, since nothing tells a client that still reads from one that is gone.
   */
  inputEnded(): void;
  /**
   * Ends the session: pending calls are answered, the upstream is closed. What waits for a person is
   * withdrawn, unless Bylaw itself is stopping: then it stays stored and can be approved later.
   */
  end(code: string): Promise<void>;
}

export interface SessionSetup {
  readonly context: McpContext;
  readonly upstream: string;
  readonly caller: Caller;
  readonly createLink: (events: LinkEvents) => Link;
  /** Sends a message that belongs to no request; false when no stream is open for it. */
  readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
  /** The session is over, by itself or by `end`. Called once. */
  readonly onEnd: () => void;
  /** Called whenever a request has been answered. */
  readonly onIdle: () => void;
}

export function createSession(setup: SessionSetup): Session {
  return new UpstreamSession(setup);
}

// A class: thousands may be idle, and closures would be copied for every one.
class UpstreamSession implements Session {
  readonly upstream: string;
  readonly credential: string;
  readonly #state: SessionState;
  readonly #onEnd: () => void;
  readonly #onIdle: () => void;
  #closed: Promise<void> | null = null;

  constructor({ context, upstream, caller, createLink, toClient, onEnd, onIdle }: SessionSetup) {
    this.upstream = upstream;
    this.credential = caller.credential;
    this.#onEnd = onEnd;
    this.#onIdle = onIdle;
    const state: SessionState = {
      ...freshState({ context, upstream, caller, toClient, tools: createToolCache() }),
      modern: null,
      link: createLink({
        message: (item, related, via) => takeUpstream(state, item, related, via),
        garbage(code, garbage, id) {
          void reject(state, code, garbage);
          if (id !== null) state.asked.fail(id, code);
        },
        closed: (code) => {
          if (state.phase === "over") return; // closed by this side
          context.log({ kind: "upstream_closed", upstream, text: code });
          void this.end(code);
        },
        paused: (id) => state.inFlight.get(idKey(id))?.reply.pause?.(),
        log: (text) => context.log({ kind: "upstream_log", upstream, text }),
      }),
    };
    this.#state = state;
  }

  get version(): string | null {
    return this.#state.version;
  }

  get busy(): number {
    return this.#state.inFlight.size + this.#state.serverRequests.size;
  }

  get running(): number {
    const waiting = [...this.#state.inFlight.values()].filter(
      (entry) => entry.held && !entry.forwarded,
    );
    return this.busy - waiting.length;
  }

  async handle(wire: Wire, bytes: Uint8Array, caller: Caller, reply: Reply): Promise<void> {
    const state = this.#state;
    state.caller = caller;
    if (wire.kind === "single") await takeSingle(state, wire.item, caller, reply);
    else await takeBatch(state, wire.items, bytes, caller, reply);
    this.#onIdle();
  }

  toolsChanged(): void {
    this.#state.tools.invalidate();
    if (this.#state.phase !== "begun") return;
    void this.#state.toClient(notificationBytes("notifications/tools/list_changed", {}));
  }

  hungUp(connection: object): void {
    for (const entry of this.#state.inFlight.values())
      if (entry.reply.connection === connection && !entry.forwarded)
        entry.abort.abort("client.closed");
  }

  inputEnded(): void {
    this.#state.inputEnded = true;
    for (const entry of this.#state.inFlight.values())
      if (entry.held && !entry.forwarded) entry.abort.abort("client.ended");
  }

  end(code: string): Promise<void> {
    const state = this.#state;
    if (state.phase === "over") return this.#closed ?? Promise.resolve();
    state.phase = "over";
    state.ended.abort();
    state.asked.failAll(code);
    state.owed.failAll(code);
    for (const entry of state.inFlight.values()) if (!entry.forwarded) letGo(entry, code);
    this.#onEnd();
    this.#closed = state.link.close();
    return this.#closed;
  }
}

/** Answers what waits for a person without withdrawing it, when Bylaw stops; ends it otherwise. */
export function letGo(entry: InFlight, code: string): void {
  if (code !== "gateway.draining") return entry.abort.abort(code);
  entry.answered = true;
  const refusal = plainRefusal(code);
  void entry.reply.answer(refusalBytes(entry.id, entry.method, null, refusal));
}

async function takeSingle(
  state: SessionState,
  { message, bytes }: Item,
  caller: Caller,
  reply: Reply,
): Promise<void> {
  if (message.kind === "request") return takeRequest(state, { message, bytes }, caller, reply);
  const code =
    message.kind === "notification"
      ? await takeNotification(state, { message, bytes })
      : await takeResponse(state, { message, bytes });
  if (code === null) reply.accept();
  else reply.decline(wireErrorBytes(code, null), 400);
}

/**
 * Every item is decided and recorded by itself; none is forwarded before all are granted, so that a
 * forbidden call gains nothing from the company it keeps.
 */
async function takeBatch(
  state: SessionState,
  items: readonly Item[],
  bytes: Uint8Array,
  caller: Caller,
  reply: Reply,
): Promise<void> {
  const code = batchObstacle(state, items);
  if (code !== null) {
    await reject(state, code, bytes);
    return reply.decline(wireErrorBytes(code, null), 400);
  }
  const responses = items.filter(({ message }) => message.kind === "response");
  const barrier = createBarrier(items.length - responses.length);
  const requests = items.filter(({ message }) => message.kind === "request").length;
  const collected = batchReply(reply, requests);
  await Promise.all(
    items.map(async ({ message, bytes: own }) => {
      if (message.kind === "request")
        return takeRequest(state, { message, bytes: own }, caller, collected, barrier);
      if (message.kind === "response")
        return void (await takeResponse(state, { message, bytes: own }));
      if ((await takeNotification(state, { message, bytes: own }, barrier)) !== null)
        barrier.refuse();
    }),
  );
  if (requests === 0) reply.accept();
}

function batchObstacle(state: SessionState, items: readonly Item[]): string | null {
  if (state.version !== BATCH_VERSION) return "batch.version";
  const first = items.some(
    ({ message }) => message.kind === "request" && message.method === "initialize",
  );
  return first ? "batch.member" : null; // 2025-03-26, "Initialization": never part of a batch
}
