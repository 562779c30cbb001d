import type { Decision } from "@bylaw/core";
import type { Enforced } from "../pipeline.ts";
import { HOOK_LIMITS } from "./limits.ts";

/** Names one call: whose it is, in which run of the client, and which of the run's. */
export interface CallName {
  readonly credential: string;
  readonly run: string;
  readonly key: string;
}

interface Open {
  readonly name: CallName;
  readonly decision: Decision;
  readonly end: (enforced: Enforced) => void;
}

/** Calls that a client may make and has not told the result of. */
export interface OpenCalls {
  /** Resolves when the client says what came of it, or when it will not any more. */
  open(name: CallName, decision: Decision): Promise<Enforced>;
  /** The decision on the call, which is over now; null when no such call is open. */
  close(name: CallName, enforced: Enforced): Decision | null;
  /** Nobody will tell what came of the calls of this run. */
  giveUp(run: Omit<CallName, "key">): void;
}

export function createOpenCalls(): OpenCalls {
  const open = new Set<Open>();
  return {
    open: (name, decision) =>
      new Promise<Enforced>((resolve) => {
        const end = (enforced: Enforced): void => {
          clearTimeout(timer);
          open.delete(call);
          resolve(enforced);
        };
        const timer = setTimeout(() => end(silent()), HOOK_LIMITS.resultMs);
        timer.unref();
        const call: Open = { name, decision, end };
        open.add(call);
        const mine = [...open].filter((each) => each.name.credential === name.credential);
        if (mine.length > HOOK_LIMITS.openPerCaller) mine[0]?.end(silent());
      }),
    close: (name, enforced) => {
      const call = [...open].find((each) => isSame(each.name, name) && each.name.key === name.key);
      call?.end(enforced);
      return call?.decision ?? null;
    },
    giveUp: (run) => {
      for (const call of [...open]) if (isSame(call.name, run)) call.end(silent());
    },
  };
}

function isSame(name: CallName, run: Omit<CallName, "key">): boolean {
  return name.credential === run.credential && name.run === run.run;
}

function silent(): Enforced {
  return { sent: true, completion: "unknown", code: "hook.no_result", result: null };
}
