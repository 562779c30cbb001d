import { ask, type Gateway } from "../harness/bylaw.ts";
import { type Agent, connect } from "../harness/client.ts";
import type { Site } from "../harness/site.ts";
import type { Random } from "./random.ts";

/** Agents that call at the same time, and held calls that are tried again after a crash. */
const WORKERS = 6;
const RETRIES_MAX = 8;

/** What the clients and the person know; everything else is read from the log and the upstream. */
export interface Knowledge {
  /** Calls that a client got an ordinary answer to: `tool key`. */
  readonly answered: Set<string>;
  /** Keys whose erasure a person has approved: each of them once in the whole run. */
  readonly approved: Set<string>;
  /** Erasures without an answer yet: they are asked for again, which must never make a second one. */
  readonly unanswered: Set<string>;
  calls: number;
}

export interface Load {
  readonly site: Site;
  readonly token: string;
  readonly random: Random;
  readonly knowledge: Knowledge;
}

/** Keeps calling until the gateway is gone; whatever fails then is what the run is about. */
export async function work(load: Load, gateway: Gateway, round: number): Promise<void> {
  const workers = Array.from({ length: WORKERS }, (_, n) => worker(load, gateway, `${round}-${n}`));
  await Promise.all([...workers, approver(load, gateway)]);
}

async function worker(load: Load, gateway: Gateway, name: string): Promise<void> {
  const { site, token, knowledge } = load;
  // A client would go on waiting for an answer from a gateway that is gone.
  const place = { site, gateway, upstream: "recorder", token };
  const connecting = connect(place, "http").catch(() => undefined);
  const agent = await Promise.race([connecting, gateway.ended]);
  if (agent === undefined) return;
  for (let n = 0; gateway.alive(); n += 1) {
    const [tool, key] = next(load, `${name}-${n}`);
    knowledge.calls += 1;
    await Promise.race([attempt(load, agent, tool, key), gateway.ended]);
  }
  await agent.close().catch(() => undefined);
}

/** A new call of some kind, or an erasure that never got an answer once more. */
function next({ random, knowledge }: Load, fresh: string): readonly [string, string] {
  const again = [...knowledge.unanswered].slice(0, RETRIES_MAX);
  const [first, ...rest] = again;
  if (first !== undefined && random.next() < 0.2) return ["erase", random.pick([first, ...rest])];
  const tool = random.pick(["peek", "peek", "write", "write", "erase", "erase", "forbidden"]);
  return [tool, `${tool}-${fresh}`];
}

async function attempt(load: Load, agent: Agent, tool: string, key: string): Promise<void> {
  const { answered, unanswered } = load.knowledge;
  if (tool === "erase") unanswered.add(key);
  try {
    const { failed } = await agent.call(tool, { key });
    if (failed) return;
    answered.add(`${tool} ${key}`);
    unanswered.delete(key);
  } catch {
    // The gateway was killed under the call: only log and upstream know what became of it.
  }
}

interface Waiting {
  readonly id: string;
  readonly arguments: { readonly key?: string } | null;
}

/** The person: says yes to every erasure once, and never to the same one again. */
async function approver({ site, knowledge }: Load, gateway: Gateway): Promise<void> {
  const { approved } = knowledge;
  while (gateway.alive()) {
    const waiting = await ask<readonly Waiting[]>(site, "approvals", "list").catch(() => []);
    for (const { id, arguments: args } of waiting) {
      if (!gateway.alive() || args?.key === undefined || approved.has(args.key)) continue;
      approved.add(args.key); // before the answer is known: a yes that was lost may still have counted
      await ask(site, "approvals", "approve", id, "--as", "olga").catch(() => undefined);
    }
  }
}
