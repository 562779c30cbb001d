import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Call, type Received, sendJson, tool } from "./upstream.ts";

/** An upstream of revision 2026-07-28 in this process that does as its script says and keeps what it got. */
export interface ModernUpstream {
  readonly url: string;
  readonly received: readonly Received[];
  /** Messages of one method, as received. */
  of(method: string): readonly Received[];
  /** Responses that their client closed before they had ended. */
  readonly closed: readonly string[];
  tools: Record<string, unknown>[];
  /** Answers one request in its own way; false: the default answer. */
  script: (call: Call, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

export async function startModernUpstream(): Promise<ModernUpstream> {
  const received: Received[] = [];
  const closed: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ method: request.method ?? "", body, headers: request.headers });
      const call = JSON.parse(body) as Call;
      response.on("close", () => {
        if (!response.writableFinished) closed.push(call.method);
      });
      if (!upstream.script(call, response)) answer(call, response);
    });
  });
  const answer = ({ id, method, params }: Call, response: ServerResponse): void => {
    const results: Record<string, object> = {
      "server/discover": {
        supportedVersions: ["2026-07-28", "2025-11-25"],
        capabilities: { tools: {}, extensions: { "io.modelcontextprotocol/tasks": {} } },
        ttlMs: 3_600_000,
        cacheScope: "public",
      },
      "tools/list": { tools: upstream.tools, ttlMs: 3_600_000, cacheScope: "public" },
      "resources/read": { contents: [{ uri: params["uri"], text: "t" }], ttlMs: 5 },
    };
    const result = results[method] ?? {
      content: [{ type: "text", text: `did ${String(params["name"])}` }],
    };
    sendJson(response, { jsonrpc: "2.0", id, result: { resultType: "complete", ...result } });
  };
  const upstream: ModernUpstream = {
    url: "",
    received,
    of: (method) => received.filter(({ body }) => body.includes(`"method":"${method}"`)),
    closed,
    tools: [tool("safe"), tool("danger"), tool("ask"), regional()],
    script: () => false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(upstream, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
  });
}

/** A tool that wants arguments repeated in headers. */
function regional(): Record<string, unknown> {
  const region = { type: "string", "x-mcp-header": "Region" };
  const count = { type: "integer", "x-mcp-header": "Count" };
  const properties = { region, place: { type: "object", properties: { count } } };
  return { ...tool("regional"), inputSchema: { type: "object", properties } };
}

/** The members of `_meta` that a request without a session must have. */
export function modernMeta(
  capabilities: object = {},
  version = "2026-07-28",
): Record<string, unknown> {
  return {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
}
