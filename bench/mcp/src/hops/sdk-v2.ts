/** The shortest proxy that version 2 of the official SDK allows: `sdk-v2.ts URL`, JSON answers. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { NodeStreamableHTTPServerTransport } from "@modelcontextprotocol/node";
import { Server } from "@modelcontextprotocol/server";
import { listen } from "../listen.ts";

const url = new URL(process.argv[2] ?? "");
const transports = new Map<string, NodeStreamableHTTPServerTransport>();

async function open(): Promise<NodeStreamableHTTPServerTransport> {
  const client = new Client({ name: "proxy", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(url));
  const server = new Server({ name: "proxy", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", ({ params }) => client.listTools(params));
  server.setRequestHandler("tools/call", ({ params }) => client.callTool(params));
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id: string) => void transports.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

function known(request: IncomingMessage): NodeStreamableHTTPServerTransport | undefined {
  return transports.get(String(request.headers["mcp-session-id"]));
}

await listen(
  createServer((request, response) => {
    void (async () => {
      await (known(request) ?? (await open())).handleRequest(request, response);
    })();
  }),
);
