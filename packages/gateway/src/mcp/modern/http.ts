import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "@bylaw/core";
import { rpcCode, statusOf } from "../codes.ts";
import type { McpContext } from "../context.ts";
import { createHttpReply } from "../http-reply.ts";
import type { RequestId, RequestMessage } from "../jsonrpc.ts";
import { isModern, LEGACY_VERSIONS } from "../methods.ts";
import type { Item, Wire } from "../wire.ts";
import { readMeta } from "./meta.ts";
import { checkMirror } from "./mirror.ts";
import type { ModernSide } from "./side.ts";

/** Answers a message that goes no further, and records it. */
export type Turn = (
  status: number,
  code: string,
  bytes: Uint8Array,
  id?: RequestId | null,
) => Promise<void>;

const VERSION = /^\d{4}-\d{2}-\d{2}$/;
/** Notifications of clients that this era still has; on HTTP there is nothing left for them to say. */
const NOTIFICATIONS: ReadonlySet<string> = new Set(["notifications/cancelled"]);

/** Whether a POST follows the rules without sessions, by its own content alone. */
export function isModernPost(request: IncomingMessage, wire: Wire): boolean {
  const messages = wire.kind === "single" ? [wire.item.message] : wire.items.map(messageOf);
  if (messages.some((one) => one.kind !== "response" && isModern(one.method, one.params)))
    return true;
  const version = request.headers["mcp-protocol-version"];
  // Headers that only this era's clients send must not be trusted by somebody behind Bylaw.
  return (
    typeof version === "string" && VERSION.test(version) && version > (LEGACY_VERSIONS[0] as string)
  );
}

function messageOf({ message }: Item): Item["message"] {
  return message;
}

/** Serves one POST of revision 2026-07-28 whose body has been read. Never rejects. */
export async function postModern(
  context: McpContext,
  side: ModernSide,
  { request, response, turn }: { request: IncomingMessage; response: ServerResponse; turn: Turn },
  { caller, upstream }: { caller: Caller; upstream: string },
  { wire, bytes, events }: { wire: Wire; bytes: Uint8Array; events: boolean },
): Promise<void> {
  if (wire.kind === "batch") return turn(400, "batch.version", bytes);
  const { message } = wire.item;
  if (message.kind === "response") return turn(400, "message.shape", bytes);
  const id = message.kind === "request" ? message.id : null;
  const meta = readMeta(message.params);
  if (!meta.ok && message.kind === "request") return turn(400, meta.error, bytes, id);
  const mirror = checkMirror(request.headers, message);
  if (mirror !== null) return turn(statusOf(rpcCode(mirror)), mirror, bytes, id);
  if (message.kind === "notification") {
    if (!NOTIFICATIONS.has(message.method)) return turn(400, "method.unknown", bytes);
    response.writeHead(202).end();
    return;
  }
  if (!meta.ok) throw new Error("a request without it has been turned away");
  const way = side.way(upstream, caller);
  if (way === null) return turn(503, "limit.sessions", bytes, id);
  const reply = createHttpReply(response, events, context.limits.stalledMs, () => ({}));
  const item: Item<RequestMessage> = { message, bytes };
  const { headers } = request;
  const running = way.take({ item, meta: meta.value, caller, reply, headers });
  response.once("close", () => {
    // Closing the response is how a client cancels (2026-07-28, "Cancellation").
    if (!response.writableFinished) running.abort("client.closed");
  });
  await running.done;
}
