import { type JsonObject, member } from "@bylaw/core";
import {
  type HookCall,
  type HookClient,
  type HookEvent,
  keyOf,
  mcpTool,
  NO_OBJECTION,
  objectAt,
  say,
  stop,
  textAt,
  withoutNarration,
} from "../client.ts";

/** Claude Code's hooks (2.1.329): https://code.claude.com/docs/en/hooks */
export const CLAUDE_CODE: HookClient = {
  id: "claude-code",
  replacesResults: true,
  decode: decodeClaude,
  encode: (event, ruling) => {
    if (ruling.kind === "pass") return NO_OBJECTION;
    if (ruling.kind === "replace")
      return say({
        hookSpecificOutput: { hookEventName: "PostToolUse", updatedToolOutput: ruling.output },
      });
    switch (event.kind) {
      case "call":
        return say({
          hookSpecificOutput: {
            hookEventName: "PreToolUse",
            permissionDecision: "deny",
            permissionDecisionReason: ruling.words,
          },
        });
      case "change":
        // A task that is not made, or not done: only the exit code says so.
        if (event.call.tool !== CONFIG_CHANGE) return stop(ruling.words);
        return say({ decision: "block", reason: ruling.words });
      case "prompt":
        return say({ decision: "block", reason: ruling.words });
      default:
        return stop(ruling.words);
    }
  },
};

/** Shared with Codex, whose hooks have the same form. */
export function decodeClaude(payload: JsonObject): HookEvent | null {
  const run = textAt(payload, "session_id");
  const event = textAt(payload, "hook_event_name");
  if (run === null || event === null) return null;
  switch (event) {
    case "PreToolUse": {
      const call = callOf(payload, run);
      return call === null ? null : { kind: "call", call };
    }
    case "PostToolUse":
    case "PostToolUseFailure": {
      const tool = textAt(payload, "tool_name");
      const args = objectAt(payload, "tool_input");
      if (tool === null) return null;
      const failed = event === "PostToolUseFailure";
      const output = member(payload, failed ? "error" : "tool_response") ?? null;
      const key = keyOf(textAt(payload, "tool_use_id"), tool, args ?? {});
      return { kind: "result", run, key, failed, output };
    }
    case "UserPromptSubmit": {
      const source = textAt(payload, "source");
      const text = textAt(payload, "prompt") ?? "";
      return { kind: "prompt", run, text, byUser: source === null || source === "user" };
    }
    case CONFIG_CHANGE: {
      const path = textAt(payload, "file_path");
      return changeOf(payload, run, event, path === null ? {} : { file_path: path });
    }
    case "TaskCreated":
    case "TaskCompleted": {
      const task = textAt(payload, "task_id");
      const teammate = textAt(payload, "teammate_name");
      if (task === null) return null;
      // Subject and description are the model's words.
      return changeOf(payload, run, event, {
        task_id: task,
        ...(teammate === null ? {} : { teammate_name: teammate }),
      });
    }
    // Refused, an idle teammate goes on working: what it may work on is decided when it claims a task.
    case "TeammateIdle":
    case "SubagentStart":
    case "SubagentStop":
    case "InstructionsLoaded":
      return { kind: "told", run };
    case "SessionStart":
    case "SessionEnd":
    case "Stop":
    case "StopFailure":
      return { kind: "pause", run };
    default:
      return null;
  }
}

const CONFIG_CHANGE = "ConfigChange";

function changeOf(
  payload: JsonObject,
  run: string,
  event: string,
  args: JsonObject,
): Extract<HookEvent, { kind: "change" }> {
  const cwd = textAt(payload, "cwd");
  const call = { run, key: event, server: null, tool: event, arguments: args, cwd };
  return { kind: "change", call };
}

/** The call of a `PreToolUse` event. */
function callOf(payload: JsonObject, run: string): HookCall | null {
  const name = textAt(payload, "tool_name");
  const given = objectAt(payload, "tool_input");
  if (name === null || given === null) return null;
  const key = keyOf(textAt(payload, "tool_use_id"), name, given);
  const cwd = textAt(payload, "cwd");
  const told = objectAt(payload, "mcp_server");
  const mcp = mcpTool(name, told === null ? null : textAt(told, "name"));
  if (mcp !== null)
    return { run, key, server: mcp.server, tool: mcp.tool, arguments: given, cwd: null };
  return { run, key, server: null, tool: name, arguments: withoutNarration(given), cwd };
}
