import type { Caller } from "@bylaw/core";
import type { McpContext } from "../context.ts";
import { idKey, isId, type NotificationMessage } from "../jsonrpc.ts";
import { isModern } from "../methods.ts";
import { plainRefusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Item, Wire } from "../wire.ts";
import { readMeta } from "./meta.ts";
import type { ModernSide, Running, Way } from "./side.ts";

/** The requests without a session on one byte stream. */
export interface ModernStream {
  /**
   * Takes a document that follows the rules without sessions, by its own content alone. Null: it does
   * not. Never rejects.
   */
  take(wire: Wire, bytes: Uint8Array, caller: Caller): Promise<void> | null;
  /** The client has closed its side: what waits for a person or listens is given up. */
  inputEnded(): void;
  /** The connection is gone. */
  end(code: string): void;
  close(): Promise<void>;
}

export function createModernStream(
  context: McpContext,
  side: ModernSide,
  upstream: string,
  opener: Caller,
  reply: Reply,
): ModernStream {
  const running = new Map<string, { readonly method: string; readonly request: Running }>();
  let way: Way | null = null;

  const decline = async (
    caller: Caller,
    code: string,
    bytes: Uint8Array,
    id: string | number,
  ): Promise<void> => {
    const { credential } = caller;
    const record = await context.reject({ upstream, credential, code, bytes });
    await reply.answer(refusalBytes(id, "", null, plainRefusal(code, null, record), "modern"));
  };

  const request = async (item: Item, bytes: Uint8Array, caller: Caller): Promise<void> => {
    const { message } = item;
    if (message.kind !== "request") throw new Error("only requests are taken");
    const { id, method } = message;
    const meta = readMeta(message.params);
    if (!meta.ok) return decline(caller, meta.error, bytes, id);
    const key = idKey(id);
    if (running.has(key)) return decline(caller, "id.in_flight", bytes, id);
    way ??= side.ownWay(upstream, opener);
    const own = { item: { message, bytes }, meta: meta.value, caller, reply, headers: null };
    const taken = way.take(own);
    running.set(key, { method, request: taken });
    await taken.done;
    running.delete(key);
  };

  /** True when it was about one of these requests. */
  const cancel = ({ params }: NotificationMessage): boolean => {
    const id = params["requestId"];
    const found = isId(id) ? running.get(idKey(id)) : undefined;
    found?.request.abort("client.cancelled");
    return found !== undefined;
  };

  return {
    take(wire, bytes, caller) {
      if (wire.kind === "batch") return null;
      const { message } = wire.item;
      if (message.kind === "request")
        return isModern(message.method, message.params) ? request(wire.item, bytes, caller) : null;
      const about = message.kind === "notification" && message.method === CANCELLED;
      return about && cancel(message) ? Promise.resolve() : null;
    },
    inputEnded() {
      for (const { method, request: one } of running.values())
        if (method === "subscriptions/listen" || one.waiting) one.abort("client.ended");
    },
    end(code) {
      for (const { request: one } of running.values()) one.abort(code);
    },
    async close() {
      await way?.close();
    },
  };
}

const CANCELLED = "notifications/cancelled";
