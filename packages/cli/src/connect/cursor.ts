import { basename, join } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Client } from "./client.ts";
import { commandLine, removeHooks } from "./hooks.ts";
import { connectServersIfAny, disconnectServers } from "./mcp-servers.ts";
import { mutedCursor } from "./muted.ts";
import { addVersionedHooks } from "./versioned-hooks.ts";

/**
 * Events that may be refused. `preToolUse` comes before every tool; the ones for single kinds of tools come
 * besides it, and would have the same call decided, and a person asked, twice.
 */
const DECIDED = ["preToolUse", "beforeSubmitPrompt"];
/** Not `stop`: refused, it may make the client go on for ever. */
const TOLD = ["postToolUse", "postToolUseFailure", "sessionEnd"];
const HOOKS = "hooks.json";
/** Lists MCP servers and holds no hooks. */
const SERVER_LIST = "mcp.json";
const LISTS = { keys: ["mcpServers"] };

/** Cursor: hooks and MCP servers of the user or the project (Cursor docs, "Hooks" and "Model Context Protocol"). */
export const cursor: Client = {
  id: "cursor",
  title: "Cursor",
  hook: "cursor",
  muted: { why: mutedCursor, files: () => [] },
  next: "Bylaw was never seen with Cursor itself: use it once, then see with `bylaw doctor cursor` that it was heard.",
  files: (home, cwd) => [
    { path: join(home, ".cursor", HOOKS), scope: "user", create: true },
    { path: join(cwd, ".cursor", HOOKS), scope: "project", create: true },
    { path: join(home, ".cursor", SERVER_LIST), scope: "user", create: false },
    { path: join(cwd, ".cursor", SERVER_LIST), scope: "project", create: false },
  ],
  connect: (text, context) => {
    const { file, hook } = context;
    if (basename(file.path) === SERVER_LIST)
      return connectServersIfAny(text ?? "{}", LISTS, context);
    const handler = { command: commandLine(hook.words), timeout: hook.timeoutS };
    const entry = (event: string): JsonObject =>
      DECIDED.includes(event) ? { ...handler, failClosed: true } : handler;
    const entries = Object.fromEntries([...DECIDED, ...TOLD].map((event) => [event, entry(event)]));
    return addVersionedHooks(text, file.path, entries);
  },
  disconnect: (text, before, after) =>
    removeHooks(disconnectServers(text, before, after, LISTS) ?? text),
};
