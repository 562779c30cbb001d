import { setTimeout as pause } from "node:timers/promises";
import { administer } from "../harness/admin.ts";
import type { Gateway } from "../harness/bylaw.ts";
import { type Agent, connect } from "../harness/client.ts";
import type { Site } from "../harness/site.ts";
import type { Random } from "./random.ts";

/** Agents that call at the same time. */
const WORKERS = 6;
/** How often a call is an erasure approved before, and how many of these it may be. */
const RETRIES_SHARE = 0.3;
const RETRIES_MAX = 8;
/** Approvals that the person gives at a time. */
const ANSWERS = 4;
/** Milliseconds between two looks of the person at what waits. */
const LOOK_MS = 20;

/** What the clients and the person know; everything else is read from the log and the upstream. */
export interface Knowledge {
  /** Calls that a client got an ordinary answer to: `tool key`. */
  readonly answered: Set<string>;
  /**
   * Keys whose erasure a person has approved: each of them once in the whole run. They are asked for
   * again and again, done or not, which must never make a second one.
   */
  readonly approved: Set<string>;
  calls: number;
  /** Calls that got any answer. */
  settled: number;
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

/** A new call of some kind, or an erasure that was approved of late once more. */
function next({ random, knowledge }: Load, fresh: string): readonly [string, string] {
  const [first, ...rest] = [...knowledge.approved].slice(-RETRIES_MAX);
  if (first !== undefined && random.next() < RETRIES_SHARE)
    return ["erase", random.pick([first, ...rest])];
  const tool = random.pick(["peek", "peek", "write", "write", "erase", "erase", "forbidden"]);
  return [tool, `${tool}-${fresh}`];
}

async function attempt(load: Load, agent: Agent, tool: string, key: string): Promise<void> {
  try {
    const { failed } = await agent.call(tool, { key });
    load.knowledge.settled += 1;
    if (!failed) load.knowledge.answered.add(`${tool} ${key}`);
  } catch {
    // The gateway was killed under the call: only log and upstream know what became of it.
  }
}

interface Waiting {
  readonly id: string;
  readonly arguments: { readonly key?: string } | null;
}

/** The person: says yes to every erasure once, and never to the same one again. */
async function approver(load: Load, gateway: Gateway): Promise<void> {
  const { site, knowledge } = load;
  const { approved } = knowledge;
  while (gateway.alive()) {
    const waiting = await administer<readonly Waiting[]>(site, "GET", "/approvals").catch(() => []);
    const fresh = waiting.filter((held) => !approved.has(held.arguments?.key ?? ""));
    await Promise.all(fresh.slice(0, ANSWERS).map((held) => approve(load, held)));
    await Promise.race([pause(LOOK_MS), gateway.ended]);
  }
}

async function approve({ site, knowledge }: Load, { id, arguments: args }: Waiting): Promise<void> {
  if (args?.key === undefined) return;
  knowledge.approved.add(args.key); // before the answer: a yes that was lost may still have counted
  const vote = { as: "olga", verdict: "approve" };
  await administer(site, "POST", `/approvals/${id}/votes`, vote).catch(() => undefined);
}
