import { basename, join } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Client } from "./client.ts";
import { addHooks, removeHooks } from "./hooks.ts";
import { connectServersIfAny, disconnectServers } from "./mcp-servers.ts";
import { mutedClaude } from "./muted.ts";

/** Events that may be refused: an answer that does not come counts as one. */
const DECIDED = [
  "PreToolUse",
  "PostToolUse",
  "UserPromptSubmit",
  "ConfigChange",
  "TaskCreated",
  "TaskCompleted",
];
/** Not `Stop` and `TeammateIdle`: refused, they make the client go on for ever. */
const TOLD = ["PostToolUseFailure", "SubagentStart", "SubagentStop", "SessionEnd"];
/** Files that list MCP servers and hold no hooks. */
const SERVER_LISTS = [".claude.json", ".mcp.json"];
/** Servers of the user, and those that the user has added to single folders. */
const LISTS = { keys: ["mcpServers"], folders: "projects" };
const WITH_TOOLS = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];

/** Claude Code: settings of the user, the project or the machine (Claude Code docs, "Hooks"). */
export const claudeCode: Client = {
  id: "claude-code",
  title: "Claude Code",
  hook: "claude-code",
  muted: {
    why: mutedClaude,
    files: (_home, cwd) => [join(cwd, ".claude", "settings.local.json")],
  },
  files: (home, cwd) => [
    { path: join(home, ".claude", "settings.json"), scope: "user", create: true },
    { path: join(cwd, ".claude", "settings.json"), scope: "project", create: true },
    { path: "/etc/claude-code/managed-settings.json", scope: "managed", create: true },
    { path: join(home, ".claude.json"), scope: "user", create: false },
    { path: join(cwd, ".mcp.json"), scope: "project", create: false },
  ],
  connect: (text, context) => {
    const { file, hook } = context;
    if (SERVER_LISTS.includes(basename(file.path)))
      return connectServersIfAny(text ?? "{}", LISTS, context);
    const [command, ...args] = hook.words;
    // Without a shell in between, which would read its own variables first.
    const handler = { type: "command", command, args, timeout: hook.timeoutS };
    const group = (event: string): JsonObject => ({
      ...(WITH_TOOLS.includes(event) ? { matcher: "*" } : {}),
      hooks: [DECIDED.includes(event) ? { ...handler, onFailure: "block" } : handler],
    });
    const groups = Object.fromEntries([...DECIDED, ...TOLD].map((event) => [event, group(event)]));
    const more = file.scope === "managed" ? { allowManagedHooksOnly: true } : {};
    return addHooks(text, file.path, groups, more);
  },
  disconnect: (text, before, after) =>
    removeHooks(disconnectServers(text, before, after, LISTS) ?? text),
};
