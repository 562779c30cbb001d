// Measures one engine at one size in a process of its own and prints one JSON line.
import { BYLAW } from "./bylaw.ts";
import { CEDAR_WASM } from "./cedar-wasm.ts";
import type { Contender, Loaded } from "./engine.ts";
import { PEERS } from "./peers.ts";
import { type Answer, oracle, type Workload, workload } from "./workload.ts";

export const CONTENDERS: readonly Contender[] = [...BYLAW, ...CEDAR_WASM, ...PEERS];

export interface Plan {
  readonly seed: number;
  readonly contender: string;
  readonly policies: number;
  readonly requests: number;
  /** Least measuring time of each phase. */
  readonly budgetMs: number;
}

export interface Measurement {
  readonly contender: string;
  readonly policies: number;
  readonly decisionsPerCpuSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly loadMs: number;
  /** Growth of the resident set while loading. */
  readonly memoryMb: number;
  readonly checked: number;
  readonly wrong: number;
  readonly allowedShare: number;
}

/** Latency samples at least, however slow the engine. */
const LEAST_SAMPLES = 200;

export async function measure(plan: Plan): Promise<Measurement> {
  const contender = CONTENDERS.find(({ name }) => name === plan.contender);
  if (contender === undefined) throw new Error(`no contender \`${plan.contender}\``);
  const load = workload(plan.seed, plan);
  const expected = load.requests.map((request) => oracle(load.policies, request));
  const prepared = await contender.prepare(load);
  const before = settledMemory();
  const start = performance.now();
  const loaded = await prepared.load();
  const loadMs = performance.now() - start;
  const memoryMb = (settledMemory() - before) / 2 ** 20;
  const tally = { checked: 0, wrong: 0 };
  checkReasons(loaded, expected, plan.budgetMs, tally);
  run(loaded, expected, plan.budgetMs / 4, tally); // warm-up
  const throughput = run(loaded, expected, plan.budgetMs, tally);
  const latencies = sample(loaded, expected, plan.budgetMs, tally);
  return {
    contender: plan.contender,
    policies: plan.policies,
    decisionsPerCpuSecond: throughput,
    p50Us: quantile(latencies, 0.5),
    p99Us: quantile(latencies, 0.99),
    loadMs,
    memoryMb,
    ...tally,
    allowedShare: share(load, expected),
  };
}

function settledMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().rss;
}

interface Tally {
  checked: number;
  wrong: number;
}

/** Engines that name policies must name exactly the right ones. */
function checkReasons(
  loaded: Loaded,
  expected: readonly Answer[],
  budgetMs: number,
  tally: Tally,
): void {
  if (loaded.reasons === null) return;
  const end = performance.now() + budgetMs;
  for (const [index, answer] of expected.entries()) {
    if (performance.now() > end) return;
    tally.checked += 1;
    if (loaded.reasons(index).join() !== answer.reasons.join()) tally.wrong += 1;
  }
}

/** Decisions per CPU second; every answer is compared, inside the clock, with the oracle's. */
function run(loaded: Loaded, expected: readonly Answer[], budgetMs: number, tally: Tally): number {
  const end = performance.now() + budgetMs;
  const cpu = process.cpuUsage();
  let done = 0;
  do {
    const index = done % expected.length;
    if (loaded.decide(index) !== expected[index]?.allow) tally.wrong += 1;
    done += 1;
    // The clock is read now and then: it costs as much as some decisions.
  } while (done % 64 !== 0 || performance.now() < end);
  const { user, system } = process.cpuUsage(cpu);
  tally.checked += done;
  return Math.round((done / (user + system)) * 1e6);
}

function sample(
  loaded: Loaded,
  expected: readonly Answer[],
  budgetMs: number,
  tally: Tally,
): number[] {
  const end = performance.now() + budgetMs;
  const latencies: number[] = [];
  while (latencies.length < LEAST_SAMPLES || performance.now() < end) {
    const index = latencies.length % expected.length;
    const start = performance.now();
    const allowed = loaded.decide(index);
    latencies.push((performance.now() - start) * 1000);
    if (allowed !== expected[index]?.allow) tally.wrong += 1;
  }
  tally.checked += latencies.length;
  return latencies.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(sorted.length * q)] ?? Number.NaN;
}

function share({ requests }: Workload, expected: readonly Answer[]): number {
  return expected.filter(({ allow }) => allow).length / requests.length;
}
