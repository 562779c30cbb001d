import {
  type ActionRequest,
  canonicalTime,
  type Effect,
  type EntityRef,
  type Facts,
  type JsonObject,
  type Principal,
  type Requirement,
  type Vote,
  type Waiver,
} from "@bylaw/core";
import type { StoredApproval, StoredVote } from "@bylaw/store";
import type { HeldAction } from "../../api/approvals.ts";
import type { Config } from "../../config/config.ts";
import type { Sealer } from "../sealed.ts";
import { summaryOf } from "./summary.ts";

/** What an action was, apart from its arguments: what a waiver for more of it is cut from. */
export type Scope = Pick<Waiver, "gateway" | "upstream" | "operation" | "target" | "definition"> & {
  readonly effects: readonly Effect[];
};

/** What is stored with a held action besides what its approver reads. */
export interface Terms {
  readonly chain: readonly Principal[];
  readonly requirements: readonly Requirement[];
  /** Absent in requests that an earlier version has stored. */
  readonly scope?: Scope;
}

/** What the approver reads; deleted when the request ends. */
export interface Shown {
  readonly upstream: string;
  readonly operation: string;
  readonly target: string | null;
  readonly arguments: JsonObject;
  /** What besides is needed to decide other arguments; absent where that is too large to be kept. */
  readonly asked?: Pick<ActionRequest, "gateway" | "caller" | "definition">;
  /** As the agent had them, where a person has edited them since. */
  readonly original?: JsonObject;
}

/** For how long, for which session and how often a yes holds for more of the same. */
export interface WaiverTerms {
  readonly forMs: number;
  /** Only in the session of the held action. */
  readonly session: boolean;
  readonly uses: number;
}

/** What a person says with a vote. */
export interface Note {
  readonly reason?: string;
  readonly waiver?: WaiverTerms;
  /** The glass was broken: the vote counts for everybody who is asked. */
  readonly override?: true;
}

export function termsOf(approval: Pick<StoredApproval, "requirements">): Terms {
  return JSON.parse(approval.requirements) as Terms;
}

export function scopeOf({ action, effects }: Facts): Scope {
  const { gateway, upstream, operation, target, definition } = action;
  return { gateway, upstream, operation, target, definition, effects };
}

export function noteOf({ note }: Pick<StoredVote, "note">): Note {
  return note === "" ? {} : (JSON.parse(note) as Note);
}

/** What the person said who rejected it; empty where nothing was said. */
export function rejectionOf({ votes }: StoredApproval): string {
  const vote = votes.find(({ verdict }) => verdict === "reject");
  return vote === undefined ? "" : (noteOf(vote).reason ?? "");
}

/** The person of the directory with the groups of today; null for a stranger. */
export function personOf({ people }: Config, user: string): Vote | null {
  const person = Object.hasOwn(people, user) ? people[user] : undefined;
  return person === undefined ? null : { user, groups: person.groups };
}

/** Everybody who said yes and is in the directory still. */
export function votesFor(config: Config, approval: StoredApproval): readonly Vote[] {
  return approval.votes
    .filter(({ verdict }) => verdict === "approve")
    .flatMap(({ user }) => personOf(config, user) ?? []);
}

/** Who broke the glass, if somebody of the directory did. */
export function overrideOf(config: Config, { votes }: StoredApproval): string | null {
  const vote = votes.find((one) => one.verdict === "approve" && noteOf(one).override === true);
  return vote === undefined ? null : (personOf(config, vote.user)?.user ?? null);
}

export function refs(chain: readonly Principal[]): readonly EntityRef[] {
  return chain.map(({ type, id }) => ({ type, id }));
}

/** Null once the request has ended. */
export function shownOf({ id, request }: StoredApproval, sealer: Sealer): Shown | null {
  const text = request === "" ? null : sealer.unseal(request, id);
  return text === null ? null : (JSON.parse(text) as Shown);
}

/** A held action as people see it. */
export function show(approval: StoredApproval, sealer: Sealer): HeldAction {
  const shown = shownOf(approval, sealer);
  const { requirements, scope } = termsOf(approval);
  return {
    id: approval.id,
    state: approval.state,
    agent: approval.agent,
    session: approval.session,
    upstream: scope?.upstream ?? shown?.upstream ?? "",
    operation: scope?.operation ?? shown?.operation ?? "",
    target: scope?.target ?? shown?.target ?? null,
    created: canonicalTime(approval.created),
    expires: canonicalTime(approval.expires),
    summary: scope === undefined ? [] : summaryOf(scope.effects),
    effects: JSON.parse(approval.effects) as readonly string[],
    requirements: requirements.map(({ policy, reason, approvers, quorum }) => ({
      policy,
      reason,
      approvers,
      quorum,
    })),
    votes: approval.votes.map((vote) => ({
      user: vote.user,
      verdict: vote.verdict,
      reason: noteOf(vote).reason ?? null,
    })),
    arguments: shown?.arguments ?? null,
    original: shown?.original ?? null,
  };
}
