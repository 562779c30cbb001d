import { isArray, isObject, type Json, type JsonObject, member } from "@bylaw/core";
import { CLIENT, type RecordedEvent, type Recording, textOf, toolNamed } from "./recorded.ts";

interface TimedEvent {
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  readonly event: RecordedEvent;
}

/**
 * Traces in OTLP's JSON form with GenAI's attributes: spans `execute_tool` are calls, messages of the
 * role `user` on other spans are what the person wrote. A session is a conversation, else a trace.
 */
export function otelRecording(): Recording {
  const sessions = new Map<string, TimedEvent[]>();
  return {
    take: (line) => {
      const spans = spansOf(line);
      if (spans === null) return false;
      for (const span of spans) readSpan(span, sessions);
      return true;
    },
    sessions: () =>
      [...sessions].map(([id, events]) => ({
        id,
        events: saidOnce(
          events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ event }) => event),
        ),
      })),
  };
}

/** An export request, or one span by itself; null for anything else. */
function spansOf(line: Json): readonly JsonObject[] | null {
  if (!isObject(line)) return null;
  if (typeof line["traceId"] === "string" && isArray(line["attributes"])) return [line];
  if (!isArray(line["resourceSpans"])) return null;
  return objectsIn(line, "resourceSpans")
    .flatMap((resource) => objectsIn(resource, "scopeSpans"))
    .flatMap((scope) => objectsIn(scope, "spans"));
}

function objectsIn(value: JsonObject, name: string): readonly JsonObject[] {
  const list = member(value, name);
  return isArray(list) ? list.filter((item): item is JsonObject => isObject(item)) : [];
}

function readSpan(span: JsonObject, sessions: Map<string, TimedEvent[]>): void {
  const attribute = attributesOf(span);
  const operation = attribute("gen_ai.operation.name");
  const conversation = attribute("gen_ai.conversation.id") ?? span["traceId"];
  if (typeof conversation !== "string") return;
  const add = (event: RecordedEvent): void => {
    const events = sessions.get(conversation) ?? [];
    sessions.set(conversation, events);
    events.push({ at: timeOf(span["startTimeUnixNano"]), event });
  };
  const name = attribute("gen_ai.tool.name");
  if (operation === "execute_tool" && typeof name === "string") {
    const args = parsed(attribute("gen_ai.tool.call.arguments"));
    const result = attribute("gen_ai.tool.call.result");
    const server = attribute("mcp.server.name") ?? attribute("server.address");
    const { upstream, tool } = toolNamed(name);
    add({
      kind: "call",
      upstream: upstream === CLIENT && typeof server === "string" ? server : upstream,
      tool,
      arguments: isObject(args) ? args : {},
      result: result === null || typeof result === "string" ? result : JSON.stringify(result),
      cwd: null,
    });
    return;
  }
  for (const text of promptsIn(parsed(attribute("gen_ai.input.messages"))))
    add({ kind: "prompt", text });
}

/** Every request to a model repeats what was said before. */
function saidOnce(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
  const said = new Set<string>();
  return events.filter((event) => {
    if (event.kind !== "prompt") return true;
    const known = said.has(event.text);
    said.add(event.text);
    return !known;
  });
}

function promptsIn(messages: Json): readonly string[] {
  if (!isArray(messages)) return [];
  return messages.flatMap((message) => {
    if (!isObject(message) || message["role"] !== "user") return [];
    const parts = objectsIn(message, "parts").flatMap(({ type, content }) =>
      type === "text" && typeof content === "string" ? [content] : [],
    );
    const text = parts.length > 0 ? parts.join("\n") : textOf(message["content"]);
    return text === null ? [] : [text];
  });
}

/** Attributes as OTLP writes them: `{key, value: {stringValue}}`. */
function attributesOf(span: JsonObject): (name: string) => Json {
  const values = new Map(
    objectsIn(span, "attributes").map(({ key, value }) => [
      key,
      isObject(value ?? null) ? value : null,
    ]),
  );
  return (name) => {
    const value = values.get(name);
    if (!isObject(value ?? null)) return null;
    return Object.values(value as JsonObject)[0] ?? null;
  };
}

function parsed(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return null;
  }
}

function timeOf(value: Json | undefined): bigint {
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}
