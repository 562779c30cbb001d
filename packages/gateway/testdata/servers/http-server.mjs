// A real MCP server over Streamable HTTP, built on the official SDK. Prints its port.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { registerEverything } from "./everything.mjs";

const transports = new Map();

const http = createServer(async (request, response) => {
  process.stderr.write(`headers ${JSON.stringify(request.headers)}\n`);
  const known = transports.get(request.headers["mcp-session-id"]);
  if (known !== undefined) return known.handleRequest(request, response);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: process.argv.includes("--json"),
    onsessioninitialized: (id) => transports.set(id, transport),
  });
  const server = new McpServer(
    { name: "http-fixture", version: "1.0.0" },
    { capabilities: { logging: {} } },
  );
  registerEverything(server, (line) => process.stderr.write(`${line}\n`));
  await server.connect(transport);
  await transport.handleRequest(request, response);
});
http.listen(0, "127.0.0.1", () => process.stdout.write(`${http.address().port}\n`));
