import type { StoredApproval } from "@bylaw/store";
import { noteOf } from "./terms.ts";

/** An answer that took less than this can hardly have been read: three seconds, in milliseconds. */
const READ_MIN_MS = 3_000;

/** How one person answers. Shares are 0 to 1. */
export interface ReviewerStats {
  readonly user: string;
  readonly answers: number;
  readonly approved: number;
  /** Milliseconds between request and answer: half of the answers took no longer. */
  readonly medianMs: number;
  /** Yeses within three seconds, of all answers. */
  readonly hasty: number;
  readonly brokenGlass: number;
}

export interface ApprovalStats {
  /** Requests that are kept, in whatever state. */
  readonly requests: number;
  readonly waiting: number;
  /** Nobody answered in time. */
  readonly expired: number;
  /** By name. */
  readonly reviewers: readonly ReviewerStats[];
}

/** What people made of requests: whether answers are read, or given. */
export function statsOf(approvals: readonly StoredApproval[]): ApprovalStats {
  const votes = approvals.flatMap(({ created, votes: all }) =>
    all.map((vote) => ({ ...vote, took: Math.max(0, vote.at - created) })),
  );
  const users = [...new Set(votes.map(({ user }) => user))].sort();
  const count = (state: StoredApproval["state"]): number =>
    approvals.filter((one) => one.state === state).length;
  return {
    requests: approvals.length,
    waiting: count("waiting"),
    expired: count("expired"),
    reviewers: users.map((user): ReviewerStats => {
      const mine = votes.filter((vote) => vote.user === user);
      const yes = mine.filter(({ verdict }) => verdict === "approve");
      return {
        user,
        answers: mine.length,
        approved: yes.length / mine.length,
        medianMs: median(mine.map(({ took }) => took)),
        hasty: yes.filter(({ took }) => took < READ_MIN_MS).length / mine.length,
        brokenGlass: mine.filter((vote) => noteOf(vote).override === true).length,
      };
    }),
  };
}

/** The lower of the two in the middle of an even number. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}
