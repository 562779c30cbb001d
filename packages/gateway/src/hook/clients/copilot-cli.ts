import { isObject, type Json, type JsonObject, member, parseStrict } from "@bylaw/core";
import {
  type HookClient,
  type HookEvent,
  keyOf,
  mcpTool,
  NO_OBJECTION,
  say,
  stop,
  textAt,
  withoutNarration,
} from "../client.ts";

/**
 * Copilot CLI's hooks: https://docs.github.com/copilot/reference/hooks-configuration, and runs of 1.0.102.
 * The payload does not name its event: the hook's command line does.
 */
export const COPILOT_CLI: HookClient = {
  id: "copilot-cli",
  replacesResults: false,
  decode,
  encode: (event, ruling) => {
    if (ruling.kind === "pass") return NO_OBJECTION;
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind !== "call") return stop(ruling.words);
    return say({ permissionDecision: "deny", permissionDecisionReason: ruling.words });
  },
};

function decode(payload: JsonObject, event: string | null): HookEvent | null {
  const run = textAt(payload, "sessionId") ?? "";
  const tool = textAt(payload, "toolName");
  switch (event ?? textAt(payload, "hook_event_name")) {
    case "preToolUse": {
      const args = argumentsOf(payload);
      if (tool === null || args === null) return null;
      const key = keyOf(null, tool, args);
      const mcp = mcpTool(tool);
      const cwd = mcp === null ? textAt(payload, "cwd") : null;
      const server = mcp?.server ?? null;
      const name = mcp?.tool ?? tool;
      const call = { run, key, server, tool: name, arguments: withoutNarration(args), cwd };
      return { kind: "call", call };
    }
    case "postToolUse": {
      const output: Json = member(payload, "toolResult") ?? null;
      if (tool === null) return null;
      const kind = isObject(output) ? textAt(output, "resultType") : null;
      const failed = kind !== null && kind !== "success";
      return {
        kind: "result",
        run,
        key: keyOf(null, tool, argumentsOf(payload) ?? {}),
        failed,
        output,
      };
    }
    case "postToolUseFailure": {
      const output: Json = member(payload, "error") ?? null;
      if (tool === null) return null;
      const key = keyOf(null, tool, argumentsOf(payload) ?? {});
      return { kind: "result", run, key, failed: true, output };
    }
    case "userPromptSubmitted":
      return { kind: "prompt", run, text: textAt(payload, "prompt") ?? "", byUser: true };
    case "sessionStart":
    case "sessionEnd":
    case "agentStop":
      return { kind: "pause", run };
    default:
      return null;
  }
}

/** An object in what was recorded, a JSON text in the documentation. */
function argumentsOf(payload: JsonObject): JsonObject | null {
  const given = member(payload, "toolArgs");
  const parsed = typeof given === "string" ? parseStrict(given) : null;
  const value = parsed === null ? given : parsed.ok ? parsed.value : undefined;
  return isObject(value) ? value : null;
}
