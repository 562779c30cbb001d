import { percentile } from "../../ledger/figures.ts";
import type { Client } from "./caller.ts";
import type { Contender, Running } from "./contenders.ts";
import { usageOf } from "./processes.ts";

/** One setting of the load. */
export interface Load {
  readonly callers: number;
  /** Characters of the argument, one byte each. */
  readonly bytes: number;
}

/** A load that a contender does not carry. */
export interface Refused extends Load {
  readonly contender: Contender;
  readonly why: string;
}

/** One round of one contender under one load. */
export interface Round {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly perSecond: number;
  /** CPU time per call of the hop and what it starts; null for the direct way. */
  readonly cpuUs: number | null;
}

/** The best of all rounds, for each figure: what else the machine did is in none of them. */
export interface Measured extends Load {
  readonly contender: Contender;
  readonly best: Round;
}

/** Calls for `budgetMs` with every caller busy. Throws on the first wrong answer. */
export async function round(
  running: Running,
  client: Client,
  bytes: number,
  budgetMs: number,
): Promise<Round> {
  const samples: number[] = [];
  const before = running.pid === null ? null : usageOf(running.pid);
  const from = performance.now();
  const until = from + budgetMs;
  await Promise.all(
    client.callers.map(async (caller) => {
      for (let at = performance.now(); at < until; ) {
        await caller.call(textOf(bytes));
        const now = performance.now();
        samples.push((now - at) * 1000);
        at = now;
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  const used =
    running.pid === null || before === null ? null : usageOf(running.pid).cpuUs - before.cpuUs;
  return {
    p50Us: percentile(samples, 0.5),
    p99Us: percentile(samples, 0.99),
    perSecond: samples.length / seconds,
    cpuUs: used === null ? null : used / samples.length,
  };
}

/** How long a contender is warmed up. */
export interface WarmUp {
  readonly roundMs: number;
  /** Rounds at most. */
  readonly rounds: number;
  /** Rounds in a row that were no faster than the best before: then it is warm. */
  readonly idle: number;
}

/** By how much a round has to be faster to count as faster. */
const FASTER = 1.02;

/**
 * Calls until that makes the contender no faster: runtimes compile what runs often, and what has many
 * parts is compiled later. Every round is a session of its own.
 */
export async function warm(running: Running, { roundMs, rounds, idle }: WarmUp): Promise<void> {
  let best = 0;
  for (let at = 0, since = 0; at < rounds && since < idle; at += 1, since += 1) {
    const client = await running.open(8);
    const { perSecond } = await round(running, client, 64, roundMs);
    await round(running, client, 16_384, roundMs / 4);
    client.close();
    if (perSecond > best * FASTER) since = -1;
    best = Math.max(best, perSecond);
  }
}

let made = 0;

/** A text of that many bytes like no other: an answer that repeats is the easier half of the work. */
function textOf(bytes: number): string {
  made += 1;
  return `${made} `.padEnd(bytes, "some words of no meaning ");
}

export function bestOf(rounds: readonly Round[]): Round {
  const least = (pick: (round: Round) => number): number => Math.min(...rounds.map(pick));
  return {
    p50Us: least(({ p50Us }) => p50Us),
    p99Us: least(({ p99Us }) => p99Us),
    perSecond: -least(({ perSecond }) => -perSecond),
    cpuUs: rounds.some(({ cpuUs }) => cpuUs === null) ? null : least(({ cpuUs }) => cpuUs ?? 0),
  };
}

/** Bytes of resident memory that a session costs which nobody uses: growth over `count` of them. */
export async function idleBytes(running: Running, count: number): Promise<number | null> {
  const { pid, idle } = running;
  if (pid === null || idle === null) return null;
  await idle();
  const before = usageOf(pid).residentBytes;
  for (let at = 0; at < count; at += 1) await idle();
  return (usageOf(pid).residentBytes - before) / count;
}
