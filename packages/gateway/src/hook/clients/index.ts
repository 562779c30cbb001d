import { CLIENT_IDS, type ClientId, type HookClient } from "../client.ts";
import { CLAUDE_CODE } from "./claude-code.ts";
import { CODEX } from "./codex.ts";
import { COPILOT_CLI } from "./copilot-cli.ts";
import { CURSOR } from "./cursor.ts";
import { GEMINI_CLI } from "./gemini-cli.ts";
import { OPENCLAW } from "./openclaw.ts";

export const CLIENTS: Readonly<Record<ClientId, HookClient>> = {
  "claude-code": CLAUDE_CODE,
  codex: CODEX,
  "gemini-cli": GEMINI_CLI,
  cursor: CURSOR,
  "copilot-cli": COPILOT_CLI,
  openclaw: OPENCLAW,
};

/** Null for a name that is no client's. */
export function clientNamed(name: string): HookClient | null {
  const id = CLIENT_IDS.find((known) => known === name);
  return id === undefined ? null : CLIENTS[id];
}
