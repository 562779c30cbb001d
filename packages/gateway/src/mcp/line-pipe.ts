import type { Writable } from "node:stream";
import type { Cancellation } from "../cancel.ts";
import { lineOf } from "./lines.ts";

/** The input of a program that reads messages line by line. */
export interface LinePipe {
  /**
   * Hands a message over when the pipe has taken those before it. Out: null once it has, after which it may
   * arrive whatever happens; otherwise why not one byte of it left. Never rejects.
   */
  send(bytes: Uint8Array, signal: Cancellation | null): Promise<string | null>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly signal: Cancellation | null;
  readonly give: (code: string | null) => void;
  readonly drop: () => void;
}

/**
 * A program that is busy reads late, and what is for it waits in order; one that reads nothing for
 * `silentMs`, or lets more than `waitingBytes` wait, must not make Bylaw hold everything meant for it.
 */
export function createLinePipe(pipe: Writable, silentMs: number, waitingBytes: number): LinePipe {
  const waiting = new Set<Waiting>();
  let held = 0;
  /** Who has handed a message over that the pipe has not taken yet. */
  let writing: Waiting["give"] | null = null;
  let stalled: NodeJS.Timeout | null = null;

  pipe.on("close", () => {
    writing?.(null);
    refuseAll("upstream.closed");
  });

  function write(bytes: Uint8Array, give: Waiting["give"]): void {
    writing = give;
    pipe.write(lineOf(bytes), () => {
      give(null);
      writing = null;
      unwatch();
      if (!pipe.writable) return refuseAll("upstream.closed");
      const [next] = waiting;
      if (next === undefined) return;
      leave(next);
      write(next.bytes, next.give);
      watch();
    });
  }

  function watch(): void {
    if (waiting.size > 0) stalled ??= setTimeout(refuseAll, silentMs, "upstream.stalled");
  }

  function unwatch(): void {
    if (stalled !== null) clearTimeout(stalled);
    stalled = null;
  }

  function leave(one: Waiting): void {
    waiting.delete(one);
    held -= one.bytes.byteLength;
    one.signal?.removeEventListener("abort", one.drop);
  }

  function refuseAll(code: string): void {
    unwatch();
    for (const one of waiting) {
      leave(one);
      one.give(code);
    }
  }

  return {
    send: (bytes, signal) =>
      new Promise((give) => {
        if (!pipe.writable) return give("upstream.closed");
        if (writing === null) return write(bytes, give);
        if (held + bytes.byteLength > waitingBytes) return give("upstream.stalled");
        const drop = (): void => {
          leave(one);
          give("upstream.cancelled");
        };
        const one: Waiting = { bytes, signal, give, drop };
        waiting.add(one);
        held += bytes.byteLength;
        signal?.addEventListener("abort", drop, { once: true });
        watch();
      }),
  };
}
