import { type FSWatcher, readdirSync, type Stats, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** Milliseconds between two looks at files that are being changed. */
const SETTLE_MS = 100;
/** Files of one folder whose state is looked at. */
const LISTED_MAX = 10_000;

export interface Watching {
  /** False when the system cannot watch these places. */
  readonly active: boolean;
  close(): void;
}

/**
 * Calls `changed` after files, or files in folders, have changed and then stayed the same for one
 * look: an editor that writes in several steps is read when it is done. In: absolute paths.
 */
export function watchFiles(paths: readonly string[], changed: () => Promise<unknown>): Watching {
  let seen = stateOf(paths);
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function look(before: string): void {
    const now = stateOf(paths);
    if (now !== before) return wait(now);
    if (now === seen) return;
    seen = now;
    try {
      watchAll();
    } catch {
      // The folder is gone again, which is a change that is seen through its parent.
    }
    void changed().catch(() => undefined);
  }

  function wait(before: string): void {
    if (closed) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => look(before), SETTLE_MS);
    timer.unref();
  }

  const watchers: FSWatcher[] = [];
  const watched = new Set<string>();
  /** A file is watched through its folder: editors put a new file in the place of the old one. */
  function watchAll(): void {
    for (const place of paths.flatMap((path) => [path, dirname(path)]).filter(isFolder)) {
      if (watched.has(place)) continue;
      const watcher = watch(place, { persistent: false }, () => wait(stateOf(paths)));
      watcher.on("error", () => watcher.close());
      watched.add(place);
      watchers.push(watcher);
    }
  }
  const close = (): void => {
    closed = true;
    if (timer !== null) clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
  try {
    watchAll();
    return { active: true, close };
  } catch {
    close();
    return { active: false, close };
  }
}

/** What is there, with size and times: differs when anything was changed, added or removed. */
function stateOf(paths: readonly string[]): string {
  return paths
    .flatMap((path) => {
      if (!isFolder(path)) return [path];
      try {
        return readdirSync(path)
          .sort()
          .slice(0, LISTED_MAX)
          .map((name) => join(path, name));
      } catch {
        return [path];
      }
    })
    .map((path) => {
      const stats = statsOf(path);
      return `${path} ${stats?.ino} ${stats?.size} ${stats?.mtimeMs} ${stats?.ctimeMs}`;
    })
    .join("\n");
}

function isFolder(path: string): boolean {
  return statsOf(path)?.isDirectory() === true;
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null; // not there, or not to be seen: a change of that is a change
  }
}
