import {
  type ActionRequest,
  type Bundle,
  type Caller,
  type Counted,
  canonicalize,
  counterOf,
  type Decision,
  decide,
  type Facts,
  type Json,
  type RefusalRecord,
  type Waiver,
} from "@bylaw/core";
import {
  type AnalysisOps,
  actionOf,
  analyze,
  buildFacts,
  type Catalog,
  shieldFacts,
  usedOf,
  type World,
} from "@bylaw/facts";
import { CallerError, type PipelineOps, RecordError, reachOf, type Ticket } from "@bylaw/gateway";
import { bodyDigest } from "@bylaw/ledger";
import { type Body, type Store, StoreError } from "@bylaw/store";
import type { HeldAction } from "../api/approvals.ts";
import type { BreakerConfig, Config } from "../config/config.ts";
import type { Reconsider } from "./approvals/edit.ts";
import { type Breakers, createBreakers } from "./breaker.ts";
import { createExclusive } from "./exclusive.ts";
import { createHanded } from "./handed.ts";
import { createHolds, type Holds } from "./holds.ts";
import type { Sessions } from "./provenance.ts";
import type { RulesInForce } from "./versions.ts";

export interface Host {
  readonly config: Config;
  readonly rules: RulesInForce;
  readonly world: World;
  readonly store: Store;
  readonly analysis: AnalysisOps;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The pipeline's effects on the real world, and the holds behind them. In: the newest checkpoint that
 * the log has signed, without looking for it, and who hears of decisions and of held actions.
 */
export function createPipelineOps(
  host: Host,
  checkpoint: () => string | null,
  decided: PipelineOps["decided"],
  told: (held: HeldAction) => void,
  sessions: Sessions,
): {
  readonly ops: PipelineOps;
  readonly holds: Holds;
} {
  const { store, now, rules } = host;
  const bodies = new WeakMap<Facts, Body>();
  const bodyOf = (facts: Facts): Body => {
    const known = bodies.get(facts);
    if (known !== undefined) return known;
    const bytes = Buffer.from(canonicalize(facts as unknown as Json));
    const body = { digest: bodyDigest(bytes), bytes };
    bodies.set(facts, body);
    return body;
  };
  const factsDigest = (facts: Facts): string => bodyOf(facts).digest;
  const record: PipelineOps["record"] = async (entry, durability, facts) => {
    if (entry.kind === "refusal") await countDenial(store, entry, now());
    if (entry.kind === "outcome") breakers.outcome(entry.action, entry.code, now());
    const safe = host.config.durability.reads === "sync" ? "sync" : durability;
    try {
      const receipt = await store.log.append(entry, safe, facts === null ? null : bodyOf(facts));
      if (entry.kind === "intent" && facts !== null) handed.passed(facts, entry.decision);
      return receipt;
    } catch (error) {
      const never = error instanceof StoreError && error.code === "entry.too_large";
      throw never ? new RecordError() : error;
    }
  };
  const inTurn = createExclusive();
  const handed = createHanded(now);
  const breakers = createBreakers(breakersOf(host.config));
  const bundle = (): Bundle => rules.current().bundle;
  const reconsider: Reconsider = async (request) => {
    const inForce = bundle();
    const facts = await factsOf(host, { holds, sessions, breakers }, request, inForce);
    return { facts, decision: decide(inForce, facts) };
  };
  const forHolds = { now, factsDigest, record, bundle };
  const holds: Holds = createHolds(store, host.config, forHolds, reconsider, told);
  /** Asks nobody again who has just said yes to the same call at the client's hook. */
  const answerAgain = async (
    { id }: Ticket,
    request: ActionRequest,
    facts: Facts,
    decision: Decision,
  ): Promise<void> => {
    const yes = handed.take(digestAtHook(host, sessions, request, bundle()), facts, decision);
    if (yes === null) return;
    const reason = `as ${yes.approvals.join(", ")}, for the same call at the client's hook`;
    const answer = { verdict: "approve", reason, waiver: null, arguments: null } as const;
    for (const user of yes.users) await holds.vote(id, { ...answer, user, digest: facts.digest });
  };
  const hold: PipelineOps["hold"] = async (request, facts, decision) => {
    const ticket = await holds.hold(request, facts, decision);
    if (request.gateway === "mcp")
      await answerAgain(ticket, request, facts, decision).catch(() => undefined); // then a person is asked
    return ticket;
  };
  const ops: PipelineOps = {
    now,
    bundle,
    barred: (bundle) => rules.barred(bundle),
    decided,
    facts: (request, bundle) => factsOf(host, { holds, sessions, breakers }, request, bundle),
    seen: (request, decision, texts) => sessions.seen(request, decision, texts),
    exclusive: (key, step) => inTurn(key, () => store.alone(key, step)),
    async reserve(reservation) {
      const { action, reach } = reservation;
      if (!breakers.enter(action, reach.upstream, now())) return false;
      let claimed = false;
      try {
        claimed = await store.reserve(reservation);
      } finally {
        if (!claimed) breakers.leave(action);
      }
      return claimed;
    },
    stopped: (reach) => store.stopped(reach),
    release(action) {
      breakers.leave(action);
      return store.release(action);
    },
    settle: (action, used) => store.settle(action, used),
    used: (request, told) => usedOf(rules.current().catalog, request, told),
    hold,
    wait: holds.wait,
    edited: holds.edited,
    rejection: holds.rejection,
    record,
    receipt: ({ index, leaf }) => ({
      origin: store.log.origin,
      index,
      leaf: Buffer.from(leaf).toString("base64"),
      checkpoint: checkpoint(),
    }),
    factsDigest,
  };
  return { ops, holds };
}

function breakersOf({ upstreams }: Config): ReadonlyMap<string, BreakerConfig> {
  return new Map(
    Object.entries(upstreams).flatMap(([id, { breaker }]) =>
      breaker === null ? [] : [[id, breaker]],
    ),
  );
}

async function countDenial(store: Store, refusal: RefusalRecord, now: number): Promise<void> {
  const agent = refusal.action?.chain.find(({ type }) => type === "Agent");
  if (agent !== undefined) await store.denied(agent.id, now);
}

/** What a gateway knows about actions before this one. */
interface Known {
  readonly holds: Holds;
  readonly sessions: Sessions;
  readonly breakers: Breakers;
}

/** Facts of one attempt: what the analyzers say, with what the store knows about caller and action. */
async function factsOf(
  host: Host,
  { holds, sessions, breakers }: Known,
  request: ActionRequest,
  bundle: Bundle,
): Promise<Facts> {
  const { store, analysis: ops, world, rules } = host;
  const { caller } = request;
  const time = host.now();
  // What sub-agents do counts for the agent that started them: nobody gets a second budget that way.
  const counted = agentsOf(caller)[0]?.id ?? caller.credential;
  // Of the same version as the policies, also when another one was put in force meanwhile.
  const found = analyze(request, world, rules.of(bundle).catalog satisfies Catalog, ops);
  const { analysis, session, task } = sessions.judge(request, found);
  const action = actionOf(request, analysis, bundle.argumentPaths, ops);
  const reach = reachOf(request);
  const last = caller.chain.at(-1)?.id ?? caller.credential;
  const circumstance = circumstances(caller);
  await requireActive(store, reach.agents);
  const [counts, approvals, waivers, states, halts, revoked, limits] = await Promise.all([
    store.counts(counted, time),
    holds.approvalsFor(action.digest, request.handle),
    holds.waivers.about(last, request.upstream, request.target),
    store.grants(),
    store.halts.on(reach),
    store.delegations.ended(reach.delegations),
    limitsFor(bundle, store, time, {
      action: request,
      tool: analysis.tool,
      caller,
      chain: caller.chain,
      session: circumstance.session,
      digest: action.digest,
    }),
  ]);
  const grants = statesOf(states, bundle, waivers);
  return buildFacts({
    now: time,
    request,
    analysis,
    action,
    session: { ...circumstance.session, ...session },
    task: { ...circumstance.task, ...task },
    counts,
    approvals,
    waivers,
    grants,
    halts,
    revoked: new Set(revoked),
    limits,
    paused: breakers.state(request.upstream, time),
    shield:
      bundle.shield === null ? null : shieldFacts(bundle.shield, world, request, analysis, ops),
  });
}

/** The exact-action digest that a call to an MCP server had when its client asked about it. */
function digestAtHook(
  { analysis: ops, world, rules }: Host,
  sessions: Sessions,
  request: ActionRequest,
  bundle: Bundle,
): string {
  const asked: ActionRequest = { ...request, gateway: "hook", definition: null, handle: null };
  const found = analyze(asked, world, rules.of(bundle).catalog, ops);
  const { analysis } = sessions.judge(asked, found);
  return actionOf(asked, analysis, bundle.argumentPaths, ops).digest;
}

/** An action that waited for a person may rest on an agent that was suspended meanwhile. */
async function requireActive(store: Store, agents: readonly string[]): Promise<void> {
  if ((await store.agents.suspendedAmong(agents)) !== null)
    throw new CallerError("credential.suspended");
  const found = await Promise.all(agents.map((id) => store.agents.get(id)));
  if (found.includes(null)) throw new CallerError("credential.unknown");
}

/** What became of grants and waivers that this action could rest on, and of no others. */
function statesOf(
  states: Facts["grants"],
  { policies }: Bundle,
  waivers: readonly Waiver[],
): Facts["grants"] {
  const about = ([id]: readonly [string, unknown]): boolean =>
    policies.has(id) || waivers.some((waiver) => waiver.id === id);
  return Object.fromEntries(Object.entries(states).filter(about));
}

/** What the limits of a bundle have counted so far for whoever an action counts for. */
async function limitsFor(
  { limits }: Bundle,
  store: Store,
  time: number,
  counted: Counted,
): Promise<NonNullable<Facts["limits"]>> {
  if (limits.length === 0) return {};
  const counters = limits.map(({ id, limit }) => ({
    policy: id,
    subject: counterOf(limit, counted),
    windowMs: limit.windowMs,
  }));
  const used = await store.used(counters, time);
  return Object.fromEntries(limits.map(({ id }, index) => [id, used[index] ?? 0]));
}

/** Session and task of a caller before anything is known about either. */
export function circumstances(caller: Caller): Pick<Facts, "session" | "task"> {
  return {
    session: {
      id: caller.session,
      labels: [],
      origins: [],
      untrusted: false,
      depth: Math.max(0, agentsOf(caller).length - 1),
      attended: caller.chain[0]?.type === "User",
    },
    task: { declared: false, inScope: true, locked: false, offline: false, noInstall: false },
  };
}

function agentsOf({ chain }: Caller): Caller["chain"] {
  return chain.filter(({ type }) => type === "Agent");
}
