import {
  type ApprovalChange,
  type ApprovalReader,
  type ApprovalState,
  approvalReader,
  type EditedAction,
  type HeldAction,
  type Voted,
  type VoteRefusal,
} from "./approvals.ts";
import type { Read } from "./work.ts";
import type { WriterClient } from "./writes.ts";

/** `elsewhere`: another gateway made the change, and has told its log. */
export type ApprovalListener = (change: ApprovalChange, elsewhere: boolean) => void;

/** Held actions and the people's answers to them. Every change is on disk when it resolves. */
export interface Approvals extends ApprovalReader {
  /** Stores a held action, or finds the one that already waits for exactly this digest. */
  hold(held: HeldAction): Promise<{
    readonly id: string;
    readonly expires: number;
    readonly created: boolean;
  }>;
  /**
   * Records a person's vote, one per person; null when it counts. A rejection ends the request.
   * Who may vote and whether the votes suffice is the caller's to judge: after a vote, read the
   * approval and `advance` it from waiting to approved.
   */
  vote(vote: Voted): Promise<VoteRefusal | null>;
  /** Compare-and-swap; false when the approval was not in `from`, its time is up, or no such step exists. */
  advance(id: string, from: ApprovalState, to: ApprovalState, now: number): Promise<boolean>;
  /** Puts what a person made of it in the place of a held action that nobody has answered yet. */
  edit(edited: EditedAction): Promise<boolean>;
  /** Compare-and-swap of `followup`: empty, `open`, or who has looked. */
  followUp(id: string, from: string, to: string): Promise<boolean>;
  /** Ends everything whose time has passed. */
  expire(now: number): Promise<readonly ApprovalChange[]>;
  /**
   * Calls the listener after each change of state; the result stops it. Changes by other gateways
   * come as fast as their database tells, and may come twice or not at all: whoever waits looks.
   */
  onChange(listener: ApprovalListener): () => void;
}

/** Tells listeners what was changed. */
export type Announce = (changes: readonly ApprovalChange[], elsewhere?: boolean) => void;

export function createApprovals(
  writer: WriterClient,
  read: Read,
): { readonly approvals: Approvals; readonly announce: Announce } {
  const listeners = new Set<ApprovalListener>();
  const announce: Announce = (changes, elsewhere = false) => {
    for (const change of changes) for (const listener of listeners) listener(change, elsewhere);
  };

  const approvals: Approvals = {
    ...approvalReader(read),
    async hold(held): ReturnType<Approvals["hold"]> {
      const { changes, ...stored } = await writer.call("hold", held, true);
      announce(changes);
      return stored;
    },
    async vote(vote): Promise<VoteRefusal | null> {
      const { refusal, changes } = await writer.call("vote", vote, true);
      announce(changes);
      return refusal;
    },
    async advance(id, from, to, now): Promise<boolean> {
      const moved = await writer.call("advance", { id, from, to, now }, true);
      if (moved) announce([{ id, state: to }]);
      return moved;
    },
    edit: (edited) => writer.call("edit", edited, true),
    followUp: (id, from, to) => writer.call("followUp", { id, from, to }, true),
    async expire(now): Promise<readonly ApprovalChange[]> {
      const changes = await writer.call("expire", { now }, true);
      announce(changes);
      return changes;
    },
    onChange(listener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return { approvals, announce };
}
