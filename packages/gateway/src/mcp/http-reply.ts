import type { ServerResponse } from "node:http";
import { PLAIN } from "./link.ts";
import type { Replay } from "./replay.ts";
import type { Reply } from "./reply.ts";
import { sseEvent, ssePrimer } from "./sse.ts";

const COMMENT = ": waiting\n\n";

/** A stream of server-sent events to one client. */
export interface EventStream {
  /** Resolves when the client has room again; false when it is gone or does not read. */
  send(bytes: Uint8Array, id?: string): Promise<boolean>;
  /** Tells the client from where, and after how many milliseconds, it may come back; nothing else. */
  prime(id: string, retryMs: number): Promise<boolean>;
  comment(): void;
  /** Ends the connection and keeps the stream, where its client can come back for the rest. */
  pause?(): void;
  end(): void;
}

/** Begins an event stream on a response whose head has not been sent. */
export function openEventStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  stalledMs: number,
): EventStream {
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  response.flushHeaders();
  return {
    send: (bytes, id) => write(response, sseEvent(bytes, id), stalledMs),
    prime: (id, retryMs) => write(response, ssePrimer(id, retryMs), stalledMs),
    comment() {
      // A keep-alive must not pile up before a client that does not read.
      if (!response.writableNeedDrain && !response.writableEnded) response.write(COMMENT);
    },
    end() {
      if (!response.writableEnded) response.end();
    },
  };
}

function write(response: ServerResponse, bytes: Uint8Array, stalledMs: number): Promise<boolean> {
  if (response.writableEnded || response.destroyed) return Promise.resolve(false);
  if (response.write(bytes)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (open: boolean): void => {
      clearTimeout(timer);
      response.off("drain", drained).off("close", closed);
      if (!open) response.destroy();
      resolve(open);
    };
    const drained = (): void => finish(true);
    const closed = (): void => finish(false);
    const timer = setTimeout(closed, stalledMs);
    response.on("drain", drained).on("close", closed);
  });
}

/** A reply to a POST. */
export interface HttpReply extends Reply {
  /** Its client may lose the connection and come back for the answer. */
  readonly survives: boolean;
}

/**
 * The reply to one POST: a JSON document, unless something has to be said before the answer and the
 * client reads event streams; then it becomes one. `headers` are read when the head is written.
 */
export function createHttpReply(
  response: ServerResponse,
  streams: boolean,
  stalledMs: number,
  headers: (form: "document" | "events") => Readonly<Record<string, string>>,
  replay: Replay | null = null,
): HttpReply {
  let stream: EventStream | null = null;
  const begun = (): EventStream | null => {
    if (stream === null && streams && !response.headersSent)
      stream =
        replay?.open(response, headers("events")) ??
        openEventStream(response, headers("events"), stalledMs);
    return stream;
  };
  return {
    connection: response,
    get survives() {
      return replay !== null && stream !== null;
    },
    pause() {
      const paused = begun();
      paused?.pause?.();
    },
    push: (bytes) => begun()?.send(bytes) ?? Promise.resolve(false),
    keepAlive: () => begun()?.comment(),
    async answer(bytes, { status, stream: streamed } = PLAIN) {
      if (streamed && status === 200) begun();
      if (stream === null) return sendJson(response, status, bytes, headers("document"));
      await stream.send(bytes);
      stream.end();
    },
    accept() {
      if (stream !== null) stream.end();
      else if (!response.headersSent) response.writeHead(202, headers("document")).end();
    },
    decline(bytes, status) {
      if (stream === null) sendJson(response, status, bytes, {});
      else stream.end();
    },
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json",
    "content-length": String(bytes.byteLength),
    "cache-control": "no-store",
  });
  response.end(bytes);
}
