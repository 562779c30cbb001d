import { join } from "node:path";
import { fail, type JsonObject, ok } from "@bylaw/core";
import type { Client } from "./client.ts";
import { addHooks, commandLine, HOOK_PROGRAM, type HookCommand, removeHooks } from "./hooks.ts";

/** Not `Stop`: refused, it makes the client go on for ever. */
const EVENTS = ["PreToolUse", "PostToolUse", "UserPromptSubmit", "SessionEnd"];
const WITH_TOOLS = ["PreToolUse", "PostToolUse"];

/** Codex: hooks of the user, the project or the machine (Codex docs, "Hooks"). */
export const codex: Client = {
  id: "codex",
  title: "Codex",
  hook: "codex",
  next: "Codex skips hooks that nobody has trusted: start it, say /hooks, and trust Bylaw's.",
  files: (home, cwd) => [
    { path: join(home, ".codex", "hooks.json"), scope: "user", create: true },
    { path: join(cwd, ".codex", "hooks.json"), scope: "project", create: true },
    { path: "/etc/codex/requirements.toml", scope: "managed", create: true },
  ],
  connect: (text, { file, hook }) => {
    if (file.scope === "managed") {
      const there = text ?? "";
      if (there.includes(HOOK_PROGRAM)) return ok({ text: there, notes: [], secrets: [] });
      if (/^\s*(allow_managed_hooks_only\b|\[+\s*(features|hooks)\b)/m.test(there)) {
        const message = `${file.path} has hooks already; add Bylaw's by hand:\n${managed(hook)}`;
        return fail({ code: "connect.managed", message });
      }
      // A key without a table has to stand before the first table.
      const next = `allow_managed_hooks_only = true\n${there}${managed(hook)}`;
      return ok({ text: next, notes: ["asks Bylaw at: PreToolUse, PostToolUse"], secrets: [] });
    }
    const command = commandLine(hook.words);
    const handler = { type: "command", command, timeout: hook.timeoutS };
    const group = (event: string): JsonObject => ({
      ...(WITH_TOOLS.includes(event) ? { matcher: "*" } : {}),
      hooks: [handler],
    });
    const groups = Object.fromEntries(EVENTS.map((event) => [event, group(event)]));
    return addHooks(text, file.path, groups);
  },
  disconnect: (text) => (text.trimStart().startsWith("{") ? removeHooks(text) : null),
};

function managed({ words, timeoutS }: HookCommand): string {
  const command = JSON.stringify(commandLine(words));
  const group = (event: string): string =>
    `\n[[hooks.${event}]]\nmatcher = "*"\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = ${command}\ntimeout = ${timeoutS}\n`;
  return `\n[features]\nhooks = true\n${WITH_TOOLS.map(group).join("")}`;
}
