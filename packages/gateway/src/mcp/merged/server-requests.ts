import { isObject, type Json, type JsonObject, member } from "@bylaw/core";
import { idKey, isId, type RequestId } from "../jsonrpc.ts";
import { withMember } from "../splice.ts";
import { outwardNotification, textOf } from "./outward.ts";

/** A request of one server to the client, under the number that the client knows it by. */
interface Asked {
  readonly upstream: string;
  readonly id: RequestId;
  readonly token: RequestId | null;
}

/** What the servers ask of one client: each has ids of its own choosing, and two may choose alike. */
export interface ServerRequests {
  readonly size: number;
  /**
   * A server's message as the client gets it; null: the client does not.
   */
  outward(upstream: string, bytes: Uint8Array): Uint8Array | null;
  /** The client waits for progress of a server under this token. Out: how it says that it no longer does. */
  expect(upstream: string, token: RequestId): () => void;
  /** Whom an answer is for; null: nobody waits for it. */
  answered(id: RequestId | null): { readonly upstream: string; readonly id: RequestId } | null;
  progress(
    token: Json | undefined,
  ): { readonly upstream: string; readonly token: RequestId } | null;
  /** The server is gone, and with it what it asked. */
  forget(upstream: string): void;
}

/** Requests that nobody has answered; the oldest are given up. */
const OPEN_MAX = 1_024;

export function createServerRequests(): ServerRequests {
  const open = new Map<string, Asked>();
  const expected = new Set<string>();
  let last = 0;

  const keyOf = (upstream: string, token: Json | undefined): string =>
    `${upstream} ${isId(token) ? idKey(token) : ""}`;

  const numberOf = (upstream: string, id: Json | undefined): string | null => {
    for (const [number, asked] of open)
      if (asked.upstream === upstream && isId(id) && idKey(asked.id) === idKey(id)) return number;
    return null;
  };

  const request = (upstream: string, id: RequestId, message: JsonObject, bytes: Uint8Array) => {
    last += 1;
    const number = `bylaw-${last}`;
    const params = member(message, "params");
    const meta = isObject(params) ? member(params, "_meta") : undefined;
    const token = isObject(meta) ? member(meta, "progressToken") : undefined;
    open.set(number, { upstream, id, token: isId(token) ? token : null });
    if (open.size > OPEN_MAX) {
      const [oldest] = open.keys();
      if (oldest !== undefined) open.delete(oldest);
    }
    const own = JSON.stringify(number);
    const numbered = withMember(bytes, [], "id", own);
    return token === undefined
      ? numbered
      : withMember(numbered, ["params", "_meta"], "progressToken", own);
  };

  return {
    get size() {
      return open.size;
    },
    outward(upstream, bytes) {
      const message = JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonObject;
      const id = member(message, "id");
      if (isId(id)) return request(upstream, id, message, bytes);
      const method = textOf(message["method"]);
      const params = (member(message, "params") ?? {}) as JsonObject;
      switch (method) {
        case "notifications/cancelled": {
          const number = numberOf(upstream, params["requestId"]);
          if (number === null) return null;
          open.delete(number);
          return withMember(bytes, ["params"], "requestId", JSON.stringify(number));
        }
        case "notifications/progress":
          // About a request of another server, a server has nothing to say.
          return expected.has(keyOf(upstream, params["progressToken"])) ? bytes : null;
        case "notifications/resources/updated":
        case "notifications/tasks/status":
          return outwardNotification(upstream, method, params);
        default:
          return bytes;
      }
    },
    expect(upstream, token) {
      const key = keyOf(upstream, token);
      expected.add(key);
      return () => void expected.delete(key);
    },
    answered(id) {
      const asked = typeof id === "string" ? open.get(id) : undefined;
      if (asked === undefined) return null;
      open.delete(String(id));
      return asked;
    },
    progress(token) {
      const asked = typeof token === "string" ? open.get(token) : undefined;
      return asked === undefined || asked.token === null
        ? null
        : { upstream: asked.upstream, token: asked.token };
    },
    forget(upstream) {
      for (const [number, asked] of open) if (asked.upstream === upstream) open.delete(number);
    },
  };
}
