import { basename, join } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Client } from "./client.ts";
import { refusingLine, removeHooks } from "./hooks.ts";
import { connectServersIfAny, disconnectServers } from "./mcp-servers.ts";
import { mutedCopilot } from "./muted.ts";
import { addVersionedHooks } from "./versioned-hooks.ts";

/** Where a refusal is an answer: the client keeps the words of any other from its model. */
const ASKED = "preToolUse";
/** Not `agentStop`: refused, it may make the client go on. */
const EVENTS = [ASKED, "postToolUse", "postToolUseFailure", "userPromptSubmitted", "sessionEnd"];
/** In folders of which the client reads every file: this one is Bylaw's alone. */
const HOOKS = "bylaw.json";
/** Files that list MCP servers and hold no hooks. */
const SERVER_LISTS = ["mcp-config.json", ".mcp.json", "mcp.json"];
/** Of a folder that was trusted, Claude Code's among them; what users say of themselves changes nothing. */
const SETTINGS = [".github/copilot", ".claude"].flatMap((folder) => [
  `${folder}/settings.json`,
  `${folder}/settings.local.json`,
]);
const LISTS = { keys: ["mcpServers"], bareVariables: true };

/**
 * Copilot CLI: hooks of the user, the project or the machine, and lists of MCP servers (GitHub docs,
 * "GitHub Copilot hooks reference" and "Adding MCP servers for GitHub Copilot CLI").
 */
export const copilotCli: Client = {
  id: "copilot-cli",
  title: "Copilot CLI",
  hook: "copilot-cli",
  muted: {
    why: mutedCopilot,
    files: (_home, cwd) => SETTINGS.map((file) => join(cwd, file)),
  },
  files: (home, cwd) => [
    { path: join(home, ".copilot", "hooks", HOOKS), scope: "user", create: true },
    { path: join(cwd, ".github", "hooks", HOOKS), scope: "project", create: true },
    { path: join("/etc/github-copilot/policy.d", HOOKS), scope: "managed", create: true },
    { path: join(home, ".copilot", "mcp-config.json"), scope: "user", create: false },
    { path: join(cwd, ".mcp.json"), scope: "project", create: false },
    { path: join(cwd, ".github", "mcp.json"), scope: "project", create: false },
  ],
  connect: (text, context) => {
    const { file, hook } = context;
    if (SERVER_LISTS.includes(basename(file.path)))
      return connectServersIfAny(text ?? "{}", LISTS, context);
    // The payload does not name the event, so the command does.
    const entry = (event: string): JsonObject => ({
      type: "command",
      bash: refusingLine([...hook.words, event], event === ASKED ? "denial" : "words"),
      timeoutSec: hook.timeoutS,
    });
    const entries = Object.fromEntries(EVENTS.map((event) => [event, entry(event)]));
    return addVersionedHooks(text, file.path, entries);
  },
  disconnect: (text, before, after) =>
    removeHooks(disconnectServers(text, before, after, LISTS) ?? text),
};
