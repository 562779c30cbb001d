import { canonicalTime, type Facts } from "@bylaw/core";
import type { BreakerConfig } from "../config/config.ts";

/**
 * Circuit breakers, one for each upstream that has one configured. They judge this gateway's own
 * connection, so they are in memory and begin closed.
 *
 * Closed: every call goes. Open, after so many failures in a time: none does. Half-open, when the
 * pause is over: one call tries while all others wait; it closes the breaker, or opens it anew.
 */
export interface Breakers {
  /** For Facts: how an upstream is paused at this time; null when a call may go there. */
  state(upstream: string, now: number): NonNullable<Facts["paused"]> | null;
  /** Takes note of an action that is about to go to an upstream; false when none may. */
  enter(action: string, upstream: string, now: number): boolean;
  /** What came of it: a code, or null when it went well. Only an upstream's own failures count. */
  outcome(action: string, code: string | null, now: number): void;
  /** The action was given up before anything came of it. */
  leave(action: string): void;
}

/** What an upstream answers of its own will, right or wrong, is no failure of it. */
const ANSWERS: ReadonlySet<string> = new Set(["upstream.error", "upstream.cancelled"]);

export function createBreakers(configured: ReadonlyMap<string, BreakerConfig>): Breakers {
  const breakers = new Map([...configured].map(([id, config]) => [id, createBreaker(config)]));
  const entered = new Map<string, Breaker>();
  return {
    state: (upstream, now) => breakers.get(upstream)?.state(now) ?? null,
    enter(action, upstream, now): boolean {
      const breaker = breakers.get(upstream);
      if (breaker === undefined) return true;
      if (!breaker.enter(action, now)) return false;
      entered.set(action, breaker);
      return true;
    },
    outcome(action, code, now): void {
      const breaker = entered.get(action);
      entered.delete(action);
      const failed = code !== null && code.startsWith("upstream.") && !ANSWERS.has(code);
      breaker?.outcome(action, failed, now);
    },
    leave(action): void {
      entered.get(action)?.leave(action);
      entered.delete(action);
    },
  };
}

interface Breaker {
  state(now: number): NonNullable<Facts["paused"]> | null;
  enter(action: string, now: number): boolean;
  outcome(action: string, failed: boolean, now: number): void;
  leave(action: string): void;
}

function createBreaker({ failures, withinMs, pauseMs }: BreakerConfig): Breaker {
  /** Times of the newest failures, at most as many as open it. */
  let recent: readonly number[] = [];
  /** When a call may try; null while closed. */
  let until: number | null = null;
  let probe: string | null = null;

  function open(now: number): void {
    until = now + pauseMs;
    probe = null;
  }

  return {
    state: (now) =>
      until === null || (now >= until && probe === null)
        ? null
        : { failures, until: canonicalTime(until) },
    enter(action, now): boolean {
      if (until === null) return true;
      if (now < until || probe !== null) return false;
      probe = action;
      return true;
    },
    outcome(action, failed, now): void {
      if (action === probe) {
        if (failed) return open(now);
        until = null;
        probe = null;
        recent = [];
      } else if (failed && until === null) {
        // Calls that were under way when it opened say nothing new.
        recent = [...recent, now].slice(-failures);
        const oldest = recent.length === failures ? recent[0] : undefined;
        if (oldest !== undefined && now - oldest < withinMs) open(now);
      }
    },
    leave(action): void {
      if (action === probe) probe = null;
    },
  };
}
