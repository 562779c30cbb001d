import type { Client } from "./client.ts";
import { connectServers, disconnectServers } from "./mcp-servers.ts";

const LISTS = { keys: ["mcpServers", "servers"] };

/** Any file in the form that most MCP clients share; it is named on the command line. */
export const mcpJson: Client = {
  id: "mcp-json",
  title: "an mcp.json of any client",
  files: () => [],
  connect: (text, context) => connectServers(text, LISTS, context),
  disconnect: (text, before, after) => disconnectServers(text, before, after, LISTS),
};
