/** What those who wait see of a cancellation; every AbortSignal is one. */
export interface Cancellation {
  readonly aborted: boolean;
  /** Why, once it is aborted. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * An AbortController without the events of the web platform, of which a call in flight needs three and
 * each costs microseconds. Listeners are called once, in order; one that throws keeps no other from it.
 */
export class Cancel implements Cancellation {
  #reason: unknown = undefined;
  #aborted = false;
  #listeners: (() => void)[] | null = null;

  get signal(): Cancellation {
    return this;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Only the first reason counts. */
  abort(reason?: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error; // as an event target reports it: a bug must not pass unseen
        });
      }
    }
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#aborted || this.#listeners?.includes(listener) === true) return;
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }
}

/** A cancellation that happens with the first of several, until it is unlinked from them. */
export function linked(sources: readonly Cancellation[]): {
  readonly cancel: Cancel;
  readonly unlink: () => void;
} {
  const cancel = new Cancel();
  const abort = (): void => cancel.abort(sources.find(({ aborted }) => aborted)?.reason);
  for (const source of sources) source.addEventListener("abort", abort, { once: true });
  if (sources.some(({ aborted }) => aborted)) abort();
  return {
    cancel,
    unlink: () => {
      for (const source of sources) source.removeEventListener("abort", abort);
    },
  };
}
