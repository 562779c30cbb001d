import { SINGLE_USES_FORGET_MS, SINGLE_USES_MAX, SINGLE_USES_RETRY_MS } from "./limits.ts";
import type { SingleUse } from "./uses.ts";
import type { WriterClient } from "./writes.ts";

export interface SingleUses {
  /**
   * Uses something up: `used` where it was before, by any gateway of this store, and `full` where no
   * more can be remembered. In: now, in milliseconds since the epoch.
   */
  useOnce(use: SingleUse, now: number): Promise<"new" | "used" | "full">;
}

/** Bounded memory of what was used: this process counts what it adds, and all at every look. */
export function createSingleUses(
  writer: Pick<WriterClient, "call">,
  max: number = SINGLE_USES_MAX,
): SingleUses {
  let count = 0;
  let looked = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;
  const look = async (now: number): Promise<void> => {
    looked = now;
    count = await writer.call("forgetUses", { now }, false);
  };
  return {
    async useOnce(use, now) {
      // A clock that went back must not keep the memory from being cleared.
      const due = count < max ? SINGLE_USES_FORGET_MS : SINGLE_USES_RETRY_MS;
      if (Math.abs(now - looked) >= due) {
        looking ??= look(now).finally(() => {
          looking = null;
        });
        await looking;
      }
      if (count >= max) return "full";
      count += 1;
      return (await writer.call("useOnce", use, true)) ? "new" : "used";
    },
  };
}
