import {
  type ApprovalRecord,
  canonicalTime,
  type JsonObject,
  type LedgerRecord,
  mayAnswer,
  type Vote,
} from "@bylaw/core";
import type { Store, StoredApproval } from "@bylaw/store";
import type { HeldAction, VoteError } from "../../api/approvals.ts";
import type { Config } from "../../config/config.ts";
import { createExclusive } from "../exclusive.ts";
import type { Sealer } from "../sealed.ts";
import type { Edit } from "./edit.ts";
import { type Note, noteOf, personOf, show, termsOf, votesFor, type WaiverTerms } from "./terms.ts";
import type { Waivers } from "./waivers.ts";

/** A person's answer to a held action. */
export interface Answer {
  readonly user: string;
  readonly verdict: "approve" | "reject";
  /** What the agent, or whoever reads the log, is told; null for nothing. */
  readonly reason: string | null;
  /** A yes for more of the same; null for this one action. */
  readonly waiver: WaiverTerms | null;
  /** What to run it with instead; null for as it was asked. */
  readonly arguments: JsonObject | null;
  /** The exact action that the person meant; null where nobody had to prove it. */
  readonly digest: string | null;
}

/** Why an answer does not count; the message is for people. */
interface Refusal {
  readonly error: VoteError;
  readonly message?: string;
}

type Answered = Promise<HeldAction | Refusal>;

/** What people do with held actions. */
export interface Answers {
  vote(id: string, answer: Answer): Answered;
  /** A yes without those who are asked, for people who are named for it; somebody has to look later. */
  breakGlass(id: string, user: string, reason: string, digest: string | null): Answered;
  /** Closes what is left to look at after a broken glass. */
  review(id: string, user: string, text: string): Promise<VoteError | null>;
}

