import { join } from "node:path";
import type { Client } from "./client.ts";
import { connectServers, disconnectServers } from "./mcp-servers.ts";

const LISTS = { keys: ["mcpServers"] };

/** Cursor: `mcp.json` of the project and of the user (Cursor docs, "Model Context Protocol"). */
export const cursor: Client = {
  id: "cursor",
  title: "Cursor",
  files: (home, cwd) => [
    { path: join(cwd, ".cursor", "mcp.json"), scope: "project", create: false },
    { path: join(home, ".cursor", "mcp.json"), scope: "user", create: false },
  ],
  connect: (text, context) => connectServers(text, LISTS, context),
  disconnect: (text, before, after) => disconnectServers(text, before, after, LISTS),
};
