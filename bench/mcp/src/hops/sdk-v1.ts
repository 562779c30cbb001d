/** The shortest proxy that version 1 of the official SDK allows: `sdk-v1.ts URL`, JSON answers. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { listen } from "../listen.ts";

const url = new URL(process.argv[2] ?? "");
const transports = new Map<string, StreamableHTTPServerTransport>();

async function open(): Promise<StreamableHTTPServerTransport> {
  const client = new Client({ name: "proxy", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(url));
  const server = new Server({ name: "proxy", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => client.listTools(params));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => client.callTool(params));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void transports.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

function known(request: IncomingMessage): StreamableHTTPServerTransport | undefined {
  return transports.get(String(request.headers["mcp-session-id"]));
}

await listen(
  createServer((request, response) => {
    void (async () => {
      await (known(request) ?? (await open())).handleRequest(request, response);
    })();
  }),
);
