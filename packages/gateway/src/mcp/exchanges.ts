import { idKey, type RequestId, type ResponseMessage } from "./jsonrpc.ts";
import { PLAIN, type Via } from "./link.ts";
import type { Item } from "./wire.ts";

/** How a request that was sent came back, or why it did not. */
export type Answer =
  | {
      readonly kind: "answered";
      readonly item: Item<ResponseMessage>;
      readonly via: Via;
      /** To be called when the answer has been passed on; the sender's next message waits for it. */
      readonly delivered: () => void;
    }
  | { readonly kind: "failed"; readonly code: string };

export interface Exchanges {
  readonly size: number;
  has(id: RequestId): boolean;
  /** Waits for the answer to `id`: at most `idleMs` of silence and `maxMs` in all. */
  open(id: RequestId, idleMs: number, maxMs: number, signal: AbortSignal | null): Promise<Answer>;
  /** Shows a sign of life of the other side. */
  touch(id: RequestId): void;
  /** Resolves once the answer has been passed on; false when nobody waits for this id. */
  settle(item: Item<ResponseMessage>, via?: Via): Promise<boolean>;
  fail(id: RequestId, code: string): boolean;
  failAll(code: string): void;
}

interface Pending {
  readonly finish: (answer: Answer) => void;
  readonly touch: () => unknown;
}

/**
 * Requests in one direction that still wait for their answer, by id. `busy`: the silent side itself
 * waits for something from here, so that its silence proves nothing.
 */
export function createExchanges(timeoutCode: string, busy: () => boolean = () => false): Exchanges {
  const pending = new Map<string, Pending>();

  const fail = (key: string, code: string): boolean => {
    const entry = pending.get(key);
    entry?.finish({ kind: "failed", code });
    return entry !== undefined;
  };

  return {
    get size() {
      return pending.size;
    },
    has: (id) => pending.has(idKey(id)),
    open(id, idleMs, maxMs, signal) {
      const key = idKey(id);
      if (pending.has(key)) throw new Error("an id is awaited once at a time");
      return new Promise((resolve) => {
        const expire = (): boolean => fail(key, timeoutCode);
        const abort = (): boolean => fail(key, String(signal?.reason));
        const idle = setTimeout(() => (busy() ? idle.refresh() : expire()), idleMs);
        const max = setTimeout(expire, maxMs);
        pending.set(key, {
          finish(answer) {
            pending.delete(key);
            clearTimeout(idle);
            clearTimeout(max);
            signal?.removeEventListener("abort", abort);
            resolve(answer);
          },
          touch: () => idle.refresh(),
        });
        signal?.addEventListener("abort", abort, { once: true });
        if (signal?.aborted === true) abort();
      });
    },
    touch(id) {
      pending.get(idKey(id))?.touch();
    },
    settle(item, via = PLAIN) {
      const id = item.message.id;
      const entry = id === null ? undefined : pending.get(idKey(id));
      if (entry === undefined) return Promise.resolve(false);
      return new Promise((resolve) => {
        entry.finish({ kind: "answered", item, via, delivered: () => resolve(true) });
      });
    },
    fail: (id, code) => fail(idKey(id), code),
    failAll(code) {
      for (const key of pending.keys()) fail(key, code);
    },
  };
}
