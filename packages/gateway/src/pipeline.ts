import {
  type ActionRequest,
  type Bundle,
  type Decision,
  decide,
  deciding,
  type Facts,
  type JsonObject,
  refused,
  type Told,
  type Used,
} from "@bylaw/core";
import type { Cancellation } from "./cancel.ts";
import { blocked, chargeOf, durabilityOf, reachOf } from "./grading.ts";
import {
  CallerError,
  HoldError,
  type PipelineOps,
  type Receipt,
  RecordError,
  type Ticket,
} from "./ops.ts";
import { intentRecord, outcomeRecord, refusalRecord } from "./records.ts";

/** What forwarding came to; a gateway reports it and never throws for an upstream's failure. */
export interface Enforced {
  /** False only when not one byte reached the upstream: then what was reserved is given back. */
  readonly sent: boolean;
  readonly completion: "ok" | "error" | "unknown";
  readonly code: string | null;
  readonly result: { readonly digest: string; readonly length: number } | null;
  /** What it really used, from whoever may say so; absent: what was reserved stays charged. */
  readonly used?: Used | null;
}

/** How old what is known of halts, suspensions and revocations may be when an action is sent. */
const REVOCATION_MS = 1_000;

/** Told when an action starts to wait for a person, so that a gateway can keep its client alive. */
export type OnHeld = (ticket: Ticket) => void;

/** Sends exactly what was decided. The only way to an upstream, and only `govern` calls it. */
export type Forward = (granted: Granted) => Promise<Enforced>;

export interface Granted {
  readonly decision: Decision;
  readonly facts: Facts;
  readonly intent: Receipt;
  /** What a person put in the place of the arguments; null: the request goes on as it came. */
  readonly arguments: JsonObject | null;
  /**
   * Books what an outcome tells of usage, before the caller has it: its next action finds what is left.
   * Out: what counts of it. Never throws.
   */
  readonly told: (told: Told) => Promise<Used | null>;
  /**
   * Whether the right to it has ended since it was claimed: asked by who waits before sending, such as for
   * others of a batch or for an upstream to start. Never throws; what cannot be read has ended.
   */
  readonly ended: () => Promise<boolean>;
}

export type Verdict =
  | {
      readonly kind: "forwarded";
      readonly decision: Decision;
      readonly intent: Receipt;
      readonly enforced: Enforced;
    }
  | {
      readonly kind: "refused";
      readonly decision: Decision;
      readonly record: Receipt | null;
      readonly pending: Ticket | null;
    };

/**
 * The one line: facts -> decide -> reserve -> record intent -> enforce -> record outcome -> settle.
 *
 * In: a decoded action and the gateway's own `forward`. Out: what was decided and what came of it.
 * Never throws: whatever fails before the intent record is durable is a block.
 */
export async function govern(
  request: ActionRequest,
  forward: Forward,
  ops: PipelineOps,
  signal: Cancellation,
  onHeld: OnHeld = () => undefined,
): Promise<Verdict> {
  const judged = await judge(request, ops, signal, onHeld);
  if (judged.kind === "refused") return refuse(request, judged, ops);
  const { facts, decision } = judged;
  const edited = judged.request === request ? null : judged.request.arguments;

  let intent: Receipt;
  try {
    intent = await ops.record(intentRecord(facts, decision, ops), durabilityOf(facts), facts);
  } catch (error) {
    await ops.release(request.id).catch(() => undefined); // a lost release loses a use, never gains one
    return refuse(
      request,
      {
        kind: "refused",
        request,
        facts: null,
        decision: blocked(recordProblem(error), decision.bundle),
        pending: null,
      },
      ops,
    );
  }

  const told: Granted["told"] = async (what) => {
    const used = ops.used(judged.request, what);
    if (used !== null) await ops.settle(request.id, used).catch(() => undefined);
    return used;
  };
  const ended: Granted["ended"] = async () => {
    // Also a clock that went back says nothing about how long it was.
    if (Math.abs(ops.now() - judged.claimed) <= REVOCATION_MS) return false;
    return ops.stopped(reachOf(judged.request)).catch(() => true);
  };
  const granted = { decision, facts, intent, arguments: edited, told, ended };
  const enforced = await forward(granted).catch(
    (): Enforced => ({ sent: true, completion: "unknown", code: "gateway.error", result: null }),
  );
  // What was forwarded stays charged, whatever came back; without an outcome the next start closes
  // the intent as unknown.
  await ops
    .record(outcomeRecord(request.id, intent, enforced, ops), "soon", null)
    .catch(() => undefined);
  const booked = enforced.sent
    ? ops.settle(request.id, enforced.used ?? null)
    : ops.release(request.id);
  await booked.catch(() => undefined);
  return { kind: "forwarded", decision, intent, enforced };
}

