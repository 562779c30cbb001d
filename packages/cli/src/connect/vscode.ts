import { join } from "node:path";
import type { Client } from "./client.ts";
import { applicationFolder } from "./folders.ts";
import { connectServers, disconnectServers } from "./mcp-servers.ts";

const LISTS = { keys: ["servers"] };

/** Visual Studio Code: `mcp.json` of the workspace and of the user (VS Code docs, "MCP servers"). */
export const vscode: Client = {
  id: "vscode",
  title: "Visual Studio Code",
  files: (home, cwd) => [
    { path: join(cwd, ".vscode", "mcp.json"), scope: "project", create: false },
    {
      path: join(applicationFolder(home), "Code", "User", "mcp.json"),
      scope: "user",
      create: false,
    },
  ],
  connect: (text, context) => connectServers(text, LISTS, context),
  disconnect: (text, before, after) => disconnectServers(text, before, after, LISTS),
};
