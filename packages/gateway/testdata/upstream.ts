import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that the scripted upstream got, as bytes. */
export interface Received {
  readonly method: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Call {
  readonly id: string | number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** Answers one request in its own way; undefined: the default answer. */
export type Script = (call: Call, response: ServerResponse) => boolean;

export interface ScriptedUpstream {
  readonly url: string;
  readonly received: readonly Received[];
  /** Messages of one method, as received. */
  of(method: string): readonly string[];
  tools: Record<string, unknown>[];
  version: string | null;
  script: Script;
  /** Answers a GET; null: there is no such stream. */
  onGet: ((response: ServerResponse) => void) | null;
  close(): Promise<void>;
}

export function tool(name: string, description = name): Record<string, unknown> {
  return { name, description, inputSchema: { type: "object" } };
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): true {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
  return true;
}

/** A Streamable HTTP upstream in this process that does as its script says and keeps what it got. */
export async function startUpstream(): Promise<ScriptedUpstream> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ method: request.method ?? "", body, headers: request.headers });
      if (request.method === "GET" && upstream.onGet !== null) return upstream.onGet(response);
      if (request.method !== "POST") return void response.writeHead(405).end();
      const message = JSON.parse(body) as Call;
      if (message.id === undefined || message.method === undefined)
        return void response.writeHead(202).end();
      if (!upstream.script(message, response)) answer(message, response);
    });
  });
  const answer = ({ id, method, params }: Call, response: ServerResponse): void => {
    if (method === "initialize") {
      response.setHeader("mcp-session-id", "upstream-session");
      sendJson(response, {
        jsonrpc: "2.0",
        id,
        result: {
          protocolVersion: upstream.version ?? params["protocolVersion"],
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: "scripted", version: "1" },
        },
      });
    } else if (method === "tools/list")
      sendJson(response, { jsonrpc: "2.0", id, result: { tools: upstream.tools } });
    else
      sendJson(response, {
        jsonrpc: "2.0",
        id,
        result: { content: [{ type: "text", text: `did ${String(params["name"])}` }] },
      });
  };
  const upstream: ScriptedUpstream = {
    url: "",
    received,
    of: (method) =>
      received.map(({ body }) => body).filter((body) => body.includes(`"method":"${method}"`)),
    tools: [tool("safe"), tool("danger"), tool("ask")],
    version: null,
    script: () => false,
    onGet: null,
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
