import { setTimeout as pause } from "node:timers/promises";
import { CONTENDERS } from "./contenders.ts";
import { round } from "./measure.ts";
import { usageOf } from "./processes.ts";

const IDLE = 9_900;
const CALLERS = 16;
const SLICE_MS = 1_000;
/** Growth from the first third to the last that still counts as flat. */
const GROWTH_MAX = 1.1;

/**
 * Half load on Bylaw beside idle sessions. In: minutes. Out: whether its resident memory is flat, as the
 * mean of the last third of the samples against the mean of the middle third; the first is start-up.
 */
export async function soak(minutes: number): Promise<boolean> {
  const contender = CONTENDERS.find(
    ({ kind, topology }) => kind === "bylaw" && topology === "HTTP to HTTP",
  );
  const running = await contender?.start();
  if (running?.idle == null || running.pid === null) throw new Error("nothing to soak");
  for (let at = 0; at < IDLE; at += 1) await running.idle();
  const client = await running.open(CALLERS);
  const samples: number[] = [];
  const until = performance.now() + minutes * 60_000;
  let calls = 0;
  while (performance.now() < until) {
    const { perSecond } = await round(running, client, 64, SLICE_MS);
    calls += perSecond * (SLICE_MS / 1000);
    await pause(SLICE_MS); // as long as the slice: half of what it can do
    samples.push(usageOf(running.pid).residentBytes);
  }
  client.close();
  await running.stop();
  const third = Math.floor(samples.length / 3);
  const middle = mean(samples.slice(third, 2 * third));
  const last = mean(samples.slice(2 * third));
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
  console.log(
    `${minutes} minutes, ${IDLE} idle sessions, about ${Math.round(calls)} calls: ` +
      `${megabytes(middle)} in the second third, ${megabytes(last)} in the last`,
  );
  return last <= middle * GROWTH_MAX;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
