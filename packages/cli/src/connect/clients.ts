import { claudeCode } from "./claude-code.ts";
import { claudeDesktop } from "./claude-desktop.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { copilotCli } from "./copilot-cli.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";
import { mcpJson } from "./mcp-json.ts";
import { vscode } from "./vscode.ts";

/** Every client that `bylaw connect` knows. */
export const CLIENTS: readonly Client[] = [
  claudeCode,
  codex,
  gemini,
  copilotCli,
  cursor,
  vscode,
  claudeDesktop,
  mcpJson,
];
