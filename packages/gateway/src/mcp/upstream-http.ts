import type { Dispatcher } from "undici";
import { type Cancel, type Cancellation, linked } from "../cancel.ts";
import type { RequestId } from "./jsonrpc.ts";
import type { McpLimits } from "./limits.ts";
import { DELIVERED, type Link, type LinkEvents, type Sent, type UpstreamConfig } from "./link.ts";
import { isRefused, NO_HEADERS, secretsOf, withCredential } from "./upstream-credential.ts";
import {
  type Call,
  type DispatchEvents,
  dispatch,
  outcomeOf,
  type Reply,
} from "./upstream-dispatch.ts";

type HttpConfig = Extract<UpstreamConfig, { kind: "http" }>;

const SESSION_ID = /^[\x21-\x7e]{1,1024}$/;
/** From this revision on a client says in a header which one was negotiated. */
const VERSION_HEADER_SINCE = "2025-06-18";
const MAX_BACKOFF = 16;
/** Bounds on how long a server may tell to wait before its stream is gone on with. */
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 60_000;

/** What goes with every message of a session. */
interface Posted {
  readonly session: string | null;
  readonly version: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** An upstream behind an address, speaking Streamable HTTP (revisions 2025-03-26 to 2025-11-25). */
export function createHttpLink(
  config: HttpConfig,
  pool: Dispatcher,
  limits: McpLimits,
  events: LinkEvents,
): Link {
  const url = new URL(config.url);
  const path = `${url.pathname}${url.search}`;
  const running = new Set<Cancel>();
  const kept = lowerCased(config.headers);
  const secrets = secretsOf(kept);
  let session: string | null = null;
  let version: string | null = null;
  let over: string | null = null;
  let listening = false;
  let retry: NodeJS.Timeout | null = null;

  const told: DispatchEvents = {
    ...events,
    // Before any message of the reply is passed on: the client's next one needs it already.
    session: (id) => {
      if (session === null && SESSION_ID.test(id)) session = id;
    },
    // A refusal of a credential that can be another is not the end: its body is no answer.
    skips: (status) => config.credential !== undefined && isRefused(status),
  };

  const finish = (code: string): void => {
    if (over !== null) return;
    over = code;
    if (retry !== null) clearTimeout(retry);
    for (const cancel of running) cancel.abort();
    events.closed(code);
  };

  // Only headers of Bylaw's own making: the client's credential is for Bylaw and goes no further.
  const headers = (accept: string): Record<string, string> => {
    const all: Record<string, string> = { ...kept, accept };
    if (session !== null) all["mcp-session-id"] = session;
    if (version !== null && version >= VERSION_HEADER_SINCE) all["mcp-protocol-version"] = version;
    return all;
  };

  /** The headers of a message, put together once for each session and version. */
  let posted: Posted | null = null;
  const posting = (): Posted["headers"] => {
    if (posted?.session !== session || posted.version !== version) {
      const accept = headers("application/json, text/event-stream");
      posted = { session, version, headers: { ...accept, "content-type": "application/json" } };
    }
    return posted.headers;
  };

  const exchange = async (
    call: Omit<Call, "path">,
    id: RequestId | null,
    signal: Cancellation | null,
  ): Promise<Reply> => {
    const { cancel, unlink } = linked(signal === null ? [] : [signal]);
    running.add(cancel);
    try {
      return await withCredential(config.credential ?? null, (own) =>
        dispatch(
          pool,
          {
            ...call,
            headers: own === NO_HEADERS ? call.headers : { ...call.headers, ...own },
            path,
          },
          id,
          limits,
          told,
          secrets(own),
          cancel,
        ),
      );
    } finally {
      unlink();
      running.delete(cancel);
    }
  };

  /** Asks for what a stream that ended early had still to say, as long as the server wants it so. */
  const goOn = async (first: Reply, id: RequestId, signal: Cancellation | null): Promise<Reply> => {
    let reply = first;
    for (let round = 0; round < limits.resumes; round += 1) {
      const { resume } = reply;
      if (reply.answered || reply.code !== null || resume === null || reply.status !== 200) break;
      if (over !== null || signal?.aborted === true) break;
      events.paused(id);
      const wait = Math.min(resume.retryMs ?? limits.listenRetryMs, RETRY_MAX_MS);
      await pause(Math.max(wait, RETRY_MIN_MS), signal);
      const accept = headers("text/event-stream");
      const call = { method: "GET", headers: { ...accept, "last-event-id": resume.id } } as const;
      const next = await exchange(call, id, signal);
      // What was asked has been sent, whatever comes of asking for the rest of the answer.
      reply = { ...next, sent: true, status: next.status === 200 ? 200 : 0 };
    }
    return reply;
  };

  const listenOnce = async (wait: number, from: string | null = null): Promise<void> => {
    const accept = headers("text/event-stream");
    const reply = await exchange(
      { method: "GET", headers: from === null ? accept : { ...accept, "last-event-id": from } },
      null,
      null,
    );
    // Servers without such a stream answer 405; one that breaks is opened again.
    if (over !== null || (reply.status !== 200 && reply.status !== 0)) return;
    const next = reply.status === 200 ? 1 : Math.min(wait * 2, MAX_BACKOFF);
    const last = reply.resume?.id ?? null;
    retry = setTimeout(() => void listenOnce(next, last), limits.listenRetryMs * wait);
    retry.unref();
  };

  return {
    open: () => Promise.resolve(over),
    async send(bytes, id, signal): Promise<Sent> {
      if (over !== null) return { sent: false, code: over };
      const sentSession = session;
      const posted = await exchange(
        {
          method: "POST",
          body: bytes,
          headers: posting(),
        },
        id,
        // A request's time is kept by whoever waits for its answer; nobody waits for the others.
        id === null ? AbortSignal.timeout(limits.startMs) : signal,
      );
      const reply = id === null ? posted : await goOn(posted, id, signal);
      if (reply.answered) return DELIVERED;
      if (reply.status === 404 && sentSession !== null) {
        finish("upstream.session");
        return { sent: true, code: "upstream.session" };
      }
      return { sent: reply.sent, code: outcomeOf(reply, id), status: reply.status };
    },
    negotiated(chosen) {
      version = chosen;
    },
    listen() {
      if (listening || over !== null) return;
      listening = true;
      void listenOnce(1);
    },
    async close() {
      const ended = session;
      const ending = headers("application/json");
      finish("upstream.closed");
      if (ended === null) return;
      const signal = AbortSignal.timeout(limits.closeMs);
      await exchange({ method: "DELETE", headers: ending }, null, signal);
    },
  };
}

export function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function pause(ms: number, signal: Cancellation | null): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
