import type { Dispatcher } from "undici";
import { Cancel, type Cancellation, linked } from "../cancel.ts";
import type { McpLimits } from "./limits.ts";
import { DELIVERED, type Link, type LinkEvents, type Sent, type UpstreamConfig } from "./link.ts";
import { secretsOf, withCredential } from "./upstream-credential.ts";
import { type Call, dispatch, outcomeOf, type Reply } from "./upstream-dispatch.ts";
import { lowerCased } from "./upstream-http.ts";

type HttpConfig = Extract<UpstreamConfig, { kind: "http" }>;

/**
 * An upstream that speaks the transport of 2024-11-05: one stream of events for everything that it says,
 * and an address, which the stream names first, for everything that it is told.
 */
export function createSseLink(
  config: HttpConfig,
  pool: Dispatcher,
  limits: McpLimits,
  events: LinkEvents,
): Link {
  const url = new URL(config.url);
  const kept = lowerCased(config.headers);
  const secrets = secretsOf(kept);
  const ending = new Cancel();
  let opening: Promise<string | null> | null = null;
  let endpoint: string | null = null;
  let over: string | null = null;

  const finish = (code: string): void => {
    if (over !== null) return;
    over = code;
    ending.abort();
    events.closed(code);
  };

  const exchange = (
    call: Omit<Call, "headers">,
    accept: string,
    signal: Cancellation,
    told: (data: Uint8Array) => void,
  ): Promise<Reply> =>
    withCredential(config.credential ?? null, (own) =>
      dispatch(
        pool,
        { ...call, headers: { ...kept, accept, "content-type": "application/json", ...own } },
        null,
        limits,
        {
          ...events,
          session: () => undefined,
          // What it has to say comes on the stream; the reply to a POST is only its status.
          skips: (status) => call.method === "POST" || status !== 200,
          endpoint: told,
        },
        secrets(own),
        signal,
      ),
    );

  const start = (): Promise<string | null> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, limits.startMs, "upstream.timeout");
      const done = (code: string | null): void => {
        clearTimeout(timer);
        resolve(code);
      };
      const told = (data: Uint8Array): void => {
        const named = Buffer.from(data).toString("utf8");
        // A server that names somebody else's address would have messages go there.
        const next = URL.canParse(named, url.href) ? new URL(named, url) : null;
        if (next === null || next.origin !== url.origin) {
          finish("upstream.endpoint");
          return done("upstream.endpoint");
        }
        endpoint ??= `${next.pathname}${next.search}`;
        done(null);
      };
      const call = { method: "GET", path: `${url.pathname}${url.search}` } as const;
      void exchange(call, "text/event-stream", ending.signal, told).then((reply) => {
        const code =
          reply.code ?? (reply.status === 200 ? "upstream.closed" : outcomeOf(reply, null));
        finish(code ?? "upstream.closed");
        done(over);
      });
    });

  return {
    async open() {
      if (over !== null) return over;
      opening ??= start();
      const failed = await opening;
      if (failed !== null) finish(failed);
      return failed;
    },
    async send(bytes, _id, signal): Promise<Sent> {
      const failed = await this.open();
      if (failed !== null || over !== null || endpoint === null)
        return { sent: false, code: failed ?? over ?? "upstream.closed" };
      const sources = [ending, AbortSignal.timeout(limits.startMs), ...(signal ? [signal] : [])];
      const { cancel, unlink } = linked(sources);
      const call = { method: "POST", path: endpoint, body: bytes } as const;
      const reply = await exchange(call, "application/json", cancel, () => undefined);
      unlink();
      const code = outcomeOf(reply, null);
      return code === null ? DELIVERED : { sent: reply.sent, code };
    },
    negotiated: () => undefined,
    listen: () => undefined, // it has been from the start
    async close() {
      finish("upstream.closed");
    },
  };
}
