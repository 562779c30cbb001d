import { isObject, type JsonObject, member } from "@bylaw/core";
import { META } from "./modern/meta.ts";

/** How a request becomes an action: what it names, what it carries, what else it may contain. */
export interface RequestMethod {
  /** Every member that `params` may have besides `_meta`; the legacy protocol is frozen. */
  readonly members: readonly string[];
  /** The tool, prompt or resource that is named; undefined when it must be and is not. */
  readonly target: (params: JsonObject) => string | null | undefined;
  /** The member that is the action's arguments; null: all of `params` but `_meta`. */
  readonly argumentsIn: string | null;
}

const nothing = (): null => null;

const named =
  (key: string) =>
  (params: JsonObject): string | undefined => {
    const value = member(params, key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };

/** `completion/complete` names a prompt or a resource template in `ref`. */
function completed(params: JsonObject): string | undefined {
  const ref = member(params, "ref");
  if (!isObject(ref)) return undefined;
  const type = member(ref, "type");
  if (type === "ref/prompt") return named("name")(ref);
  return type === "ref/resource" ? named("uri")(ref) : undefined;
}

const list: RequestMethod = { members: ["cursor"], target: nothing, argumentsIn: null };
const resource: RequestMethod = { members: ["uri"], target: named("uri"), argumentsIn: null };
const task: RequestMethod = { members: ["taskId"], target: named("taskId"), argumentsIn: null };

/**
 * Requests a client may make, up to revision 2025-11-25. What is not here is refused: a method that
 * nobody knows has effects that nobody knows.
 */
export const CLIENT_REQUESTS: ReadonlyMap<string, RequestMethod> = new Map([
  [
    "initialize",
    {
      members: ["protocolVersion", "capabilities", "clientInfo"],
      target: nothing,
      argumentsIn: null,
    },
  ],
  [
    "tools/call",
    { members: ["name", "arguments", "task"], target: named("name"), argumentsIn: "arguments" },
  ],
  ["tools/list", list],
  ["resources/list", list],
  ["resources/templates/list", list],
  ["resources/read", resource],
  ["resources/subscribe", resource],
  ["resources/unsubscribe", resource],
  ["prompts/list", list],
  [
    "prompts/get",
    { members: ["name", "arguments"], target: named("name"), argumentsIn: "arguments" },
  ],
  [
    "completion/complete",
    { members: ["ref", "argument", "context"], target: completed, argumentsIn: null },
  ],
  ["logging/setLevel", { members: ["level"], target: nothing, argumentsIn: null }],
  ["tasks/get", task],
  ["tasks/result", task],
  ["tasks/cancel", task],
  ["tasks/list", list],
]);

const retried = (method: RequestMethod): RequestMethod => ({
  ...method,
  members: [...method.members, "inputResponses", "requestState"],
});

/** Requests a client may make without a session, revision 2026-07-28 and its tasks extension. */
export const MODERN_REQUESTS: ReadonlyMap<string, RequestMethod> = new Map([
  ["server/discover", { members: [], target: nothing, argumentsIn: null }],
  [
    "tools/call",
    retried({ members: ["name", "arguments"], target: named("name"), argumentsIn: "arguments" }),
  ],
  ["tools/list", list],
  ["resources/list", list],
  ["resources/templates/list", list],
  ["resources/read", retried(resource)],
  ["prompts/list", list],
  [
    "prompts/get",
    retried({ members: ["name", "arguments"], target: named("name"), argumentsIn: "arguments" }),
  ],
  [
    "completion/complete",
    { members: ["ref", "argument", "context"], target: completed, argumentsIn: null },
  ],
  ["subscriptions/listen", { members: ["notifications"], target: nothing, argumentsIn: null }],
  ["tasks/get", task],
  [
    "tasks/update",
    { members: ["taskId", "inputResponses"], target: named("taskId"), argumentsIn: null },
  ],
  ["tasks/cancel", task],
]);

/** Requests that a server may answer with questions of its own ("Multi round-trip requests"). */
export const RETRIED_REQUESTS: ReadonlySet<string> = new Set([
  "tools/call",
  "resources/read",
  "prompts/get",
]);

/** Requests a server may make of the client: they spend its model, ask its person, show its folders. */
export const SERVER_REQUESTS: ReadonlyMap<string, RequestMethod> = new Map([
  [
    "sampling/createMessage",
    {
      members: [
        "messages",
        "modelPreferences",
        "systemPrompt",
        "includeContext",
        "temperature",
        "maxTokens",
        "stopSequences",
        "metadata",
        "tools",
        "toolChoice",
        "task",
      ],
      target: nothing,
      argumentsIn: null,
    },
  ],
  [
    "elicitation/create",
    {
      members: ["mode", "message", "requestedSchema", "elicitationId", "url", "task"],
      target: nothing,
      argumentsIn: null,
    },
  ],
  ["roots/list", { members: [], target: nothing, argumentsIn: null }],
  ["tasks/get", task],
  ["tasks/result", task],
  ["tasks/cancel", task],
  ["tasks/list", list],
]);

export const CLIENT_NOTIFICATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["notifications/initialized", []],
  ["notifications/cancelled", ["requestId", "reason"]],
  ["notifications/progress", ["progressToken", "progress", "total", "message"]],
  ["notifications/roots/list_changed", []],
]);

/** Notifications of a server are its own word to the client and end there. */
export const SERVER_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/cancelled",
  "notifications/progress",
  "notifications/message",
  "notifications/resources/updated",
  "notifications/resources/list_changed",
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/elicitation/complete",
  "notifications/tasks/status",
  "notifications/subscriptions/acknowledged",
]);

/** The revisions whose rules this file and the session follow. */
export const LEGACY_VERSIONS: readonly string[] = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
];

/** JSON arrays are legal in this revision alone (removed in 2025-06-18). */
export const BATCH_VERSION = "2025-03-26";

/** Whether a request is written for 2026-07-28 or later, by its own content alone. */
export function isModern(method: string, params: JsonObject): boolean {
  if (method === "server/discover" || method === "subscriptions/listen") return true;
  const meta = member(params, "_meta");
  return isObject(meta) && member(meta, META.version) !== undefined;
}

/** The version a modern request asks for, as far as it is a text. */
export function modernVersion(params: JsonObject): string | null {
  const meta = member(params, "_meta");
  const version = isObject(meta) ? member(meta, META.version) : undefined;
  return typeof version === "string" ? version : null;
}
