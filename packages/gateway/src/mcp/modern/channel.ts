import { isObject, type JsonObject, member } from "@bylaw/core";
import { RPC } from "../codes.ts";
import { errorBytes, type Message, notificationBytes, type RequestId } from "../jsonrpc.ts";
import { DELIVERED, type Link, type LinkEvents, PLAIN } from "../link.ts";
import { withMember } from "../splice.ts";
import type { Item } from "../wire.ts";
import { META } from "./meta.ts";

/** One program that serves many requests without sessions; each of them sees only what is about itself. */
export interface Channel {
  join(events: LinkEvents): Link;
  close(): Promise<void>;
}

interface Member {
  readonly events: LinkEvents;
  readonly id: RequestId;
  readonly token: RequestId | null;
}

/**
 * Requests of several clients share one pair of pipes: ids, progress tokens and subscription ids that
 * two of them chose alike are told apart by numbers of this gateway's own.
 *
 * In: how to start the program; it is started with the first request.
 */
export function createChannel(
  start: (events: LinkEvents) => Link,
  shared: Pick<LinkEvents, "garbage" | "log"> & { readonly closed: (code: string) => void },
): Channel {
  const members = new Map<number, Member>();
  let last = 0;
  let over: string | null = null;
  let opening: Promise<string | null> | null = null;

  const base = start({
    async message(item) {
      await take(item);
    },
    garbage(code, bytes, id) {
      const found = typeof id === "number" ? members.get(id) : undefined;
      if (found === undefined) shared.garbage(code, bytes, null);
      else found.events.garbage(code, bytes, found.id);
    },
    closed(code) {
      over = code;
      for (const { events } of members.values()) events.closed(code);
      members.clear();
      shared.closed(code);
    },
    paused: () => undefined,
    log: shared.log,
  });

  const take = (item: Item<Message>): Promise<void> | void => {
    const { message, bytes } = item;
    if (message.kind === "request") {
      const text = "requests of a server are not part of this revision";
      shared.garbage("upstream.request", bytes, null);
      void base.send(errorBytes(message.id, RPC.unknownMethod, text, null), null, null);
      return;
    }
    if (message.kind === "notification") return notify(item, message.method, message.params);
    const number = message.id;
    const found = typeof number === "number" ? members.get(number) : undefined;
    if (found === undefined) {
      // The late answer to a request that was given up is expected; any other is not.
      const late = typeof number === "number" && number > 0 && number <= last;
      if (!late) shared.garbage("upstream.wrong_id", bytes, null);
      return;
    }
    members.delete(number as number);
    const own = withMember(bytes, [], "id", JSON.stringify(found.id));
    return found.events.message(
      { message: { ...message, id: found.id }, bytes: own },
      found.id,
      PLAIN,
    );
  };

  const notify = async (
    { message, bytes }: Item<Message>,
    method: string,
    params: JsonObject,
  ): Promise<void> => {
    const meta = member(params, "_meta");
    const subscription = isObject(meta) ? member(meta, META.subscription) : undefined;
    const key =
      method === "notifications/progress"
        ? "progressToken"
        : method === "notifications/cancelled"
          ? "requestId"
          : null;
    const number = key === null ? subscription : params[key];
    const found = typeof number === "number" ? members.get(number) : undefined;
    if (key === null && subscription === undefined) {
      // It does not say which request it is about; they are all of one credential.
      for (const one of members.values())
        await one.events.message({ message, bytes }, one.id, PLAIN);
      return;
    }
    if (found === undefined) return; // about a request that is over
    if (method === "notifications/cancelled") {
      members.delete(number as number);
      found.events.garbage("upstream.cancelled", bytes, found.id);
      return;
    }
    const own = JSON.stringify(key === null ? found.id : found.token);
    const restored =
      key === null
        ? withMember(bytes, ["params", "_meta"], META.subscription, own)
        : withMember(bytes, ["params"], key, own);
    const back = {
      kind: "notification" as const,
      method,
      params:
        key === null
          ? { ...params, _meta: { ...(meta as JsonObject), [META.subscription]: found.id } }
          : { ...params, [key]: found.token },
    };
    await found.events.message({ message: back, bytes: restored }, found.id, PLAIN);
  };

  const join = (events: LinkEvents): Link => {
    const own = new Set<number>();
    const leave = (number: number): void => {
      own.delete(number);
      if (!members.delete(number)) return;
      const params = { requestId: number, reason: "the client has gone or turned away" };
      void base.send(notificationBytes("notifications/cancelled", params), null, null);
    };
    return {
      open() {
        if (over !== null) return Promise.resolve(over);
        opening ??= base.open();
        return opening;
      },
      async send(bytes, id, signal) {
        if (id === null) return { sent: false, code: null };
        const failed = await this.open();
        if (failed !== null || signal?.aborted === true)
          return { sent: false, code: failed ?? "client.closed" };
        last += 1;
        const number = last;
        const token = tokenOf(bytes);
        members.set(number, { events, id, token });
        own.add(number);
        signal?.addEventListener("abort", () => leave(number), { once: true });
        const numbered = withMember(bytes, [], "id", String(number));
        const sent = await base.send(
          token === null
            ? numbered
            : withMember(numbered, ["params", "_meta"], "progressToken", String(number)),
          number,
          null,
        );
        if (sent.code !== null) members.delete(number);
        return sent.code === null ? DELIVERED : sent;
      },
      negotiated: () => undefined,
      listen: () => undefined,
      async close() {
        for (const number of own) leave(number);
      },
    };
  };

  return { join, close: () => base.close() };
}

/** In: a request that this gateway has read or written. */
function tokenOf(bytes: Uint8Array): RequestId | null {
  const { params } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    readonly params?: { readonly _meta?: { readonly progressToken?: unknown } };
  };
  const token = params?._meta?.progressToken;
  return typeof token === "string" || typeof token === "number" ? token : null;
}
