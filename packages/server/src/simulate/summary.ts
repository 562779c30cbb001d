import { OUTCOMES, type Outcome } from "@bylaw/core";
import type { SimulatedCall } from "./simulate.ts";

/** Calls that one rule stopped, and some of them. */
export interface RuleSummary {
  readonly policy: string | null;
  readonly code: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly calls: number;
  readonly sessions: number;
  readonly examples: readonly SimulatedCall[];
}

export interface Simulated {
  readonly sessions: number;
  readonly calls: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** What blocks or asks, that which does so most often first. */
  readonly rules: readonly RuleSummary[];
}

const EXAMPLES_MAX = 3;

interface Tally {
  readonly first: SimulatedCall;
  readonly sessions: Set<string>;
  readonly examples: SimulatedCall[];
  calls: number;
}

/** Adds up simulated sessions one at a time: memory grows with the rules, not with the records. */
export function createSummary(): {
  add(calls: readonly SimulatedCall[]): void;
  summary(): Simulated;
} {
  const tallies = new Map<string, Tally>();
  const outcomes = Object.fromEntries(OUTCOMES.map((one) => [one, 0])) as Record<Outcome, number>;
  let [sessions, total] = [0, 0];
  const count = (call: SimulatedCall): void => {
    total += 1;
    outcomes[call.outcome] += 1;
    if (call.outcome === "allow" || call.outcome === "log") return;
    const key = JSON.stringify([call.outcome, call.policy, call.code]);
    const tally = tallies.get(key) ?? {
      first: call,
      sessions: new Set(),
      examples: [],
      calls: 0,
    };
    tallies.set(key, tally);
    tally.calls += 1;
    tally.sessions.add(call.session);
    // Different tools tell more than the same one again.
    const known = tally.examples.some(({ tool }) => tool === call.tool);
    if (!known && tally.examples.length < EXAMPLES_MAX) tally.examples.push(call);
  };
  return {
    add: (calls) => {
      sessions += 1;
      for (const call of calls) count(call);
    },
    summary: () => ({
      sessions,
      calls: total,
      outcomes: { ...outcomes },
      rules: [...tallies.values()]
        .map(({ first: { policy, code, outcome, reason }, ...tally }) => ({
          policy,
          code,
          outcome,
          reason,
          calls: tally.calls,
          sessions: tally.sessions.size,
          examples: tally.examples,
        }))
        .sort((a, b) => b.calls - a.calls || (a.code < b.code ? -1 : 1)),
    }),
  };
}
