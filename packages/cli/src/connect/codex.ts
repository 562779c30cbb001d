import { basename, join } from "node:path";
import { fail, type JsonObject, ok } from "@bylaw/core";
import type { Client } from "./client.ts";
import { connectCodexServers, disconnectCodexServers } from "./codex-servers.ts";
import { addHooks, HOOK_PROGRAM, type HookCommand, refusingLine, removeHooks } from "./hooks.ts";
import { mutedCodex } from "./muted.ts";

/** Not `Stop`: refused, it makes the client go on for ever. */
const EVENTS = ["PreToolUse", "PostToolUse", "UserPromptSubmit", "SessionEnd"];
const WITH_TOOLS = ["PreToolUse", "PostToolUse"];
/** Lists MCP servers, among other things, and holds none of Bylaw's hooks. */
const SERVER_LIST = "config.toml";

/** Codex: hooks of the user, the project or the machine (Codex docs, "Hooks"). */
export const codex: Client = {
  id: "codex",
  title: "Codex",
  hook: "codex",
  muted: { why: mutedCodex, files: () => [] },
  next: "Codex skips hooks that nobody has trusted: start it, say /hooks, and trust Bylaw's.",
  files: (home, cwd) => [
    { path: join(home, ".codex", "hooks.json"), scope: "user", create: true },
    { path: join(cwd, ".codex", "hooks.json"), scope: "project", create: true },
    { path: "/etc/codex/requirements.toml", scope: "managed", create: true },
    { path: join(home, ".codex", SERVER_LIST), scope: "user", create: false },
    { path: join(cwd, ".codex", SERVER_LIST), scope: "project", create: false },
  ],
  connect: (text, context) => {
    const { file, hook } = context;
    if (basename(file.path) === SERVER_LIST) return connectCodexServers(text ?? "", context);
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
    const command = refusingLine(hook.words);
    const handler = { type: "command", command, timeout: hook.timeoutS };
    const group = (event: string): JsonObject => ({
      ...(WITH_TOOLS.includes(event) ? { matcher: "*" } : {}),
      hooks: [handler],
    });
    const groups = Object.fromEntries(EVENTS.map((event) => [event, group(event)]));
    return addHooks(text, file.path, groups);
  },
  disconnect: (text, before, after) => {
    if (text.trimStart().startsWith("{")) return removeHooks(text);
    // Of the machine's own file: what it says about hooks cannot be told from Bylaw's.
    return after.includes(HOOK_PROGRAM) ? null : disconnectCodexServers(text, before, after);
  },
};

function managed({ words, timeoutS }: HookCommand): string {
  const command = JSON.stringify(refusingLine(words));
  const group = (event: string): string =>
    `\n[[hooks.${event}]]\nmatcher = "*"\n[[hooks.${event}.hooks]]\ntype = "command"\ncommand = ${command}\ntimeout = ${timeoutS}\n`;
  return `\n[features]\nhooks = true\n${WITH_TOOLS.map(group).join("")}`;
}
