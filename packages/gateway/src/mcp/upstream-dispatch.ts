import type { Dispatcher } from "undici";
import type { Cancellation } from "../cancel.ts";
import { idKey, type RequestId } from "./jsonrpc.ts";
import type { McpLimits } from "./limits.ts";
import type { LinkEvents } from "./link.ts";
import { isRefused } from "./upstream-credential.ts";
import {
  type Body,
  bodyReader,
  isEventStream,
  NO_BODY,
  type Piece,
  single,
} from "./upstream-http-body.ts";
import { type Item, readWire } from "./wire.ts";

/** What one HTTP exchange with the upstream came to. */
export interface Reply {
  /** False when certainly no byte of the request left. */
  readonly sent: boolean;
  /** 0 when no response began. */
  readonly status: number;
  /** The response to `id` was among the messages. */
  readonly answered: boolean;
  readonly code: string | null;
  /** From where its stream of events can be gone on with. */
  readonly resume: ReturnType<Body["resume"]>;
  /** What the upstream says about how to be let in. */
  readonly challenge: string | null;
}

/** What a dispatched request tells. */
export interface DispatchEvents extends LinkEvents {
  readonly session: (id: string) => void;
  /** Whether the body of a response with this status is left unread. */
  readonly skips: (status: number) => boolean;
  /** An event that says where messages go. */
  readonly endpoint?: (data: Uint8Array) => void;
}

export function outcomeOf(reply: Reply, id: RequestId | null): string | null {
  if (reply.code !== null) return reply.code;
  if (isRefused(reply.status)) return "upstream.unauthorized";
  if (reply.status === 0 && reply.sent) return "upstream.no_answer";
  if (reply.status < 200 || reply.status > 299) return "upstream.status";
  return id === null ? null : "upstream.no_answer";
}

/** One request of the gateway's own making. */
export interface Call extends Pick<Dispatcher.DispatchOptions, "method" | "body" | "path"> {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends one request and reads its response message by message; never rejects. `secrets`: what may not come
 * back with the answer.
 */
export function dispatch(
  pool: Dispatcher,
  { method, path, body, headers }: Call,
  id: RequestId | null,
  limits: McpLimits,
  events: DispatchEvents,
  secrets: readonly string[],
  signal: Cancellation,
): Promise<Reply> {
  return new Promise((resolve) => {
    const exchange = new Exchange(id, limits, events, secrets, signal, resolve);
    const call = { method, path, headers, headersTimeout: 0, bodyTimeout: 0 } as const;
    pool.dispatch(body === undefined ? call : { ...call, body }, exchange);
  });
}

// A class: every call has one, and closures would be made for each.
class Exchange implements Dispatcher.DispatchHandler {
  readonly #id: RequestId | null;
  readonly #limits: McpLimits;
  readonly #events: DispatchEvents;
  readonly #secrets: readonly string[];
  readonly #signal: Cancellation;
  readonly #resolve: (reply: Reply) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #sent = false;
  #status = 0;
  #stream = false;
  #answered = false;
  #code: string | null = null;
  #challenge: string | null = null;
  #body: Body = NO_BODY;
  #reading: Promise<void> = Promise.resolve();

  constructor(
    id: RequestId | null,
    limits: McpLimits,
    events: DispatchEvents,
    secrets: readonly string[],
    signal: Cancellation,
    resolve: (reply: Reply) => void,
  ) {
    this.#id = id;
    this.#limits = limits;
    this.#events = events;
    this.#secrets = secrets;
    this.#signal = signal;
    this.#resolve = resolve;
    signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sent = !this.#signal.aborted;
    if (this.#signal.aborted) this.#stop();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const session = single(headers["mcp-session-id"]);
    if (session !== null) this.#events.session(session);
    this.#challenge = single(headers["www-authenticate"]);
    if (this.#events.skips(status)) return;
    this.#body = bodyReader(headers, status, this.#limits);
    this.#stream = isEventStream(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const read = this.#body.push(chunk);
    if (read.length === 0) return;
    controller.pause();
    this.#reading = this.#reading
      .then(() => this.#deliver(read))
      .then(() => {
        if (!controller.aborted) controller.resume();
      });
  }

  onResponseEnd(): void {
    void this.#reading.then(() => this.#deliver(this.#body.end())).then(() => this.#done());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#code ??= this.#sent ? "upstream.closed" : "upstream.unreachable";
    this.#events.log(`upstream request failed: ${errorCode(error)}`);
    void this.#reading.then(() => this.#done());
  }

  #stop(): void {
    this.#controller?.abort(new Error("aborted by the gateway"));
  }

  #done(): void {
    this.#resolve({
      sent: this.#sent,
      status: this.#status,
      answered: this.#answered,
      code: this.#code,
      resume: this.#body.resume(),
      challenge: this.#challenge,
    });
  }

  #garbage(code: string, bytes: Uint8Array): void {
    this.#code ??= code;
    this.#events.garbage(code, bytes, null);
    this.#stop(); // nothing after it can be trusted to be small or to mean anything
  }

  async #deliver(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) {
      if (piece.kind === "endpoint") this.#events.endpoint?.(piece.data);
      else if (piece.kind === "bad") this.#garbage(piece.code, piece.data);
      // A server that repeats what it was let in with would hand it to the agent.
      else if (holdsAny(piece.data, this.#secrets))
        this.#garbage("upstream.credential", Buffer.alloc(0));
      else await this.#receive(piece.data);
    }
  }

  async #receive(data: Uint8Array): Promise<void> {
    const wire = readWire(data, this.#limits.batchItems, "nearest");
    if (!wire.ok) return this.#garbage("upstream.garbage", data);
    const items = wire.value.kind === "single" ? [wire.value.item] : wire.value.items;
    for (const item of items) {
      if (isAnswer(item, this.#id)) this.#answered = true;
      await this.#events.message(item, this.#id, { status: this.#status, stream: this.#stream });
    }
  }
}

function isAnswer({ message }: Item, id: RequestId | null): boolean {
  if (message.kind !== "response" || message.id === null || id === null) return false;
  return idKey(message.id) === idKey(id);
}

function holdsAny(data: Uint8Array, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return secrets.some((secret) => view.includes(secret));
}

function errorCode(error: Error): string {
  const code: unknown = "code" in error ? error.code : null;
  return typeof code === "string" ? code : error.name;
}
