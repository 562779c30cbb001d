import type { Stats } from "node:fs";

/**
 * Milliseconds after which a file or folder that was read can be told from a later one by its times: two
 * changes within one tick of a file system's clock have the same.
 */
const SETTLED_MS = 2_000;

type Times = Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino">;

/** What was read of a path, for as long as nothing about the path has changed; null could not be read. */
export type Kept<T> = (path: string, stats: Times, read: () => T) => T;

/** What tells a file from a later one at its path, once it has settled. */
export function stampOf({ size, mtimeMs, ctimeMs, ino }: Times): string {
  return `${size}:${mtimeMs}:${ctimeMs}:${ino}`;
}

/** In: the time in milliseconds, and how many paths are kept. */
export function createKept<T>(now: () => number, max: number): Kept<T> {
  const kept = new Map<string, { readonly stamp: string; readonly value: T }>();
  return (path, stats, read) => {
    const stamp = stampOf(stats);
    const known = kept.get(path);
    if (known?.stamp === stamp) return known.value;
    const settled = now() - Math.max(stats.mtimeMs, stats.ctimeMs) >= SETTLED_MS;
    const value = read();
    if (kept.size >= max) kept.clear();
    if (settled && value !== null) kept.set(path, { stamp, value });
    else kept.delete(path);
    return value;
  };
}
