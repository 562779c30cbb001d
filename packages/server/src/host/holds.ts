import { randomBytes } from "node:crypto";
import {
  type ActionRequest,
  type Approval,
  canonicalTime,
  type Decision,
  type Facts,
  type LedgerRecord,
} from "@bylaw/core";
import {
  type Cancellation,
  type HoldAnswer,
  HoldError,
  holdRecord,
  type PipelineOps,
  type Ticket,
} from "@bylaw/gateway";
import type { ApprovalState, Store, StoredApproval } from "@bylaw/store";
import type { HeldAction } from "../api/approvals.ts";
import type { Config } from "../config/config.ts";
import { type Answers, approvalRecord, createAnswers } from "./approvals/answers.ts";
import { type Batch, batchesOf } from "./approvals/batches.ts";
import { createEdit, type Reconsider } from "./approvals/edit.ts";
import { type ApprovalStats, statsOf } from "./approvals/stats.ts";
import {
  overrideOf,
  rejectionOf,
  type Shown,
  scopeOf,
  show,
  shownOf,
  type Terms,
  termsOf,
  votesFor,
} from "./approvals/terms.ts";
import { createWaivers, type Waivers } from "./approvals/waivers.ts";
import { describeEffects } from "./describe.ts";
import { createSealer } from "./sealed.ts";
import { createWaiters } from "./waiters.ts";

/** Milliseconds between two looks for requests whose time has passed. */
const EXPIRY_EVERY_MS = 1_000;

/** Actions of one agent that may wait at once; more would bury what the approver has to see. */
const WAITING_MAX = 32;
/** Characters of caller and tool definition that are kept, so that a person can edit the arguments. */
const ASKED_MAX_CHARS = 262_144;
/** Characters of arguments that are kept for an approver. */
const SHOWN_MAX_CHARS = 65_536;

/** Actions that wait for a person: in the store, so that they outlive both call and gateway. */
export interface Holds
  extends Pick<PipelineOps, "hold" | "wait" | "edited" | "rejection">,
    Answers {
  /** Approvals that facts of this action may rest on; a presented handle's own among them. */
  approvalsFor(digest: string, handle: string | null): Promise<readonly Approval[]>;
  readonly waivers: Waivers;
  list(which: "waiting" | "all" | "follow-ups"): Promise<readonly HeldAction[]>;
  /** What people made of requests, per reviewer. */
  stats(): Promise<ApprovalStats>;
  /** Waiting requests by shape. */
  batches(): Promise<readonly Batch[]>;
  /** Lets every waiting call go with a resumable handle. */
  close(): void;
}

