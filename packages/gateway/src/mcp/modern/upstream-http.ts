import type { Dispatcher } from "undici";
import { type Cancel, linked } from "../../cancel.ts";
import type { McpLimits } from "../limits.ts";
import { DELIVERED, type Link, type LinkEvents, type UpstreamConfig } from "../link.ts";
import { isRefused, secretsOf, withCredential } from "../upstream-credential.ts";
import { type DispatchEvents, dispatch, outcomeOf } from "../upstream-dispatch.ts";
import { lowerCased } from "../upstream-http.ts";
import { MODERN_VERSIONS } from "./meta.ts";

type HttpConfig = Extract<UpstreamConfig, { kind: "http" }>;

const NOTHING = { sent: false, code: null } as const;

/**
 * The way of one request without a session to an upstream behind an address. Nothing is remembered:
 * no session is taken up, and what the server asks comes in its result.
 */
export function createModernHttpLink(
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
  const told: DispatchEvents = {
    ...events,
    session: () => undefined,
    skips: (status) => config.credential !== undefined && isRefused(status),
  };
  let over: string | null = null;
  return {
    open: () => Promise.resolve(over),
    async send(bytes, id, signal, mirror = {}) {
      // Closing the response is the cancellation; there is nothing else that a client may say here.
      if (id === null) return NOTHING;
      if (over !== null) return { sent: false, code: over };
      const { cancel, unlink } = linked(signal === null ? [] : [signal]);
      running.add(cancel);
      const headers = {
        ...kept,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": MODERN_VERSIONS[0] as string,
        ...mirror,
      };
      const reply = await withCredential(config.credential ?? null, (own) =>
        dispatch(
          pool,
          { method: "POST", path, body: bytes, headers: { ...headers, ...own } },
          id,
          limits,
          told,
          secrets(own),
          cancel,
        ),
      );
      unlink();
      running.delete(cancel);
      return reply.answered ? DELIVERED : { sent: reply.sent, code: outcomeOf(reply, id) };
    },
    negotiated: () => undefined,
    listen: () => undefined,
    async close() {
      over = "upstream.closed";
      for (const cancel of running) cancel.abort();
    },
  };
}