type Judged =
  | {
      readonly kind: "granted";
      /** What was decided: the request, or what a person made of it. */
      readonly request: ActionRequest;
      readonly facts: Facts;
      readonly decision: Decision;
      /** Before what it needs was claimed, in milliseconds since the epoch. */
      readonly claimed: number;
    }
  | {
      readonly kind: "refused";
      readonly request: ActionRequest;
      readonly facts: Facts | null;
      readonly decision: Decision;
      readonly pending: Ticket | null;
    };

/** Decides, waits for a person where policy reserves the action for one, and decides again. */
async function judge(
  request: ActionRequest,
  ops: PipelineOps,
  signal: Cancellation,
  onHeld: OnHeld,
): Promise<Judged> {
  const first = await answeredBefore(await asEdited(await attempt(request, ops), ops), ops);
  if (
    first.kind === "granted" ||
    first.decision.outcome !== "require_approval" ||
    first.facts === null
  )
    return first;
  try {
    const ticket = await ops.hold(first.request, first.facts, first.decision);
    onHeld(ticket);
    const answer = await ops.wait(ticket, signal);
    // Current facts decide at release: what was approved may have been revoked meanwhile.
    if (answer === "approved") return await resume(first.request, ops);
    if (answer === "pending") return { ...first, pending: ticket };
    if (answer === "rejected") return await rejected(first, ticket.id, first.facts.digest, ops);
    return { ...first, decision: blocked(`approval.${answer}`, first.decision.bundle) };
  } catch (error) {
    return { ...first, decision: blocked(holdProblem(error), first.decision.bundle) };
  }
}

/** Decides what a person made of a held action, in its place. */
async function asEdited(judged: Judged, ops: PipelineOps): Promise<Judged> {
  if (judged.kind === "granted" || judged.facts === null) return judged;
  const { outcome } = judged.decision;
  const { code } = deciding(judged.decision);
  // A handle of an edited action fits the action as it was asked for no more.
  if (outcome !== "require_approval" && code !== "approval.digest_mismatch") return judged;
  const edited = await ops.edited(judged.request, judged.facts.digest).catch(() => null);
  return edited === null ? judged : attempt(edited, ops);
}

type Refused = Extract<Judged, { kind: "refused" }>;

/** A handle that was rejected is no handle; its caller learns that, and why. */
async function answeredBefore(first: Judged, ops: PipelineOps): Promise<Judged> {
  const { handle } = first.request;
  if (first.kind === "granted" || handle === null || first.facts === null) return first;
  if (deciding(first.decision).code !== "approval.unknown") return first;
  return rejected(first, handle, first.facts.digest, ops).catch(() => first);
}

/** Refused as a person rejected it, in the person's words; as it was where nobody did. */
async function rejected(
  judged: Refused,
  approval: string,
  digest: string,
  ops: PipelineOps,
): Promise<Refused> {
  const said = await ops.rejection(approval, digest);
  if (said === null) return judged;
  return { ...judged, decision: blocked("approval.rejected", judged.decision.bundle, said) };
}

