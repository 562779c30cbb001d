import { claudeDesktop } from "./claude-desktop.ts";
import type { Client } from "./client.ts";
import { cursor } from "./cursor.ts";
import { mcpJson } from "./mcp-json.ts";
import { vscode } from "./vscode.ts";

/** Every client that `bylaw connect` knows. */
export const CLIENTS: readonly Client[] = [vscode, claudeDesktop, cursor, mcpJson];
