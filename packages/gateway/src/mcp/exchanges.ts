import type { Cancellation } from "../cancel.ts";
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
  open(id: RequestId, idleMs: number, maxMs: number, signal: Cancellation | null): Promise<Answer>;
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
  return new Waiting(timeoutCode, busy);
}

// A class: each of thousands of idle sessions has two, and closures would be copied for every one.
class Waiting implements Exchanges {
  readonly #pending = new Map<string, Pending>();
  readonly #timeoutCode: string;
  readonly #busy: () => boolean;

  constructor(timeoutCode: string, busy: () => boolean) {
    this.#timeoutCode = timeoutCode;
    this.#busy = busy;
  }

  get size(): number {
    return this.#pending.size;
  }

  has(id: RequestId): boolean {
    return this.#pending.has(idKey(id));
  }

  open(id: RequestId, idleMs: number, maxMs: number, signal: Cancellation | null): Promise<Answer> {
    const key = idKey(id);
    if (this.#pending.has(key)) throw new Error("an id is awaited once at a time");
    return new Promise((resolve) => {
      const expire = (): boolean => this.#fail(key, this.#timeoutCode);
      const abort = (): boolean => this.#fail(key, String(signal?.reason));
      const idle = setTimeout(() => (this.#busy() ? idle.refresh() : expire()), idleMs);
      const max = setTimeout(expire, maxMs);
      this.#pending.set(key, {
        finish: (answer) => {
          this.#pending.delete(key);
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
  }

  touch(id: RequestId): void {
    this.#pending.get(idKey(id))?.touch();
  }

  settle(item: Item<ResponseMessage>, via: Via = PLAIN): Promise<boolean> {
    const id = item.message.id;
    const entry = id === null ? undefined : this.#pending.get(idKey(id));
    if (entry === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      entry.finish({ kind: "answered", item, via, delivered: () => resolve(true) });
    });
  }

  fail(id: RequestId, code: string): boolean {
    return this.#fail(idKey(id), code);
  }

  failAll(code: string): void {
    for (const key of this.#pending.keys()) this.#fail(key, code);
  }

  #fail(key: string, code: string): boolean {
    const entry = this.#pending.get(key);
    entry?.finish({ kind: "failed", code });
    return entry !== undefined;
  }
}
