import type { Host } from "./pipeline-ops.ts";

/** Milliseconds between two looks for bodies that are older than they may be. */
const LOOK_MS = 3_600_000;

/**
 * Deletes bodies that are older than `log.bodies` allows, at once and then every hour. What fails is
 * tried again at the next look, and said.
 *
 * Out: ends it, once what is under way is done.
 */
export function keepRetention(host: Host, say: (line: string) => void): () => Promise<void> {
  const { bodiesMs } = host.config.log;
  if (bodiesMs === null) return async () => undefined;
  const look = async (): Promise<void> => {
    try {
      await host.store.prune(host.now() - bodiesMs, { by: "bylaw", reason: "retention" });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      say(`retention: bodies were not deleted: ${text}`);
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
