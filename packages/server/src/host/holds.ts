import { randomBytes } from "node:crypto";
import {
  type ActionRequest,
  type Approval,
  type ApprovalRecord,
  canonicalTime,
  type Decision,
  type Facts,
  mayAnswer,
  type Principal,
  type Requirement,
  type Vote,
} from "@bylaw/core";
import {
  type HoldAnswer,
  HoldError,
  holdRecord,
  type PipelineOps,
  type Ticket,
} from "@bylaw/gateway";
import type { ApprovalState, Store, StoredApproval } from "@bylaw/store";
import type { HeldAction, VoteError } from "../api/admin.ts";
import type { Config } from "../config/config.ts";
import { describeEffects } from "./describe.ts";
import { createExclusive } from "./exclusive.ts";
import { createSealer, type Sealer } from "./sealed.ts";
import { createWaiters } from "./waiters.ts";

/** Milliseconds between two looks for requests whose time has passed. */
const EXPIRY_EVERY_MS = 1_000;

/** Actions of one agent that may wait at once; more would bury what the approver has to see. */
const WAITING_MAX = 32;
/** Characters of arguments that are kept for an approver. */
const SHOWN_MAX_CHARS = 65_536;

/** What is stored with a held action besides what its approver reads. */
interface Terms {
  readonly chain: readonly Principal[];
  readonly requirements: readonly Requirement[];
}

/** What the approver reads; deleted when the request ends. */
interface Shown {
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly arguments: unknown;
}

/** Actions that wait for a person: in the store, so that they outlive both call and gateway. */
export interface Holds extends Pick<PipelineOps, "hold" | "wait"> {
  /** Approvals that facts of this action may rest on; a presented handle's own among them. */
  approvalsFor(digest: string, handle: string | null): Promise<readonly Approval[]>;
  list(waitingOnly: boolean): Promise<readonly HeldAction[]>;
  vote(
    id: string,
    user: string,
    verdict: "approve" | "reject",
  ): Promise<HeldAction | { readonly error: VoteError }>;
  /** Lets every waiting call go with a resumable handle. */
  close(): void;
}

