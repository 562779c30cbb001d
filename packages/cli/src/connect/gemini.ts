import { join } from "node:path";
import type { JsonObject } from "@bylaw/core";
import type { Client } from "./client.ts";
import { addHooks, commandLine, removeHooks } from "./hooks.ts";

/** Not `AfterAgent`: refused, it makes the client try again for ever. */
const EVENTS = ["BeforeTool", "AfterTool", "BeforeAgent", "SessionEnd"];
const WITH_TOOLS = ["BeforeTool", "AfterTool"];

/** Gemini CLI: settings of the user, the project or the machine (Gemini CLI docs, "Hooks"). */
export const gemini: Client = {
  id: "gemini",
  title: "Gemini CLI",
  hook: "gemini-cli",
  files: (home, cwd) => [
    { path: join(home, ".gemini", "settings.json"), scope: "user", create: true },
    { path: join(cwd, ".gemini", "settings.json"), scope: "project", create: true },
    { path: "/etc/gemini-cli/settings.json", scope: "managed", create: true },
  ],
  connect: (text, { file, hook }) => {
    const handler = {
      name: "bylaw",
      type: "command",
      command: commandLine(hook.words),
      timeout: hook.timeoutS * 1_000, // milliseconds, unlike everybody else
    };
    const group = (event: string): JsonObject => ({
      matcher: WITH_TOOLS.includes(event) ? ".*" : "*",
      hooks: [handler],
    });
    const groups = Object.fromEntries(EVENTS.map((event) => [event, group(event)]));
    return addHooks(text, file.path, groups);
  },
  disconnect: removeHooks,
};