export function createAnswers(
  store: Store,
  config: Config,
  sealer: Sealer,
  waivers: Waivers,
  ops: {
    readonly now: () => number;
    readonly record: (record: LedgerRecord) => Promise<unknown>;
    readonly edit: Edit;
  },
): Answers {
  /** One answer at a time per request: the log tells them in the order in which they counted. */
  const inTurn = createExclusive();

  function suffices(approval: StoredApproval): boolean {
    const { chain, requirements } = termsOf(approval);
    const votes = votesFor(config, approval);
    return requirements.every(
      ({ approvers, quorum }) =>
        votes.filter((person) => mayAnswer(person, approvers, chain)).length >= quorum,
    );
  }

  const alarm = (code: string, by: string, text: string): Promise<unknown> =>
    ops.record({
      v: 1,
      kind: "alarm",
      at: canonicalTime(ops.now()),
      code,
      bundle: null,
      action: null,
      by,
      text,
    });

  /** The waiting request and who answers, or why there is no answer. */
  async function asked(
    id: string,
    user: string,
  ): Promise<
    { readonly approval: StoredApproval; readonly person: Vote } | { readonly error: VoteError }
  > {
    const approval = await store.approvals.get(id);
    if (approval === null) return { error: "approval.not_found" };
    if (approval.state !== "waiting") return { error: "approval.not_waiting" };
    const person = personOf(config, user);
    return person === null ? { error: "approver.unknown" } : { approval, person };
  }

  /** Recorded before it counts: nothing runs on a yes that the log does not know. */
  async function cast(
    approval: StoredApproval,
    { user, verdict }: Pick<Answer, "user" | "verdict">,
    note: Note,
    policies: readonly string[],
  ): Promise<VoteError | null> {
    const { reason } = note;
    const { id } = approval;
    await ops.record(approvalRecord(approval, verdict, user, policies, reason, ops.now()));
    const text = Object.keys(note).length === 0 ? "" : JSON.stringify(note);
    const refusal = await store.approvals.vote({ id, user, verdict, at: ops.now(), note: text });
    return refusal === null ? null : "approval.not_waiting";
  }

  async function count(id: string, answer: Answer): Answered {
    const { user, verdict, reason, waiver } = answer;
    const found = await asked(id, user);
    if ("error" in found) return found;
    const { approval, person } = found;
    // Edited while the person was asked: what is there now was not meant.
    if (answer.digest !== null && answer.digest !== approval.digest)
      return { error: "approval.changed" };
    const terms = termsOf(approval);
    const answered = terms.requirements
      .filter(({ approvers }) => mayAnswer(person, approvers, terms.chain))
      .map(({ policy }) => policy);
    if (answered.length === 0 && terms.requirements.length > 0)
      return { error: "approver.not_eligible" };
    if (answer.arguments !== null) {
      const refused = await ops.edit(approval, answer.arguments);
      // Decided anew: who may answer, and whether that is asked at all, may be another matter now.
      return refused ?? count(id, { ...answer, arguments: null, digest: null });
    }
    if (waiver !== null && !waivers.allowed(terms)) return { error: "approval.not_waivable" };
    const before = approval.votes.find((other) => other.user === user);
    // A gateway that was killed between vote and approval finishes when the same person asks again.
    if (before !== undefined && (before.verdict !== verdict || !suffices(approval)))
      return { error: "approver.voted" };
    if (before === undefined) {
      const note: Note = {
        ...(reason === null ? {} : { reason }),
        ...(waiver === null ? {} : { waiver }),
      };
      const refused = await cast(approval, answer, note, answered);
      if (refused !== null) return { error: refused };
    }
    const voted = (await store.approvals.get(id)) ?? approval;
    if (verdict === "approve" && suffices(voted) && (await advance(id))) await waivers.give(voted);
    return show((await store.approvals.get(id)) ?? voted, sealer);
  }

  function advance(id: string): Promise<boolean> {
    return store.approvals.advance(id, "waiting", "approved", ops.now());
  }

  async function override(
    id: string,
    user: string,
    reason: string,
    digest: string | null,
  ): Answered {
    const found = await asked(id, user);
    if ("error" in found) return found;
    const { approval, person } = found;
    if (digest !== null && digest !== approval.digest) return { error: "approval.changed" };
    const { chain, requirements } = termsOf(approval);
    if (!mayAnswer(person, config.holds.breakGlass, chain))
      return { error: "approver.not_eligible" };
    const before = approval.votes.find((other) => other.user === user);
    if (before !== undefined && noteOf(before).override !== true)
      return { error: "approver.voted" };
    if (before === undefined) {
      await alarm("approval.break_glass", user, `${id}: ${reason}`);
      await store.approvals.followUp(id, "", "open");
      const policies = requirements.map(({ policy }) => policy);
      const answer = { user, verdict: "approve" } as const;
      const refused = await cast(approval, answer, { reason, override: true }, policies);
      if (refused !== null) return { error: refused };
    }
    await advance(id);
    return show((await store.approvals.get(id)) ?? approval, sealer);
  }

  async function review(id: string, user: string, text: string): Promise<VoteError | null> {
    const approval = await store.approvals.get(id);
    if (approval?.followup !== "open") return "approval.nothing_to_review";
    if (personOf(config, user) === null) return "approver.unknown";
    const { chain } = termsOf(approval);
    const involved = [...approval.votes.map((vote) => vote.user), ...chain.map((one) => one.id)];
    if (involved.includes(user)) return "approver.not_eligible";
    await alarm("approval.reviewed", user, `${id}: ${text}`);
    const closed = await store.approvals.followUp(id, "open", user);
    return closed ? null : "approval.nothing_to_review";
  }

  return {
    vote: (id, answer) => inTurn(id, () => count(id, answer)),
    breakGlass: (id, user, reason, digest) => inTurn(id, () => override(id, user, reason, digest)),
    review: (id, user, text) => inTurn(id, () => review(id, user, text)),
  };
}

/** What came of a request, and who said what to it. */
export function approvalRecord(
  approval: StoredApproval,
  verdict: "approve" | "reject" | "expired" | "withdrawn",
  by: string | null,
  policies: readonly string[],
  reason: string | undefined,
  now: number,
): ApprovalRecord {
  const said = { approve: "approved", reject: "rejected" } as const;
  return {
    v: 1,
    kind: "approval",
    at: canonicalTime(now),
    approval: approval.id,
    digest: approval.digest,
    verdict: verdict === "approve" || verdict === "reject" ? said[verdict] : verdict,
    by,
    policies,
    ...(reason === undefined ? {} : { reason }),
  };
}
