import type { RequestListener } from "node:http";
import { type McpGateway, upstreamOfPath } from "@bylaw/gateway";
import { presents } from "../api/admin.ts";
import { isLogPath } from "../log/log-files.ts";

/** The log's files go to whoever has the administrative token, as everything here does. */
export function adminRoute(
  token: string,
  files: RequestListener,
  api: RequestListener,
): RequestListener {
  return (request, response) => {
    const asked = isLogPath(request.url ?? "") && presents(request.headers.authorization, token);
    if (asked) files(request, response);
    else api(request, response);
  };
}

/** What agents reach: MCP under its path, everything else at the API, and whether the gateway is ready. */
export function agentRoute(
  mcp: McpGateway,
  api: RequestListener,
  ready: () => boolean,
): RequestListener {
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === "/healthz") {
      const body = { name: "bylaw", pid: process.pid, ready: ready() };
      response.writeHead(ready() ? 200 : 503, { "content-type": "application/json" });
      return void response.end(JSON.stringify(body));
    }
    const upstream = upstreamOfPath(request.url ?? "");
    if (upstream !== null) void mcp.handleHttp(request, response, upstream);
    else if (ready()) api(request, response);
    else response.writeHead(503).end(JSON.stringify({ error: "gateway.draining" }));
  };
}

/** Whoever stops waits for nobody new: a hook that gets no answer refuses. */
export function hookRoute(hooks: RequestListener, ready: () => boolean): RequestListener {
  return (request, response) => {
    if (ready()) hooks(request, response);
    else response.writeHead(503).end(JSON.stringify({ error: "gateway.draining" }));
  };
}
