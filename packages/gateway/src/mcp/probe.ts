import { fail, type JsonObject, member, ok, type Result } from "@bylaw/core";
import { Pool } from "undici";
import { createExchanges } from "./exchanges.ts";
import { encode, notificationBytes } from "./jsonrpc.ts";
import { MCP_LIMITS, type McpLimits } from "./limits.ts";
import type { Link, LinkEvents, UpstreamConfig } from "./link.ts";
import { LEGACY_VERSIONS } from "./methods.ts";
import type { ShownTool } from "./review.ts";
import { readPage } from "./tools.ts";
import { createStdioLink } from "./upstream-stdio.ts";
import { createWebLink } from "./upstream-web.ts";

/**
 * What an upstream shows to somebody who only looks: a person who writes a catalog, not an agent. Starts
 * or calls it, reads its tools to the end of the list and leaves; nothing is called. Out: the tools, or
 * the code of what went wrong. In: Bylaw's environment, of which a program gets what it needs to start.
 */
export async function listTools(
  config: UpstreamConfig,
  environment: Readonly<Record<string, string | undefined>>,
  given: Partial<McpLimits> = {},
): Promise<Result<readonly ShownTool[], string>> {
  const limits = { ...MCP_LIMITS, ...given };
  const asked = createExchanges("upstream.timeout");
  const events: LinkEvents = {
    async message({ message, bytes }) {
      if (message.kind === "response") await asked.settle({ message, bytes });
    },
    garbage(code, _bytes, id) {
      if (id !== null) asked.fail(id, code);
    },
    closed: (code) => asked.failAll(code),
    paused: () => undefined,
    log: () => undefined,
  };
  const pool = config.kind === "http" ? new Pool(new URL(config.url).origin) : null;
  const link =
    config.kind === "http"
      ? createWebLink(config, pool as Pool, limits, events)
      : createStdioLink(config, environment, limits, events);
  try {
    const failed = await link.open();
    return failed === null ? await readAll(link, asked, limits) : fail(failed);
  } finally {
    await link.close();
    await pool?.destroy();
  }
}

async function readAll(
  link: Link,
  asked: ReturnType<typeof createExchanges>,
  limits: McpLimits,
): Promise<Result<readonly ShownTool[], string>> {
  let id = 0;
  const ask = async (method: string, params: JsonObject): Promise<Result<JsonObject, string>> => {
    id += 1;
    const waiting = asked.open(id, limits.startMs, limits.startMs, null);
    const bytes = encode({ jsonrpc: "2.0", id, method, params });
    const now = id;
    // Not awaited: over HTTP, sending ends with the reply.
    void link.send(bytes, id, AbortSignal.timeout(limits.startMs)).then(({ code }) => {
      if (code !== null) asked.fail(now, code);
    });
    const answer = await waiting;
    if (answer.kind === "failed") return fail(answer.code);
    answer.delivered();
    const { body } = answer.item.message;
    return body.kind === "error" ? fail("upstream.error") : ok(body.result);
  };
  const [protocolVersion = ""] = LEGACY_VERSIONS;
  const clientInfo = { name: "bylaw", version: "1" };
  const begun = await ask("initialize", { protocolVersion, capabilities: {}, clientInfo });
  if (!begun.ok) return begun;
  const version = member(begun.value, "protocolVersion");
  if (typeof version !== "string" || !LEGACY_VERSIONS.includes(version))
    return fail("upstream.version");
  link.negotiated(version);
  const begin = notificationBytes("notifications/initialized", {});
  await link.send(begin, null, AbortSignal.timeout(limits.startMs));
  const shown: ShownTool[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < limits.toolPages; pages += 1) {
    const result: Result<JsonObject, string> = await ask(
      "tools/list",
      cursor === null ? {} : { cursor },
    );
    if (!result.ok) return result;
    const page = readPage(result.value);
    if (page === null) return fail("upstream.garbage");
    shown.push(...page.shown);
    cursor = page.next;
    if (shown.length > limits.tools) break;
    if (cursor === null) return ok(shown);
  }
  return fail("upstream.tools");
}
