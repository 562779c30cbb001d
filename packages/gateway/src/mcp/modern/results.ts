import { type Json, type JsonObject, member } from "@bylaw/core";
import type { Call } from "../forward.ts";
import type { RequestMessage, ResponseMessage } from "../jsonrpc.ts";
import { LEGACY_VERSIONS, RETRIED_REQUESTS } from "../methods.ts";
import { withMember } from "../splice.ts";
import type { SessionState } from "../state.ts";
import type { Item } from "../wire.ts";
import { wrapState } from "./hold.ts";
import { judgeInputRequests } from "./input.ts";
import { type ModernRequest, ownTask } from "./lane.ts";
import { extensionsOf, MODERN_VERSIONS } from "./meta.ts";
import { isOwnState } from "./request-state.ts";

/** An upstream's result as the client gets it, or the code of why it gets nothing of it. */
export type Checked =
  | { readonly bytes: Uint8Array; readonly result: JsonObject }
  | { readonly code: string };

/** Results that a client may keep (2026-07-28, "Caching"). */
const CACHEABLE: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/**
 * What only this era's results can say: that the upstream asks back, that a task has begun, how long and
 * for whom the result holds.
 */
export async function checkResult(
  state: SessionState,
  modern: ModernRequest,
  call: Call,
  item: Item<ResponseMessage>,
  result: JsonObject,
): Promise<Checked> {
  const { message } = call.item;
  switch (member(result, "resultType") ?? "complete") {
    case "complete":
      if (message.method === "server/discover")
        return checkDiscovery(state, modern, item.bytes, result);
      return CACHEABLE.has(message.method)
        ? forThisClientOnly(state, item.bytes, result)
        : { bytes: item.bytes, result };
    case "input_required": {
      if (!RETRIED_REQUESTS.has(message.method)) return { code: "upstream.input" };
      const refused = await judgeInputRequests(state, modern, call, item, result);
      return refused === null
        ? withWrappedState(state, message, item.bytes, result)
        : { code: refused };
    }
    case "task": {
      const taskId = member(result, "taskId");
      if (typeof taskId !== "string") return { code: "upstream.garbage" };
      ownTask(modern.lane, taskId);
      return { bytes: item.bytes, result };
    }
    default:
      return { code: "upstream.garbage" };
  }
}

/** What it says about itself is passed on; of the revisions it serves, those that are served here. */
function checkDiscovery(
  state: SessionState,
  { lane }: ModernRequest,
  bytes: Uint8Array,
  result: JsonObject,
): Checked {
  const written = member(result, "supportedVersions");
  const versions = Array.isArray(written) ? written.filter(isServed) : [];
  if (!versions.some((version) => MODERN_VERSIONS.includes(version)))
    return { code: "upstream.version" };
  lane.era.known = { kind: "modern", versions, extensions: extensionsOf(result) };
  const same = versions.length === (written as readonly Json[]).length;
  const shown = same
    ? bytes
    : withMember(bytes, ["result"], "supportedVersions", JSON.stringify(versions));
  return forThisClientOnly(
    state,
    shown,
    same ? result : { ...result, supportedVersions: versions },
  );
}

function isServed(version: Json): version is string {
  return (
    typeof version === "string" &&
    (MODERN_VERSIONS.includes(version) || LEGACY_VERSIONS.includes(version))
  );
}

/**
 * Everything that goes through here was decided for one caller: no cache in between may give it to
 * another one, and none may keep it longer than what it rests on can change.
 */
function forThisClientOnly(
  { context }: SessionState,
  bytes: Uint8Array,
  result: JsonObject,
): Checked {
  const { cacheTtlMs } = context.limits;
  const ttl = member(result, "ttlMs");
  const changes: JsonObject = {
    ...(member(result, "cacheScope") === "private" ? {} : { cacheScope: "private" }),
    ...(typeof ttl === "number" && ttl > cacheTtlMs ? { ttlMs: cacheTtlMs } : {}),
  };
  let shown = bytes;
  for (const [key, value] of Object.entries(changes))
    shown = withMember(shown, ["result"], key, JSON.stringify(value));
  return { bytes: shown, result: { ...result, ...changes } };
}

/** The upstream's state passes as it is, unless it could be taken for one of this gateway's. */
function withWrappedState(
  state: SessionState,
  message: RequestMessage,
  bytes: Uint8Array,
  result: JsonObject,
): Checked {
  const text = member(result, "requestState");
  if (typeof text !== "string" || !isOwnState(text)) return { bytes, result };
  const requestState = wrapState(state, message, text);
  return {
    bytes: withMember(bytes, ["result"], "requestState", JSON.stringify(requestState)),
    result: { ...result, requestState },
  };
}
