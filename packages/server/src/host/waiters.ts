import type { Cancellation, HoldAnswer } from "@bylaw/gateway";

/** Calls that wait for an answer to a held action; the answer itself is in the store. */
export interface Waiters {
  /** Resolves with the answer, `pending` after the limit, `withdrawn` when the signal fires. */
  wait(id: string, limitMs: number, signal: Cancellation): Promise<HoldAnswer>;
  /** Tells every call that waits for this action. */
  answer(id: string, answer: HoldAnswer): void;
  /** Calls that wait for this action now. */
  count(id: string): number;
  /** Ids of every action that some call waits for. */
  ids(): readonly string[];
  /** Lets every waiting call go with `pending`: the gateway is closing, the requests stay open. */
  close(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(answer: HoldAnswer) => void>>();
  const answer = (id: string, value: HoldAnswer): void => {
    for (const resolve of waiting.get(id) ?? []) resolve(value);
  };
  return {
    answer,
    count: (id) => waiting.get(id)?.size ?? 0,
    wait: (id, limitMs, signal) =>
      new Promise<HoldAnswer>((resolve) => {
        const end = (value: HoldAnswer): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", withdraw);
          const others = waiting.get(id);
          others?.delete(end);
          if (others?.size === 0) waiting.delete(id);
          resolve(value);
        };
        const withdraw = (): void => end("withdrawn");
        const timer = setTimeout(() => end("pending"), limitMs);
        const others = waiting.get(id) ?? new Set();
        waiting.set(id, others.add(end));
        if (signal.aborted) withdraw();
        else signal.addEventListener("abort", withdraw, { once: true });
      }),
    ids: () => [...waiting.keys()],
    close: () => {
      for (const id of waiting.keys()) answer(id, "pending");
    },
  };
}
