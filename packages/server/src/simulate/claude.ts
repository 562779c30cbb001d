import { isObject, type Json, type JsonObject } from "@bylaw/core";
import {
  type RecordedEvent,
  type RecordedSession,
  type Recording,
  textOf,
  toolNamed,
} from "./recorded.ts";

interface Open {
  readonly events: RecordedEvent[];
  /** Calls by id, until their results are read: where in the events they stand. */
  readonly calls: Map<string, number>;
}

/**
 * Transcripts of Claude Code: one JSON object a line, `user` and `assistant` messages with blocks
 * `text`, `tool_use` and `tool_result`. What a parent agent writes to its sub-agent is no person's word.
 */
export function claudeRecording(): Recording {
  const sessions = new Map<string, Open>();
  return {
    take: (line) => {
      if (!isObject(line)) return false;
      const { sessionId, message, type } = line;
      if (typeof sessionId !== "string" || (type !== "user" && type !== "assistant")) return false;
      if (!isObject(message ?? null)) return false;
      const open = sessions.get(sessionId) ?? { events: [], calls: new Map<string, number>() };
      sessions.set(sessionId, open);
      readMessage(open, line, message as JsonObject);
      return true;
    },
    sessions: () => [...sessions].map(([id, { events }]): RecordedSession => ({ id, events })),
  };
}

function readMessage(open: Open, line: JsonObject, message: JsonObject): void {
  const { content } = message;
  const cwd = typeof line["cwd"] === "string" ? line["cwd"] : null;
  const blocks: readonly Json[] = Array.isArray(content) ? content : [];
  if (line["type"] === "assistant") {
    for (const block of blocks) if (isObject(block)) readCall(open, block, cwd);
    return;
  }
  const results = blocks.filter((block) => isObject(block) && block["type"] === "tool_result");
  for (const block of results) readAnswer(open, block as JsonObject);
  const told = line["isMeta"] === true || line["isSidechain"] === true;
  const text = results.length > 0 || told ? null : textOf(content);
  if (text !== null) open.events.push({ kind: "prompt", text });
}

function readCall(open: Open, block: JsonObject, cwd: string | null): void {
  const { type, id, name, input } = block;
  if (type !== "tool_use" || typeof name !== "string") return;
  if (typeof id === "string") open.calls.set(id, open.events.length);
  const args = isObject(input ?? null) ? (input as JsonObject) : {};
  open.events.push({ kind: "call", ...toolNamed(name), arguments: args, result: null, cwd });
}

function readAnswer(open: Open, { tool_use_id: id, content }: JsonObject): void {
  const at = typeof id === "string" ? open.calls.get(id) : undefined;
  const call = at === undefined ? undefined : open.events[at];
  if (at === undefined || call?.kind !== "call") return;
  open.events[at] = { ...call, result: textOf(content) };
}
