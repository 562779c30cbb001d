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
 * OpenClaw's plugin hooks: https://docs.openclaw.ai/plugins/hooks. Recorded from a run of 2026.9.6, except
 * for `message_received`, which needs a channel. A plugin hands event and context on as one object and
 * returns what it is answered.
 */
export const OPENCLAW: HookClient = {
  id: "openclaw",
  replacesResults: false,
  decode,
  encode: (event, ruling) => {
    // The client refuses a run whose answer has any other form.
    if (ruling.kind === "pass" && event.kind === "prompt") return say({ outcome: "pass" });
    if (ruling.kind === "pass") return say({ block: false });
    if (ruling.kind === "replace") return stop("the result cannot be replaced");
    if (event.kind !== "call") return stop(ruling.words);
    return say({ block: true, blockReason: ruling.words });
  },
};

function decode(payload: JsonObject, given: string | null): HookEvent | null {
  const run = textAt(payload, "sessionKey", "requesterSessionKey", "sessionId") ?? "";
  const tool = textAt(payload, "toolName");
  const args = objectAt(payload, "params");
  const key = (): string => keyOf(textAt(payload, "toolCallId"), tool ?? "", args ?? {});
  switch (given ?? textAt(payload, "event")) {
    case "before_tool_call": {
      if (tool === null || args === null) return null;
      const mcp = mcpTool(`mcp__${tool}`); // the client names them `server__tool`
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
    case "before_agent_run":
      return { kind: "prompt", run, text: textAt(payload, "prompt") ?? "", byUser: false };
    case "message_received":
      return { kind: "prompt", run, text: textAt(payload, "content") ?? "", byUser: false };
    case "subagent_spawned":
    case "subagent_ended":
      return { kind: "told", run };
    case "session_start":
    case "session_end":
    case "agent_end":
      return { kind: "pause", run };
    default:
      return null;
  }
}
