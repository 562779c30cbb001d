import { type JsonObject, member } from "@bylaw/core";
import {
  type HookCall,
  type HookClient,
  type HookEvent,
  keyOf,
  NO_OBJECTION,
  objectAt,
  say,
  stop,
  textAt,
  withoutNarration,
} from "../client.ts";

/** Gemini CLI's hooks (0.61.0): https://geminicli.com/docs/hooks. Time-outs are milliseconds. */
export const GEMINI_CLI: HookClient = {
  id: "gemini-cli",
  replacesResults: false,
  decode,
  encode: (event, ruling) => {
    if (ruling.kind === "pass") return NO_OBJECTION;
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind !== "call" && event.kind !== "prompt") return stop(ruling.words);
    return say({ decision: "deny", reason: ruling.words });
  },
};

function decode(payload: JsonObject): HookEvent | null {
  const run = textAt(payload, "session_id");
  const event = textAt(payload, "hook_event_name");
  if (run === null || event === null) return null;
  switch (event) {
    case "BeforeTool": {
      const call = callOf(payload, run);
      return call === null ? null : { kind: "call", call };
    }
    case "AfterTool": {
      const tool = textAt(payload, "tool_name");
      const args = objectAt(payload, "tool_input");
      if (tool === null) return null;
      const output = member(payload, "tool_response") ?? null;
      const failed = hasError(output);
      return { kind: "result", run, key: keyOf(null, tool, args ?? {}), failed, output };
    }
    case "BeforeAgent":
      return { kind: "prompt", run, text: textAt(payload, "prompt") ?? "", byUser: true };
    case "AfterAgent":
    case "SessionStart":
    case "SessionEnd":
      return { kind: "pause", run };
    default:
      return null;
  }
}

function callOf(payload: JsonObject, run: string): HookCall | null {
  const name = textAt(payload, "tool_name");
  const given = objectAt(payload, "tool_input");
  if (name === null || given === null) return null;
  const key = keyOf(null, name, given);
  const mcp = objectAt(payload, "mcp_context");
  if (mcp !== null) {
    const server = textAt(mcp, "server_name");
    const tool = textAt(mcp, "tool_name");
    if (server === null || tool === null) return null;
    return { run, key, server, tool, arguments: given, cwd: null };
  }
  const cwd = textAt(payload, "cwd");
  const args = withoutNarration(given);
  return { run, key, server: null, tool: name, arguments: args, cwd };
}

function hasError(output: unknown): boolean {
  return typeof output === "object" && output !== null && "error" in output && output.error != null;
}
