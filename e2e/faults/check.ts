import type { LedgerRecord } from "@bylaw/core";
import type { Recorded } from "../harness/recorder.ts";
import type { Knowledge } from "./workload.ts";

/** What log, upstream and clients say, side by side. */
export interface Evidence {
  readonly records: readonly LedgerRecord[];
  readonly calls: readonly Recorded[];
  readonly knowledge: Knowledge;
}

/** Everything that contradicts the promise, one sentence each; empty when it was kept. */
export function contradictions({ records, calls, knowledge }: Evidence): readonly string[] {
  const intents = count(records.flatMap(intended));
  const reached = count(calls.map(({ tool, key }) => `${tool} ${key}`));
  const found: string[] = [];
  for (const [call, times] of reached) {
    const recorded = intents.get(call) ?? 0;
    if (times > recorded)
      found.push(`${call}: reached the upstream ${times} times, ${recorded} intents`);
    if (call.startsWith("forbidden"))
      found.push(`${call}: was never permitted and reached the upstream`);
  }
  for (const [call, times] of reached) {
    const key = call.slice("erase ".length);
    if (!call.startsWith("erase ")) continue;
    if (times > 1) found.push(`${call}: approved once and ran ${times} times`);
    if (!knowledge.approved.has(key)) found.push(`${call}: ran without anybody's approval`);
  }
  for (const call of knowledge.answered) {
    if (!reached.has(call)) found.push(`${call}: was answered and never reached the upstream`);
  }
  return found;
}

/** `tool key` of an intent: the catalog names the object of a call after its key. */
function intended(record: LedgerRecord): readonly string[] {
  if (record.kind !== "intent" || record.action.operation !== "tools/call") return [];
  const [effect] = record.action.effects;
  return [`${record.action.target} ${effect?.resource.id}`];
}

function count(items: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const item of items) times.set(item, (times.get(item) ?? 0) + 1);
  return times;
}
