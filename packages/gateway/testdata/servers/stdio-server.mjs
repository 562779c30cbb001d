// A real MCP server over stdio, built on the official SDK. Logs each call it executes to stderr.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { registerEverything } from "./everything.mjs";

const server = new McpServer(
  { name: "stdio-fixture", version: "1.0.0" },
  { capabilities: { logging: {} } },
);
registerEverything(server, (line) => process.stderr.write(`${line}\n`));
await server.connect(new StdioServerTransport());
