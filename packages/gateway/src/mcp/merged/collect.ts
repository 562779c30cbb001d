import { isObject, type JsonObject, member } from "@bylaw/core";
import type { Reply } from "../reply.ts";

/** A reply that is kept instead of sent, for what this gateway asks on a client's behalf. */
export interface Collected {
  readonly reply: Reply;
  /** The answer's bytes; null for none. */
  readonly answer: Promise<Uint8Array | null>;
}

export function collect(
  connection: object,
  push: (bytes: Uint8Array) => Promise<boolean> = () => Promise.resolve(false),
): Collected {
  let settle: (bytes: Uint8Array | null) => void = () => undefined;
  const answer = new Promise<Uint8Array | null>((resolve) => {
    settle = resolve;
  });
  const reply: Reply = {
    connection,
    push,
    keepAlive: () => undefined,
    answer: async (bytes) => settle(bytes),
    accept: () => settle(null),
    decline: (bytes) => settle(bytes),
  };
  return { reply, answer };
}

/** An answer as far as it matters here. */
export type Outcome =
  | { readonly kind: "result"; readonly result: JsonObject }
  /** `code` is the reason code where this gateway refused, else `upstream.error`. */
  | { readonly kind: "error"; readonly code: string; readonly error: JsonObject };

export function outcomeOf(bytes: Uint8Array | null): Outcome {
  if (bytes === null) return { kind: "error", code: "client.cancelled", error: {} };
  const { result, error } = JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonObject;
  if (isObject(result)) return { kind: "result", result };
  const plain = isObject(error) ? error : {};
  const data = member(plain, "data");
  const own = isObject(data) && "outcome" in data && "record" in data;
  const code = own && isObject(data) ? member(data, "code") : undefined;
  return { kind: "error", code: typeof code === "string" ? code : "upstream.error", error: plain };
}