export function createHolds(
  store: Store,
  config: Config,
  ops: Pick<PipelineOps, "now" | "factsDigest" | "record" | "bundle">,
  reconsider: Reconsider,
  told: (held: HeldAction) => void,
): Holds {
  const waiters = createWaiters();
  const sealer = createSealer(() => store.digestKey());
  const write = (record: LedgerRecord): Promise<unknown> => ops.record(record, "sync", null);
  const waivers = createWaivers(store, config, { ...ops, record: write });
  const edit = createEdit(store, sealer, reconsider, ops);
  const answering = createAnswers(store, config, sealer, waivers, { ...ops, record: write, edit });
  const answers: Partial<Record<ApprovalState, HoldAnswer>> = {
    approved: "approved",
    rejected: "rejected",
    expired: "expired",
    withdrawn: "withdrawn",
  };
  const ended = (approval: StoredApproval, verdict: "expired" | "withdrawn"): Promise<unknown> => {
    const policies = termsOf(approval).requirements.map(({ policy }) => policy);
    return write(approvalRecord(approval, verdict, null, policies, undefined, ops.now()));
  };

  function answered(id: string, state: ApprovalState): void {
    const answer = answers[state];
    if (answer !== undefined) waiters.answer(id, answer);
  }
  store.approvals.onChange(({ id, state }, elsewhere) => {
    answered(id, state);
    // Nobody answered and nothing runs: an expiry that cannot be recorded is only not told.
    if (state === "expired" && !elsewhere) void recordExpiry(id).catch(() => undefined);
  });
  async function recordExpiry(id: string): Promise<void> {
    const approval = await store.approvals.get(id);
    if (approval !== null) await ended(approval, "expired");
  }

  /** What other gateways change is announced, and announcements may be lost. */
  async function look(): Promise<void> {
    await store.approvals.expire(ops.now());
    if (!store.shared) return;
    for (const id of waiters.ids()) {
      const state = (await store.approvals.get(id))?.state;
      if (state !== undefined) answered(id, state);
    }
  }
  let looking = false;
  const expiry = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch(() => undefined) // looked at again in a second
      .finally(() => {
        looking = false;
      });
  }, EXPIRY_EVERY_MS);
  expiry.unref();

  async function hold(request: ActionRequest, facts: Facts, decision: Decision): Promise<Ticket> {
    const now = ops.now();
    // A no stands as long as the question would have: whoever asks again gets it again.
    const [rejected] = await store.approvals.rejectedFor(facts.digest, now);
    if (rejected !== undefined)
      return { id: rejected.id, expires: canonicalTime(rejected.expires) };
    const ttlMs = Math.min(
      config.holds.ttlMs,
      ...decision.requirements.map((requirement) => requirement.ttlMs),
    );
    const { chain } = facts;
    const terms: Terms = { chain, requirements: decision.requirements, scope: scopeOf(facts) };
    const shown: Shown = {
      upstream: request.upstream,
      operation: request.operation,
      target: request.target,
      arguments: request.arguments,
    };
    const agent = facts.chain.at(-1)?.id ?? facts.caller.credential;
    const text = JSON.stringify(shown);
    if (text.length > SHOWN_MAX_CHARS) throw new HoldError("hold.too_large");
    const waiting = (await store.approvals.list("waiting")).filter(
      (other) => other.agent === agent,
    );
    if (waiting.length >= WAITING_MAX && !waiting.some(({ digest }) => digest === facts.digest))
      throw new HoldError("hold.too_many");
    const id = `apr_${randomBytes(12).toString("hex")}`;
    const held = await store.approvals.hold({
      id,
      digest: facts.digest,
      agent,
      session: facts.session.id,
      credential: facts.caller.credential,
      requirements: JSON.stringify(terms),
      effects: JSON.stringify(describeEffects(facts.effects)),
      request: sealer.seal(JSON.stringify({ ...shown, ...askedOf(request) }), id),
      created: now,
      expires: now + ttlMs,
    });
    const ticket = { id: held.id, expires: canonicalTime(held.expires) };
    if (!held.created) return ticket;
    try {
      await ops.record(holdRecord(ticket, facts, decision, ops), "sync", facts);
    } catch (error) {
      // A request that the log does not know must not be answered.
      await store.approvals.advance(held.id, "waiting", "withdrawn", ops.now());
      throw error;
    }
    const stored = await store.approvals.get(held.id);
    if (stored !== null) told(show(stored, sealer));
    return ticket;
  }

  async function wait(
    ticket: Ticket,
    signal: Cancellation,
    limitMs: number = config.holds.limitMs,
  ): Promise<HoldAnswer> {
    const limit = Math.min(limitMs, config.holds.limitMs);
    const waiting = waiters.wait(ticket.id, limit, signal);
    // The answer may have come between storing the request and listening for it.
    // A look that fails is looked again; what waits stays held.
    const state = await store.approvals.get(ticket.id).then(
      (approval) => approval?.state,
      () => undefined,
    );
    if (state !== undefined) answered(ticket.id, state);
    const answer = await waiting;
    if (answer === "withdrawn" && waiters.count(ticket.id) === 0) await withdraw(ticket.id);
    return answer;
  }

  async function withdraw(id: string): Promise<void> {
    const approval = await store.approvals.get(id);
    if (approval === null) return;
    if (await store.approvals.advance(id, "waiting", "withdrawn", ops.now()))
      await ended(approval, "withdrawn");
  }

  return {
    hold,
    wait,
    ...answering,
    waivers,
    edited: async (request, digest) => {
      const [approval] = await store.approvals.editedFor(digest, ops.now());
      const shown = approval === undefined ? null : shownOf(approval, sealer);
      if (approval === undefined || shown === null) return null;
      return { ...request, arguments: shown.arguments, handle: approval.id };
    },
    rejection: async (id, digest) => {
      const approval = await store.approvals.get(id);
      const mine =
        approval?.state === "rejected" && [approval.digest, approval.origin].includes(digest);
      return mine ? rejectionOf(approval) : null;
    },
    approvalsFor: async (digest, handle) => {
      const usable = [...(await store.approvals.approvedFor(digest, ops.now()))];
      const presented = handle === null ? null : await store.approvals.get(handle);
      if (presented !== null && !usable.some(({ id }) => id === presented.id))
        if (presented.state === "waiting" || presented.state === "approved") usable.push(presented);
      return usable.map((approval) => factOf(config, approval));
    },
    list: async (which) => {
      const found =
        which === "follow-ups"
          ? await store.approvals.followUps()
          : await store.approvals.list(which === "waiting" ? "waiting" : undefined);
      return found.map((approval) => show(approval, sealer));
    },
    batches: async () => batchesOf(await store.approvals.list()),
    stats: async () => statsOf(await store.approvals.list()),
    close: () => {
      clearInterval(expiry);
      waiters.close();
    },
  };
}

/** What it takes to decide other arguments, unless the tool's definition is a book. */
function askedOf({ gateway, caller, definition }: ActionRequest): Pick<Shown, "asked"> {
  const asked = { gateway, caller, definition };
  return JSON.stringify(asked).length > ASKED_MAX_CHARS ? {} : { asked };
}

function factOf(config: Config, approval: StoredApproval): Approval {
  const { requirements } = termsOf(approval);
  const override = overrideOf(config, approval);
  return {
    id: approval.id,
    digest: approval.digest,
    policies: requirements.map(({ policy, digest }) => ({ id: policy, digest })),
    votes: votesFor(config, approval),
    expires: canonicalTime(approval.expires),
    ...(override === null ? {} : { override }),
  };
}
