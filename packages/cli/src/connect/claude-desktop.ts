import { join } from "node:path";
import type { Client } from "./client.ts";
import { applicationFolder } from "./folders.ts";
import { connectServers, disconnectServers } from "./mcp-servers.ts";

const LISTS = { keys: ["mcpServers"] };

/** Claude Desktop: one file for all (MCP docs, "Connect to local MCP servers"). */
export const claudeDesktop: Client = {
  id: "claude-desktop",
  title: "Claude Desktop",
  files: (home) => [
    {
      path: join(applicationFolder(home), "Claude", "claude_desktop_config.json"),
      scope: "user",
      create: false,
    },
  ],
  connect: (text, context) => connectServers(text, LISTS, context),
  disconnect: (text, before, after) => disconnectServers(text, before, after, LISTS),
};
