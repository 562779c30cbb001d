import type { Dispatcher } from "undici";
import type { McpLimits } from "./limits.ts";
import type { Link, LinkEvents, UpstreamConfig } from "./link.ts";
import { createHttpLink } from "./upstream-http.ts";
import { createSseLink } from "./upstream-sse.ts";

type HttpConfig = Extract<UpstreamConfig, { kind: "http" }>;

/** What a server that knows only the older transport answers a POST (2025-11-25, "Backwards compatibility"). */
const OLD_ANSWERS: readonly number[] = [400, 404, 405];

/**
 * An upstream behind an address, by the transport that is configured; with `auto` by the newer one, and by
 * that of 2024-11-05 where the first message shows that the server knows nothing else.
 */
export function createWebLink(
  config: HttpConfig,
  pool: Dispatcher,
  limits: McpLimits,
  events: LinkEvents,
): Link {
  const { transport = "auto" } = config;
  if (transport === "sse") return createSseLink(config, pool, limits, events);
  const newer = createHttpLink(config, pool, limits, events);
  if (transport === "streamable") return newer;
  let link = newer;
  let settled = false;
  return {
    open: () => link.open(),
    async send(bytes, id, signal) {
      const sent = await link.send(bytes, id, signal);
      if (settled) return sent;
      settled = true;
      if (sent.status === undefined || !OLD_ANSWERS.includes(sent.status)) return sent;
      const old: Link = createSseLink(config, pool, limits, {
        ...events,
        closed(code) {
          // That there is no such stream either is no end of anything.
          if (link === old) events.closed(code);
        },
      });
      if ((await old.open()) !== null) return sent;
      link = old;
      return old.send(bytes, id, signal);
    },
    negotiated: (version) => link.negotiated(version),
    listen: () => link.listen(),
    async close() {
      await link.close();
    },
  };
}
