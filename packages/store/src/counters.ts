import type { Counts } from "@bylaw/core";
import type { Charge } from "./reservations.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS: number = 24 * HOUR_MS;

/** How long each counter looks back. */
export const WINDOW_MS: Readonly<Record<keyof Counts, number>> = {
  calls_1m: MINUTE_MS,
  deletes_1h: HOUR_MS,
  sends_1h: HOUR_MS,
  spend_1d: DAY_MS,
  denials_10m: 10 * MINUTE_MS,
};

export function sameCounts(a: Counts, b: Counts): boolean {
  return (Object.keys(WINDOW_MS) as (keyof Counts)[]).every((name) => a[name] === b[name]);
}

/** What was added to counters. */
export interface Charged {
  /** Takes it back, once. */
  readonly undo: () => void;
  /** Puts what was really spent in the place of what was charged as such. */
  readonly spent: (amount: number) => void;
}

/** Rolling sums per agent, in memory: exact to the millisecond within each window. */
export interface Counters {
  charge(agent: string, at: number, charge: Charge): Charged;
  denied(agent: string, at: number): void;
  /** What the agent did before `now`, each sum at most 2^53 - 1. */
  counts(agent: string, now: number): Counts;
}

/**
 * In-memory counters. Deletes, sends and spend are fed from the store at start; calls and denials
 * live here alone, so their windows of minutes begin anew with the process.
 */
export function createCounters(): Counters {
  const agents = new Map<string, Readonly<Record<keyof Counts, Window>>>();

  function windowsOf(agent: string): Readonly<Record<keyof Counts, Window>> {
    const known = agents.get(agent);
    if (known !== undefined) return known;
    const created = {
      calls_1m: createWindow(WINDOW_MS.calls_1m),
      deletes_1h: createWindow(WINDOW_MS.deletes_1h),
      sends_1h: createWindow(WINDOW_MS.sends_1h),
      spend_1d: createWindow(WINDOW_MS.spend_1d),
      denials_10m: createWindow(WINDOW_MS.denials_10m),
    };
    agents.set(agent, created);
    return created;
  }

  return {
    charge(agent, at, { calls, deletes, sends, spend }): Charged {
      const windows = windowsOf(agent);
      const spending = windows.spend_1d.add(at, spend);
      const added = [
        windows.calls_1m.add(at, calls),
        windows.deletes_1h.add(at, deletes),
        windows.sends_1h.add(at, sends),
        spending,
      ];
      return {
        undo: () => {
          for (const become of added.splice(0)) become(0);
        },
        spent: spending,
      };
    },
    denied: (agent, at) => void windowsOf(agent).denials_10m.add(at, 1),
    counts(agent, now): Counts {
      const windows = windowsOf(agent);
      return {
        calls_1m: windows.calls_1m.sum(now),
        deletes_1h: windows.deletes_1h.sum(now),
        sends_1h: windows.sends_1h.sum(now),
        spend_1d: windows.spend_1d.sum(now),
        denials_10m: windows.denials_10m.sum(now),
      };
    },
  };
}

interface Window {
  /** Adds an amount at a time; the result puts another in its place. */
  add(at: number, amount: number): (amount: number) => void;
  /** Sum of what was added in the window that ends at `now`. */
  sum(now: number): number;
}

interface Event {
  readonly at: number;
  /** Exact: sums of unknown amounts (2^53 - 1 each) leave the range of a number. */
  amount: bigint;
}

function createWindow(span_ms: number): Window {
  let events: Event[] = [];
  let first = 0;
  let total = 0n;

  function prune(now: number): void {
    for (let event = events[first]; event !== undefined; event = events[first]) {
      if (event.at > now - span_ms) break;
      total -= event.amount;
      event.amount = 0n;
      first += 1;
    }
    // Dropping the expired half at once keeps pruning constant per event.
    if (first > 64 && first * 2 > events.length) {
      events = events.slice(first);
      first = 0;
    }
  }

  return {
    add(at, amount): (amount: number) => void {
      if (amount === 0) return () => undefined;
      const last = events.at(-1);
      // A clock that went back must not let an event expire early.
      const time = Math.max(at, last?.at ?? at);
      prune(time);
      let event = events.at(-1);
      if (event === undefined || event.at !== time || events.length === first) {
        event = { at: time, amount: 0n };
        events.push(event);
      }
      const held = event;
      let exact = BigInt(amount);
      held.amount += exact;
      total += exact;
      return (instead) => {
        if (held.amount < exact) return; // expired meanwhile
        const more = BigInt(instead) - exact;
        held.amount += more;
        total += more;
        exact += more;
      };
    },
    sum(now): number {
      prune(now);
      return Number(total > MAX ? MAX : total);
    },
  };
}

const MAX = BigInt(Number.MAX_SAFE_INTEGER);
