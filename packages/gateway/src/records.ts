import {
  type ActionSummary,
  canonicalTime,
  type Decision,
  type Facts,
  type HoldRecord,
  type IntentRecord,
  LABELS,
  ORIGINS,
  type OutcomeRecord,
  type Provenance,
  type RefusalRecord,
} from "@bylaw/core";
import type { PipelineOps, Receipt, Ticket } from "./ops.ts";
import type { Enforced } from "./pipeline.ts";

type RecordOps = Pick<PipelineOps, "now" | "factsDigest">;

function summarize(facts: Facts, ops: RecordOps): ActionSummary {
  return {
    id: facts.action.id,
    gateway: facts.action.gateway,
    upstream: facts.action.upstream,
    operation: facts.action.operation,
    target: facts.action.target,
    session: facts.session.id,
    credential: facts.caller.credential,
    assurance: facts.caller.assurance,
    chain: facts.chain.map(({ type, id }) => ({ type, id })),
    effects: facts.effects.map(({ action, resource, quantity }) => ({
      action,
      resource: { type: resource.type, id: resource.id },
      atMost: quantity.atMost,
      known: quantity.known,
    })),
    provenance: provenanceOf(facts),
    arguments: facts.arguments.digest,
    digest: facts.digest,
    facts: ops.factsDigest(facts),
  };
}

/** In the order of the vocabulary, so that equal facts give equal bytes. */
function provenanceOf({ session, effects }: Facts): Provenance {
  const labels = new Set([...session.labels, ...effects.flatMap((effect) => effect.labels)]);
  const origins = new Set([
    ...session.origins,
    ...effects.flatMap(({ origin }) => [...origin.target, ...origin.payload]),
  ]);
  return {
    labels: LABELS.filter((label) => labels.has(label)),
    origins: ORIGINS.filter((origin) => origins.has(origin)),
    untrusted: session.untrusted || effects.some(({ origin }) => origin.untrusted),
  };
}

export function intentRecord(facts: Facts, decision: Decision, ops: RecordOps): IntentRecord {
  return {
    v: 1,
    kind: "intent",
    at: canonicalTime(ops.now()),
    action: summarize(facts, ops),
    decision,
  };
}

/** The record of an action that starts to wait for a person, written before anybody may answer. */
export function holdRecord(
  ticket: Ticket,
  facts: Facts,
  decision: Decision,
  ops: RecordOps,
): HoldRecord {
  return {
    v: 1,
    kind: "hold",
    at: canonicalTime(ops.now()),
    approval: ticket.id,
    action: summarize(facts, ops),
    decision,
    expires: ticket.expires,
  };
}

export function refusalRecord(
  request: string,
  facts: Facts | null,
  decision: Decision,
  ops: RecordOps,
): RefusalRecord {
  return {
    v: 1,
    kind: "refusal",
    at: canonicalTime(ops.now()),
    id: request,
    action: facts === null ? null : summarize(facts, ops),
    decision,
  };
}

export function outcomeRecord(
  action: string,
  intent: Receipt,
  enforced: Enforced,
  ops: RecordOps,
): OutcomeRecord {
  const { used = null } = enforced;
  return {
    v: 1,
    kind: "outcome",
    at: canonicalTime(ops.now()),
    action,
    intent: intent.index,
    completion: enforced.completion,
    code: enforced.code,
    result: enforced.result,
    ...(used === null ? {} : { used }),
  };
}
