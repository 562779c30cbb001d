/** Milliseconds before the first line, and between two: what is quick needs none. */
const QUIET_MS = 500;

/** Says how far long work has come, on a terminal only. */
export interface Progress {
  at(done: number): void;
  /** Takes the line away again. */
  end(): void;
}

/** In: what is counted, how many there are. */
export function createProgress(what: string, total: number): Progress {
  const terminal = process.stderr.isTTY;
  let next = performance.now() + QUIET_MS;
  let shown = false;
  return {
    at(done): void {
      if (!terminal || performance.now() < next) return;
      next = performance.now() + QUIET_MS;
      shown = true;
      const share = Math.floor((100 * done) / Math.max(1, total));
      process.stderr.write(
        `\r${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${what} (${share} %)`,
      );
    },
    end(): void {
      if (shown) process.stderr.write("\r\u001b[K");
    },
  };
}
