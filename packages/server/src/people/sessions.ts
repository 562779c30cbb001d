import { randomBytes } from "node:crypto";

const TOKEN_BYTES = 32;

/** Things that are remembered for a while under a name that nobody guesses. */
export interface Remembered<T> {
  /** The name; null when too many are remembered. */
  add(value: T): string | null;
  get(name: string): T | null;
  /** Like `get`, and forgets it. */
  take(name: string): T | null;
}

/** In: the clock, for how long (milliseconds) and how many. */
export function remember<T>(now: () => number, lifetimeMs: number, max: number): Remembered<T> {
  const known = new Map<string, { readonly value: T; readonly until: number }>();
  const live = (name: string): T | null => {
    const found = known.get(name);
    return found !== undefined && found.until > now() ? found.value : null;
  };
  return {
    add(value) {
      for (const [name, { until }] of known) if (until <= now()) known.delete(name);
      if (known.size >= max) return null;
      const name = randomBytes(TOKEN_BYTES).toString("base64url");
      known.set(name, { value, until: now() + lifetimeMs });
      return name;
    },
    get: live,
    take(name) {
      const value = live(name);
      known.delete(name);
      return value;
    },
  };
}
