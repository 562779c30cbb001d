import type { Used } from "@bylaw/core";
import { addAgent, removeAgent, rotateAgent, type StoredAgent, suspendAgent } from "./agents.ts";
import {
  type ApprovalChange,
  type ApprovalState,
  advanceApproval,
  type Counted,
  countVote,
  type EditedAction,
  editAction,
  expireApprovals,
  followUp,
  type Held,
  type HeldAction,
  holdAction,
  type Voted,
} from "./approvals.ts";
import { type Prune, pruneBodies } from "./bodies.ts";
import {
  type Judged,
  type JudgedDefinition,
  judgeDefinition,
  type SeenDefinition,
  type Sighting,
  seeDefinition,
} from "./definitions.ts";
import { addDelegation, type NewDelegation, revokeDelegation } from "./delegations.ts";
import {
  type AddedFactor,
  addFactor,
  attemptFactor,
  type FactorAttempt,
  type NewFactor,
  type PassedFactor,
  passFactor,
  removeFactors,
} from "./factors.ts";
import {
  type HaltInput,
  type HaltResult,
  halt,
  type ResumeInput,
  type ResumeResult,
  resume,
} from "./halts.ts";
import type { Durability } from "./log.ts";
import type { Append } from "./log-writer.ts";
import {
  countDenial,
  forgetClaims,
  limitGrant,
  pruneCharges,
  type Reservation,
  releaseClaims,
  reserveClaims,
  revokeGrant,
  settleClaims,
} from "./reservations.ts";
import { runningSession, type Session } from "./sessions.ts";
import { forgetUses, type SingleUse, useOnce } from "./uses.ts";
import { addWaiver, dropWaivers, type StoredWaiver } from "./waivers.ts";
import type { Work } from "./work.ts";

/** Changes to what gateways may share: one plain input each, since some cross a thread boundary. */
export interface SharedWrites {
  session(input: {
    readonly credential: string;
    readonly now: number;
    readonly proposed: string;
  }): Session;
  addAgent(input: StoredAgent): boolean;
  suspendAgent(input: { readonly id: string; readonly suspended: boolean }): boolean;
  rotateAgent(input: { readonly id: string; readonly token: string }): boolean;
  removeAgent(input: { readonly id: string }): boolean;
  hold(input: HeldAction): Held;
  vote(input: Voted): Counted;
  advance(input: {
    readonly id: string;
    readonly from: ApprovalState;
    readonly to: ApprovalState;
    readonly now: number;
  }): boolean;
  edit(input: EditedAction): boolean;
  followUp(input: { readonly id: string; readonly from: string; readonly to: string }): boolean;
  addWaiver(input: StoredWaiver): void;
  /** Ends what is overdue, and forgets ended waivers and charges that nothing looks back to. */
  expire(input: { readonly now: number }): readonly ApprovalChange[];
  reserve(input: { readonly reservation: Reservation; readonly now: number }): boolean;
  release(input: { readonly action: string }): readonly ApprovalChange[];
  /** In: whether the action counts for a limit of what is in flight, and what it used, where that is told. */
  settle(input: {
    readonly action: string;
    readonly flies: boolean;
    readonly used: Used | null;
  }): void;
  halt(input: HaltInput): HaltResult;
  resume(input: ResumeInput): ResumeResult;
  denied(input: { readonly id: string; readonly agent: string; readonly now: number }): void;
  limitGrant(input: { readonly id: string; readonly uses: number }): void;
  revokeGrant(input: { readonly id: string }): boolean;
  useOnce(input: SingleUse): boolean;
  addDelegation(input: { readonly delegation: NewDelegation; readonly now: number }): boolean;
  revokeDelegation(input: { readonly id: string }): boolean;
  addFactor(input: NewFactor): AddedFactor;
  removeFactors(input: { readonly person: string; readonly id: string }): number;
  attemptFactor(input: FactorAttempt): boolean;
  passFactor(input: PassedFactor): boolean;
  forgetUses(input: { readonly now: number }): number;
  see(input: SeenDefinition): Sighting;
  judge(input: JudgedDefinition): Judged | null;
  /** Deletes bodies, and in SQLite what is left of them in the write-ahead log. */
  prune(input: Prune): number;
  /** Forgets the claims of an earlier run: what it did not give back stays used. */
  startRun(input: null): void;
}

/** Changes to the log of one gateway, but for its entries. */
export interface LogWrites {
  /** Signs and keeps a checkpoint of everything recorded so far; returns the newest. */
  checkpoint(input: null): string;
}

export type Writes = SharedWrites & LogWrites;

/** Each shared change as statements, the same in every database. In: whose claims they are. */
export function sharedWrites(log: number): {
  readonly [K in keyof SharedWrites]: (
    input: Parameters<SharedWrites[K]>[0],
  ) => Work<ReturnType<SharedWrites[K]>>;
} {
  return {
    session: ({ credential, now, proposed }) => runningSession(credential, now, proposed),
    addAgent,
    suspendAgent: ({ id, suspended }) => suspendAgent(id, suspended),
    rotateAgent: ({ id, token }) => rotateAgent(id, token),
    removeAgent: ({ id }) => removeAgent(id),
    hold: holdAction,
    vote: countVote,
    advance: ({ id, from, to, now }) => advanceApproval(id, from, to, now),
    edit: editAction,
    followUp: ({ id, from, to }) => followUp(id, from, to),
    addWaiver,
    *expire({ now }): Work<readonly ApprovalChange[]> {
      yield* pruneCharges(now);
      yield* dropWaivers(now);
      return yield* expireApprovals(now);
    },
    reserve: ({ reservation, now }) => reserveClaims(reservation, now, log),
    release: ({ action }) => releaseClaims(action, log),
    settle: (input) => settleClaims(input, log),
    halt,
    resume,
    denied: ({ id, agent, now }) => countDenial(id, agent, now),
    limitGrant: ({ id, uses }) => limitGrant(id, uses),
    revokeGrant: ({ id }) => revokeGrant(id),
    useOnce,
    addDelegation: ({ delegation, now }) => addDelegation(delegation, now),
    revokeDelegation: ({ id }) => revokeDelegation(id),
    addFactor,
    removeFactors,
    attemptFactor,
    passFactor,
    forgetUses: ({ now }) => forgetUses(now),
    see: seeDefinition,
    judge: judgeDefinition,
    prune: (input) => pruneBodies(input, log),
    startRun: () => forgetClaims(log),
  };
}

/** Whoever makes changes, as the rest of the store sees it. */
export interface WriterClient {
  /**
   * Runs one write. Resolves after the commit that holds it; with `sync`, after that commit is on
   * disk. Rejects with `ledger.unavailable` when it may not have happened.
   */
  call<K extends keyof Writes>(
    op: K,
    input: Parameters<Writes[K]>[0],
    sync: boolean,
  ): Promise<ReturnType<Writes[K]>>;
  /**
   * Appends an entry; resolves with its index once it is as durable as asked, and with `sync` whatever was
   * called before it too. Rejects with `ledger.unavailable`.
   */
  append(input: Append, durability: Durability): Promise<number>;
  /**
   * Leaves nothing of what was deleted from the database in any copy that is made on the way there. Rejects
   * with `ledger.unavailable`.
   */
  forget(): Promise<void>;
  /** Resolves when every entry that was acknowledged can be read, or cannot be at present. */
  settled(): Promise<void>;
  healthy(): boolean;
  /** Finishes what was called, signs a last checkpoint and ends. */
  close(): Promise<void>;
}
