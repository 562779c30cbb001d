import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An MCP server of 2024-11-05 in this process: a GET opens the stream, which names where messages go. */
export interface SseUpstream {
  readonly url: string;
  /** Bodies of POSTs to the address for messages. */
  readonly received: readonly string[];
  /** What the stream names as that address. */
  endpoint: string;
  /** The newest open stream. */
  readonly stream: ServerResponse | null;
  /** Answers a message in its own way; false: the default answer. */
  script: (message: { readonly id?: number; readonly method: string }) => boolean;
  say(message: object): void;
  close(): Promise<void>;
}

export async function startSseUpstream(): Promise<SseUpstream> {
  const received: string[] = [];
  let stream: ServerResponse | null = null;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      if (request.method === "GET" && request.url === "/sse") {
        stream = response;
        response.writeHead(200, { "content-type": "text/event-stream" });
        return void response.write(`event: endpoint\ndata: ${upstream.endpoint}\n\n`);
      }
      if (request.method !== "POST" || !(request.url ?? "").startsWith("/messages"))
        return void response.writeHead(405).end("no");
      received.push(body);
      response.writeHead(202).end("Accepted");
      answer(JSON.parse(body) as { id?: number; method: string; params: { name?: string } });
    });
  });
  const answer = (message: {
    id?: number;
    method: string;
    params: { name?: string };
  }): void => {
    const { id, method, params } = message;
    if (id === undefined || method === undefined || upstream.script(message)) return;
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: "2024-11-05",
        capabilities: { tools: {} },
        serverInfo: { name: "old", version: "1" },
      },
      "tools/list": { tools: [{ name: "safe", inputSchema: { type: "object" } }] },
    };
    const done = { content: [{ type: "text", text: `did ${params.name}` }] };
    upstream.say({ jsonrpc: "2.0", id, result: results[method] ?? done });
  };
  const upstream: SseUpstream = {
    url: "",
    received,
    endpoint: "/messages?session=1",
    get stream() {
      return stream;
    },
    script: () => false,
    say: (message) => void stream?.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`;
  return Object.defineProperty(upstream, "url", { value: url });
}
