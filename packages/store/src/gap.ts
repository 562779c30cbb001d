import { canonicalTime, type GapCode, type GapRecord } from "@bylaw/core";
import { encodeRecord } from "@bylaw/ledger";
import type { Append } from "./log-writer.ts";

/** A time in which nothing can be recorded, from the first failure to the record that tells of it. */
export interface Gap {
  /** The log has failed, again perhaps. In: how many records in flight that refused. */
  open(code: GapCode, refused: number): void;
  refuse(): void;
  /** The record of it as it stands now; null when there is nothing to tell. */
  record(): Append | null;
  /** The record is in the log. */
  close(recorded: Append): void;
}

interface State {
  readonly since: number;
  readonly code: GapCode;
  refused: number;
}

export function createGap(now: () => number): Gap {
  let state: State | null = null;
  let told: Append | null = null;
  return {
    open(code, refused): void {
      // The record that failed along with its gap is not one that anybody was refused.
      const own = told === null ? 0 : 1;
      told = null;
      state ??= { since: now(), code, refused: 0 };
      state.refused += Math.max(0, refused - own);
    },
    refuse(): void {
      if (state !== null) state.refused += 1;
    },
    record(): Append | null {
      if (state === null) return null;
      const { since, code, refused } = state;
      const at = canonicalTime(now());
      const record: GapRecord = {
        v: 1,
        kind: "gap",
        at,
        since: canonicalTime(since),
        code,
        refused,
      };
      const entry = encodeRecord(record);
      if (!entry.ok) throw new Error(entry.error.message);
      told = { entry: entry.value, body: null, opens: false, closes: null };
      return told;
    },
    close(recorded): void {
      if (told !== recorded) return;
      state = null;
      told = null;
    },
  };
}
