import { join } from "node:path";
import { type JsonObject, ok } from "@bylaw/core";
import type { Client } from "./client.ts";
import { addHooks, refusingLine, removeHooks } from "./hooks.ts";
import { connectServersIfAny, disconnectServers } from "./mcp-servers.ts";
import { mutedGemini } from "./muted.ts";

/** Not `AfterAgent`: refused, it makes the client try again for ever. */
const EVENTS = ["BeforeTool", "AfterTool", "BeforeAgent", "SessionEnd"];
const WITH_TOOLS = ["BeforeTool", "AfterTool"];
const LISTS = { keys: ["mcpServers"], bareVariables: true };

/** Gemini CLI: settings of the user, the project or the machine (Gemini CLI docs, "Hooks"). */
export const gemini: Client = {
  id: "gemini",
  title: "Gemini CLI",
  hook: "gemini-cli",
  muted: { why: mutedGemini, files: () => [] },
  files: (home, cwd) => [
    { path: join(home, ".gemini", "settings.json"), scope: "user", create: true },
    { path: join(cwd, ".gemini", "settings.json"), scope: "project", create: true },
    { path: "/etc/gemini-cli/settings.json", scope: "managed", create: true },
  ],
  connect: (text, context) => {
    const { file, hook } = context;
    const handler = {
      name: "bylaw",
      type: "command",
      command: refusingLine(hook.words),
      timeout: hook.timeoutS * 1_000, // milliseconds, unlike everybody else
    };
    const group = (event: string): JsonObject => ({
      matcher: WITH_TOOLS.includes(event) ? ".*" : "*",
      hooks: [handler],
    });
    const groups = Object.fromEntries(EVENTS.map((event) => [event, group(event)]));
    const hooked = addHooks(text, file.path, groups);
    if (!hooked.ok) return hooked;
    const served = connectServersIfAny(hooked.value.text, LISTS, context);
    if (!served.ok) return served;
    return ok({ ...served.value, notes: [...hooked.value.notes, ...served.value.notes] });
  },
  disconnect: (text, before, after) =>
    removeHooks(disconnectServers(text, before, after, LISTS) ?? text),
};