export function createHolds(
  store: Store,
  config: Config,
  ops: Pick<PipelineOps, "now" | "factsDigest" | "record">,
): Holds {
  const waiters = createWaiters();
  const sealer = createSealer(() => store.digestKey());
  const inTurn = createExclusive();
  const answers: Partial<Record<ApprovalState, HoldAnswer>> = {
    approved: "approved",
    rejected: "rejected",
    expired: "expired",
    withdrawn: "withdrawn",
  };
  const record = (
    approval: StoredApproval,
    verdict: ApprovalRecord["verdict"],
    by: string | null,
    policies: readonly string[] = termsOf(approval).requirements.map(({ policy }) => policy),
  ) =>
    ops.record(
      {
        v: 1,
        kind: "approval",
        at: canonicalTime(ops.now()),
        approval: approval.id,
        digest: approval.digest,
        verdict,
        by,
        policies,
      },
      "sync",
      null,
    );

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
    const ended = await store.approvals.get(id);
    if (ended !== null) await record(ended, "expired", null);
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
    const ttlMs = Math.min(
      config.holds.ttlMs,
      ...decision.requirements.map((requirement) => requirement.ttlMs),
    );
    const terms: Terms = { chain: facts.chain, requirements: decision.requirements };
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
      request: sealer.seal(text, id),
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
    return ticket;
  }

  async function wait(
    ticket: Ticket,
    signal: AbortSignal,
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
      await record(approval, "withdrawn", null);
  }

  function personOf(user: string): Vote | null {
    const person = Object.hasOwn(config.people, user) ? config.people[user] : undefined;
    return person === undefined ? null : { user, groups: person.groups };
  }

  function votesFor(approval: StoredApproval): readonly Vote[] {
    return approval.votes
      .filter(({ verdict }) => verdict === "approve")
      .map(({ user }) => personOf(user))
      .filter((person) => person !== null);
  }

  function suffices(approval: StoredApproval): boolean {
    const { chain, requirements } = termsOf(approval);
    const votes = votesFor(approval);
    return requirements.every(
      ({ approvers, quorum }) =>
        votes.filter((person) => mayAnswer(person, approvers, chain)).length >= quorum,
    );
  }

  /** One answer at a time per request: the log tells them in the order in which they counted. */
  const vote: Holds["vote"] = (id, user, verdict) => inTurn(id, () => count(id, user, verdict));

  async function count(
    id: string,
    user: string,
    verdict: "approve" | "reject",
  ): ReturnType<Holds["vote"]> {
    const approval = await store.approvals.get(id);
    if (approval === null) return { error: "approval.not_found" };
    if (approval.state !== "waiting") return { error: "approval.not_waiting" };
    const person = personOf(user);
    if (person === null) return { error: "approver.unknown" };
    const { chain, requirements } = termsOf(approval);
    const answered = requirements
      .filter(({ approvers }) => mayAnswer(person, approvers, chain))
      .map(({ policy }) => policy);
    if (answered.length === 0) return { error: "approver.not_eligible" };
    const before = approval.votes.find((other) => other.user === user);
    // A gateway that was killed between vote and approval finishes when the same person asks again.
    if (before !== undefined && (before.verdict !== verdict || !suffices(approval)))
      return { error: "approver.voted" };
    if (before === undefined) {
      // Recorded before it counts: nothing runs on a yes that the log does not know.
      await record(approval, verdict === "approve" ? "approved" : "rejected", user, answered);
      const refusal = await store.approvals.vote({ id, user, verdict, at: ops.now() });
      if (refusal !== null) return { error: "approval.not_waiting" };
    }
    const voted = (await store.approvals.get(id)) ?? approval;
    if (verdict === "approve" && suffices(voted))
      await store.approvals.advance(id, "waiting", "approved", ops.now());
    return show((await store.approvals.get(id)) ?? voted, sealer);
  }

  return {
    hold,
    wait,
    vote,
    approvalsFor: async (digest, handle) => {
      const usable = [...(await store.approvals.approvedFor(digest, ops.now()))];
      const presented = handle === null ? null : await store.approvals.get(handle);
      if (presented !== null && !usable.some(({ id }) => id === presented.id))
        if (presented.state === "waiting" || presented.state === "approved") usable.push(presented);
      return usable.map((approval) => ({
        id: approval.id,
        digest: approval.digest,
        policies: termsOf(approval).requirements.map(({ policy, digest: content }) => ({
          id: policy,
          digest: content,
        })),
        votes: votesFor(approval),
        expires: canonicalTime(approval.expires),
      }));
    },
    list: async (waitingOnly) =>
      (await store.approvals.list(waitingOnly ? "waiting" : undefined)).map((approval) =>
        show(approval, sealer),
      ),
    close: () => {
      clearInterval(expiry);
      waiters.close();
    },
  };
}

function termsOf(approval: StoredApproval): Terms {
  return JSON.parse(approval.requirements) as Terms;
}

function show(approval: StoredApproval, sealer: Sealer): HeldAction {
  const text = approval.request === "" ? null : sealer.unseal(approval.request, approval.id);
  const shown = text === null ? null : (JSON.parse(text) as Shown);
  return {
    id: approval.id,
    state: approval.state,
    agent: approval.agent,
    session: approval.session,
    upstream: shown?.upstream ?? "",
    operation: shown?.operation ?? "",
    target: shown?.target ?? null,
    created: canonicalTime(approval.created),
    expires: canonicalTime(approval.expires),
    effects: JSON.parse(approval.effects) as readonly string[],
    requirements: termsOf(approval).requirements.map(({ policy, reason, approvers, quorum }) => ({
      policy,
      reason,
      approvers,
      quorum,
    })),
    votes: approval.votes.map(({ user, verdict }) => ({ user, verdict })),
    arguments: shown?.arguments ?? null,
  };
}
