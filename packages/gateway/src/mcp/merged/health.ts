/** Which upstreams could not be reached lately, for everybody who uses the merged endpoint. */
export interface Health {
  /** Null when a connection may be tried now, else why the last one failed. */
  obstacle(upstream: string): string | null;
  failed(upstream: string, code: string): void;
  /** A connection has ended by itself after so many milliseconds. */
  ended(upstream: string, code: string, livedMs: number): void;
  /** The connection has served a request. */
  worked(upstream: string): void;
}

const PAUSE_MIN_MS = 500;
const PAUSE_MAX_MS = 60_000;

/**
 * One sick server must not keep the others waiting: after a failure nobody tries it for a while, twice as
 * long each time. When the pause is over one tries, and the others wait for what comes of it.
 */
export function createHealth(now: () => number): Health {
  const sick = new Map<string, { code: string; pauseMs: number; until: number }>();
  const failed = (upstream: string, code: string): void => {
    const known = sick.get(upstream);
    const pauseMs = Math.min((known?.pauseMs ?? PAUSE_MIN_MS / 2) * 2, PAUSE_MAX_MS);
    sick.set(upstream, { code, pauseMs, until: now() + pauseMs });
  };
  return {
    obstacle(upstream) {
      const known = sick.get(upstream);
      if (known === undefined) return null;
      if (now() < known.until) return known.code;
      known.until = now() + known.pauseMs;
      return null;
    },
    failed,
    ended(upstream, code, livedMs) {
      // A server that is restarted now and then is not one that does not come up.
      if (livedMs > PAUSE_MAX_MS) sick.delete(upstream);
      failed(upstream, code);
    },
    worked: (upstream) => void sick.delete(upstream),
  };
}
