import { describe, expect, it } from "vitest";
import { HOOK_PROGRAM } from "./hooks.ts";
import {
  type Muted,
  mutedClaude,
  mutedCodex,
  mutedCopilot,
  mutedCursor,
  mutedGemini,
} from "./muted.ts";

const OURS = `"hooks": { "PreToolUse": [{ "hooks": [{ "type": "command", "command": "${HOOK_PROGRAM}" }] }] }`;
const HANDLER = '"hooks": { "Stop": [{ "hooks": [{ "type": "http", "url": "u" }] }] }';

describe("a client's file", () => {
  it.each<[string, Muted, string, string]>([
    ["no hooks", mutedClaude, "settings.json", `{ "disableAllHooks": true, ${OURS} }`],
    ["managed hooks of others alone", mutedClaude, "m.json", '{ "allowManagedHooksOnly": true }'],
    ["a handler that Codex does not know", mutedCodex, "hooks.json", `{ ${HANDLER} }`],
    [
      "a handler that is none",
      mutedCodex,
      "hooks.json",
      '{ "hooks": { "Stop": [{ "hooks": [1] }] } }',
    ],
    ["no hooks in Codex", mutedCodex, "config.toml", "[features]\nhooks = false\n"],
    ["no hooks in Codex, with dots", mutedCodex, "config.toml", "features.hooks = false\n"],
    ["managed hooks of others in Codex", mutedCodex, "r.toml", "allow_managed_hooks_only = true\n"],
    ["no hooks in Gemini CLI", mutedGemini, "s.json", '{ "hooksConfig": { "enabled": false } }'],
    ["no hooks in Copilot CLI", mutedCopilot, "s.json", '{ "disableAllHooks": true, "x": 1 } // y'],
    ["no hooks of a file with comments in Copilot CLI", mutedCopilot, "b.json", `{ ${OURS} } // x`],
    ["perhaps no hooks of a file with comments in Cursor", mutedCursor, "h.json", `{ ${OURS}, }`],
    [
      "all hooks but Bylaw's",
      mutedGemini,
      "s.json",
      '{ "hooksConfig": { "disabled": ["bylaw"] } }',
    ],
  ])("that lets the client run %s says so", (_what, muted, path, text) => {
    expect(muted(path, text)).toEqual(expect.any(String));
  });

  it.each<[Muted, string, string]>([
    [mutedClaude, "settings.json", `{ "disableAllHooks": false, ${OURS} }`],
    [mutedClaude, "m.json", `{ "allowManagedHooksOnly": true, ${OURS} }`],
    [mutedClaude, "settings.json", ""],
    [mutedCodex, "hooks.json", `{ ${OURS} }`],
    [mutedCodex, "config.toml", "[features]\nhooks = true\n[other]\nhooks = false\n"],
    [mutedCodex, "r.toml", `allow_managed_hooks_only = true\ncommand = "${HOOK_PROGRAM}"\n`],
    [mutedGemini, "s.json", '{ "hooksConfig": { "enabled": true, "disabled": ["other"] } }'],
    [mutedGemini, "s.json", '{ "hooksConfig": [] }'],
    [mutedCopilot, "b.json", `{ ${OURS} }`],
    [mutedCopilot, "settings.json", '{ "disableAllHooks": false } // x'],
    [mutedCursor, "h.json", `{ ${OURS} }`],
    [mutedCursor, "mcp.json", "{} // x"],
    [mutedCursor, "h.json", ""],
  ])("that leaves Bylaw's hooks alone says nothing (%#)", (muted, path, text) => {
    expect(muted(path, text)).toBeNull();
  });
});
