import type { Decision } from "@bylaw/core";
import type { Enforced } from "../pipeline.ts";
import { HOOK_LIMITS } from "./limits.ts";

/** Names one call: whose it is, in which run of the client, and which of the run's. */
export interface CallName {
  readonly credential: string;
  readonly run: string;
  readonly key: string;
}

/** Told of the texts that the agent is about to see of a call; null where nobody tells. */
export type Seen = (texts: readonly string[] | null) => void;

interface Open {
  readonly name: CallName;
  readonly decision: Decision;
  readonly seen: Seen;
  readonly end: (enforced: Enforced) => void;
}

/** Calls that a client may make and has not told the result of. */
export interface OpenCalls {
  /** Resolves when the client says what came of it, or when it will not any more. */
  open(name: CallName, decision: Decision, seen: Seen): Promise<Enforced>;
  /** What is known of the call, which is over now; null when no such call is open. */
  close(name: CallName, enforced: Enforced): Pick<Open, "decision" | "seen"> | null;
  /** Nobody will tell what came of the calls of this run. */
  giveUp(run: Omit<CallName, "key">): void;
}

export function createOpenCalls(): OpenCalls {
  const open = new Set<Open>();
  return {
    open: (name, decision, seen) =>
      new Promise<Enforced>((resolve) => {
        const end = (enforced: Enforced): void => {
          clearTimeout(timer);
          open.delete(call);
          resolve(enforced);
        };
        const timer = setTimeout(() => lost(call), HOOK_LIMITS.resultMs);
        timer.unref();
        const call: Open = { name, decision, seen, end };
        open.add(call);
        const mine = [...open].filter((each) => each.name.credential === name.credential);
        if (mine.length > HOOK_LIMITS.openPerCaller) lost(mine[0]);
      }),
    close: (name, enforced) => {
      const call = [...open].find((each) => isSame(each.name, name) && each.name.key === name.key);
      call?.end(enforced);
      return call ?? null;
    },
    giveUp: (run) => {
      for (const call of open) if (isSame(call.name, run)) lost(call);
    },
  };
}

function isSame(name: CallName, run: Omit<CallName, "key">): boolean {
  return name.credential === run.credential && name.run === run.run;
}

/** It may have happened, and the agent may have seen what came of it. */
function lost(call: Open | undefined): void {
  call?.seen(null);
  call?.end({ sent: true, completion: "unknown", code: "hook.no_result", result: null });
}
