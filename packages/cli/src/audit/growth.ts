import { type FSWatcher, watch } from "node:fs";
import { CommandError, EXIT } from "../exit.ts";
import { archiveOf } from "../log.ts";
import { type Entry, readEntries } from "./entries.ts";

/** Milliseconds after which the log is looked at although nothing was noticed: not every file system tells. */
const LOOK_MS = 1_000;

/**
 * The entries of a log from an index on, for as long as nobody stops it: those that are there, then
 * each as it is recorded, whichever gateway does. In: the data folder; the index to begin with,
 * counted from the end when negative. Throws `log.truncated` when the log is shorter than it was.
 */
export async function* growth(
  folder: string,
  first: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  const archive = await archiveOf(folder);
  const changes = watchFolder(folder, signal);
  try {
    let { size } = await archive.head();
    let next = first < 0 ? Math.max(0, size + first) : first;
    while (!signal.aborted) {
      if (size < next)
        throw new CommandError(
          EXIT.no,
          "log.truncated",
          `the log had ${next} records and has ${size}; run: bylaw audit verify`,
        );
      yield* readEntries(archive, next, size);
      next = size;
      await changes.next();
      ({ size } = await archive.head());
    }
  } finally {
    changes.close();
    await archive.close();
  }
}

interface Changes {
  /** Resolves when something may have changed since the last time, or the signal came. */
  next(): Promise<void>;
  close(): void;
}

function watchFolder(folder: string, signal: AbortSignal): Changes {
  let changed = false;
  let wake: () => void = () => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(folder, notice);
    watcher.on("error", () => undefined); // then looking now and then is all there is
  } catch {
    watcher = null;
  }
  signal.addEventListener("abort", notice, { once: true });
  return {
    async next(): Promise<void> {
      if (!changed && !signal.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      changed = false;
    },
    close(): void {
      signal.removeEventListener("abort", notice);
      watcher?.close();
    },
  };
}