/** Why an action cannot wait for a person; whatever is not said is `hold.unavailable`. */
function holdProblem(error: unknown): string {
  return error instanceof HoldError || error instanceof RecordError
    ? error.code
    : "hold.unavailable";
}

function recordProblem(error: unknown): string {
  return error instanceof RecordError ? error.code : "ledger.unavailable";
}

/** After a yes: what another call used up, or what changed meanwhile, is asked about anew. */
async function resume(request: ActionRequest, ops: PipelineOps): Promise<Judged> {
  const again = await asEdited(await attempt(request, ops), ops);
  if (again.kind === "granted" || again.facts === null) return again;
  if (again.decision.outcome !== "require_approval") return again;
  return { ...again, pending: await ops.hold(again.request, again.facts, again.decision) };
}

/** One pass of facts -> decide -> reserve; a lost race decides once more. */
async function attempt(request: ActionRequest, ops: PipelineOps): Promise<Judged> {
  const bundle = ops.bundle();
  const pass = async (): Promise<Judged | "raced"> => {
    const facts = await ops.facts(request, bundle);
    const barred = ops.barred(bundle);
    const decision = barred === null ? decide(bundle, facts) : blocked(barred, bundle.digest);
    if (barred === null) ops.decided(bundle, facts, decision);
    if (refused(decision.outcome))
      return { kind: "refused", request, facts, decision, pending: null };
    const claimed = ops.now();
    const taken = await ops.reserve({
      action: request.id,
      agent: agentOf(request),
      claims: decision.claims,
      charge: chargeOf(facts),
      reach: reachOf(request),
      seen: bundle.readsCounts ? { at: Date.parse(facts.now), counts: facts.counts } : null,
    });
    return taken ? { kind: "granted", request, facts, decision, claimed } : "raced";
  };
  try {
    for (let passes = 0; passes < 2; passes += 1) {
      const judged = await serialized(request, bundle, ops, pass);
      if (judged !== "raced") return judged;
    }
    return {
      kind: "refused",
      request,
      facts: null,
      decision: blocked("reserve.raced", bundle.digest),
      pending: null,
    };
  } catch (error) {
    return {
      kind: "refused",
      request,
      facts: null,
      decision: blocked(factsProblem(error), bundle.digest),
      pending: null,
    };
  }
}

/** Why there are no facts to decide on; whatever is not said is `facts.error`. */
function factsProblem(error: unknown): string {
  if (error instanceof CallerError) return error.code;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === "ledger.unavailable" ? "ledger.unavailable" : "facts.error";
}

/** Two calls that read the same counter must not both fit under its limit. */
function serialized<T>(
  request: ActionRequest,
  bundle: Bundle,
  ops: PipelineOps,
  pass: () => Promise<T>,
): Promise<T> {
  return bundle.readsCounts ? ops.exclusive(agentOf(request), pass) : pass();
}

/** For whom an action counts: sub-agents count for the agent that started them. */
function agentOf(request: ActionRequest): string {
  return (
    request.caller.chain.find((member) => member.type === "Agent")?.id ?? request.caller.credential
  );
}

async function refuse(
  request: ActionRequest,
  judged: Extract<Judged, { kind: "refused" }>,
  ops: PipelineOps,
): Promise<Verdict> {
  const { decision, facts, pending } = judged;
  const refusal = refusalRecord(request.id, facts, decision, ops);
  try {
    return {
      kind: "refused",
      decision,
      record: await ops.record(refusal, "write", facts),
      pending,
    };
  } catch (error) {
    if (error instanceof RecordError && facts !== null) {
      // What has no room in the log is refused for that, so that the log tells of it at all.
      const instead = blocked(error.code, decision.bundle);
      return refuse(
        request,
        { kind: "refused", request, facts: null, decision: instead, pending },
        ops,
      );
    }
    // A refusal that cannot be recorded is still a refusal.
    return { kind: "refused", decision, record: null, pending };
  }
}
