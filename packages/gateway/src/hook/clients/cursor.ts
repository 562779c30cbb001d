import { isObject, type JsonObject, member, parseStrict } from "@bylaw/core";
import {
  type HookCall,
  type HookClient,
  type HookEvent,
  keyOf,
  mcpTool,
  objectAt,
  say,
  stop,
  textAt,
  withoutNarration,
} from "../client.ts";

/**
 * Cursor's hooks: https://cursor.com/docs/agent/hooks. Made from its documentation, not from a run.
 * It does not act on `allow` and `ask`; what it heeds is `deny` and exit code 2.
 */
export const CURSOR: HookClient = {
  id: "cursor",
  replacesResults: false,
  decode,
  encode: (event, ruling) => {
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind === "prompt")
      return ruling.kind === "pass"
        ? say({ continue: true })
        : say({ continue: false, user_message: ruling.words });
    if (event.kind !== "call") return ruling.kind === "pass" ? say({}) : stop(ruling.words);
    return ruling.kind === "pass"
      ? say({ permission: "allow" })
      : say({ permission: "deny", user_message: ruling.words, agent_message: ruling.words });
  },
};

function decode(payload: JsonObject): HookEvent | null {
  const run = textAt(payload, "conversation_id", "session_id");
  const event = textAt(payload, "hook_event_name");
  if (run === null || event === null) return null;
  const cwd = textAt(payload, "cwd") ?? folderOf(payload);
  const own = (tool: string, args: JsonObject): HookEvent => ({
    kind: "call",
    call: {
      run,
      key: keyOf(textAt(payload, "tool_use_id"), tool, args),
      server: null,
      tool,
      arguments: withoutNarration(args),
      cwd,
    },
  });
  switch (event) {
    case "preToolUse": {
      const call = callOf(payload, run, cwd);
      return call === null ? null : { kind: "call", call };
    }
    case "beforeShellExecution": {
      const command = textAt(payload, "command");
      return command === null ? null : own("Shell", { command });
    }
    case "beforeReadFile": {
      const path = textAt(payload, "file_path");
      return path === null ? null : own("Read", { file_path: path });
    }
    case "beforeMCPExecution":
      return mcpCall(payload, run);
    case "postToolUse":
    case "postToolUseFailure": {
      const tool = textAt(payload, "tool_name");
      if (tool === null) return null;
      const key = keyOf(
        textAt(payload, "tool_use_id"),
        tool,
        objectAt(payload, "tool_input") ?? {},
      );
      const failed = event === "postToolUseFailure";
      return { kind: "result", run, key, failed, output: member(payload, "tool_output") ?? null };
    }
    case "beforeSubmitPrompt":
      return { kind: "prompt", run, text: textAt(payload, "prompt") ?? "", byUser: true };
    case "sessionStart":
    case "sessionEnd":
    case "stop":
      return { kind: "pause", run };
    default:
      return null;
  }
}

function callOf(payload: JsonObject, run: string, cwd: string | null): HookCall | null {
  const name = textAt(payload, "tool_name");
  const args = objectAt(payload, "tool_input");
  if (name === null || args === null) return null;
  const key = keyOf(textAt(payload, "tool_use_id"), name, args);
  const mcp = mcpTool(name);
  if (mcp !== null)
    return { run, key, server: mcp.server, tool: mcp.tool, arguments: args, cwd: null };
  // `MCP:tool` names no server: any of them may be meant, so it stays the client's unknown tool.
  return { run, key, server: null, tool: name, arguments: withoutNarration(args), cwd };
}

/** The server is told by its command or address alone, so the tool is one of an unnamed server. */
function mcpCall(payload: JsonObject, run: string): HookEvent | null {
  const tool = textAt(payload, "tool_name");
  const given = member(payload, "tool_input");
  const parsed = typeof given === "string" ? parseStrict(given) : null;
  const args = parsed === null ? given : parsed.ok ? parsed.value : undefined;
  if (tool === null || !isObject(args)) return null;
  const key = keyOf(textAt(payload, "tool_use_id"), tool, args);
  const call = { run, key, server: null, tool: `MCP:${tool}`, arguments: args, cwd: null };
  return { kind: "call", call };
}

function folderOf(payload: JsonObject): string | null {
  const roots = member(payload, "workspace_roots");
  const [root, ...others] = Array.isArray(roots) ? (roots as readonly unknown[]) : [];
  return typeof root === "string" && others.length === 0 ? root : null;
}
