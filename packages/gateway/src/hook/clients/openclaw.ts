import { type JsonObject, member } from "@bylaw/core";
import {
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
 * OpenClaw's plugin hooks: https://docs.openclaw.ai/plugins/hooks. Made from its documentation, not
 * from a run. A plugin hands event and context on as one object and returns what it is answered.
 */
export const OPENCLAW: HookClient = {
  id: "openclaw",
  replacesResults: false,
  decode,
  encode: (event, ruling) => {
    if (ruling.kind === "pass") return say({ block: false });
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind !== "call") return stop(ruling.words);
    return say({ block: true, blockReason: ruling.words });
  },
};

function decode(payload: JsonObject, given: string | null): HookEvent | null {
  const run = textAt(payload, "sessionKey", "sessionId") ?? "";
  const tool = textAt(payload, "toolName");
  const args = objectAt(payload, "params");
  const key = (): string => keyOf(textAt(payload, "toolCallId"), tool ?? "", args ?? {});
  switch (given ?? textAt(payload, "event")) {
    case "before_tool_call": {
      if (tool === null || args === null) return null;
      const mcp = mcpTool(tool);
      const cwd = mcp === null ? textAt(payload, "workspaceDir", "cwd") : null;
      const server = mcp?.server ?? null;
      const name = mcp?.tool ?? tool;
      const call = { run, key: key(), server, tool: name, arguments: withoutNarration(args), cwd };
      return { kind: "call", call };
    }
    case "after_tool_call": {
      if (tool === null) return null;
      const failed = textAt(payload, "error") !== null;
      return { kind: "result", run, key: key(), failed, output: member(payload, "result") ?? null };
    }
    case "message_received":
      return { kind: "prompt", run, text: textAt(payload, "content") ?? "", byUser: false };
    case "session_start":
    case "session_end":
    case "agent_end":
      return { kind: "pause", run };
    default:
      return null;
  }
}
