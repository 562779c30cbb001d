import { integer, type Row, type SqliteDriver, text } from "./driver.ts";

/** Where a held action stands. */
export type ApprovalState = "waiting" | "approved" | "used" | "rejected" | "expired" | "withdrawn";

/** The whole state machine; whatever is not listed cannot happen. `used` to `approved` is a release. */
const TRANSITIONS: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  waiting: ["approved", "rejected", "expired", "withdrawn"],
  approved: ["used", "rejected", "expired", "withdrawn"],
  used: ["approved"],
  rejected: [],
  expired: [],
  withdrawn: [],
};

/** States in which nothing waits any more: what the approver was shown is deleted. */
const ENDED: readonly ApprovalState[] = ["used", "rejected", "expired", "withdrawn"];

/** A held action to store. The JSON texts are the caller's; the store gives them back unread. */
export interface HeldAction {
  /** Proposed id; an identical action that waits already keeps its own. */
  readonly id: string;
  /** Exact-action digest. */
  readonly digest: string;
  readonly agent: string;
  readonly session: string;
  readonly credential: string;
  readonly requirements: string;
  readonly effects: string;
  /** What the approver sees, arguments included; deleted when the request ends. */
  readonly request: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly expires: number;
}

export interface StoredVote {
  readonly user: string;
  readonly verdict: "approve" | "reject";
  readonly at: number;
}

export interface StoredApproval extends HeldAction {
  readonly state: ApprovalState;
  readonly votes: readonly StoredVote[];
}

export interface Voted {
  readonly id: string;
  readonly user: string;
  readonly verdict: "approve" | "reject";
  readonly at: number;
}

/** Why a vote does not count. */
export type VoteRefusal =
  | "approval.unknown"
  | "approval.ended"
  | "approval.expired"
  | "approval.voted";

/** A state that an approval has reached, for whoever waits for it. */
export interface ApprovalChange {
  readonly id: string;
  readonly state: ApprovalState;
}

/** Changes to approvals, each within the caller's transaction. */
export interface ApprovalWriter {
  /** Stores a held action, or finds the one that waits for exactly this; ends what is overdue. */
  hold(held: HeldAction): {
    readonly id: string;
    readonly expires: number;
    readonly created: boolean;
    readonly changes: readonly ApprovalChange[];
  };
  /** Records a person's vote; a rejection ends the request. */
  vote(vote: Voted): {
    readonly refusal: VoteRefusal | null;
    readonly changes: readonly ApprovalChange[];
  };
  /** Compare-and-swap between two states; false when the approval was not in `from`, or is overdue. */
  advance(id: string, from: ApprovalState, to: ApprovalState, now: number): boolean;
  /** Takes an approval for one action: approved and not expired, else false. */
  use(id: string, action: string, now: number): boolean;
  /** Gives back what an action took and never used. */
  unuse(action: string): readonly ApprovalChange[];
  /** Ends everything whose time has passed. */
  expire(now: number): readonly ApprovalChange[];
}

export function approvalWriter(db: SqliteDriver): ApprovalWriter {
  const waiting = db.prepare(
    "SELECT id, expires FROM approval WHERE digest = ? AND state = 'waiting'",
  );
  const insert = db.prepare(
    `INSERT INTO approval (id, digest, agent, session, credential, requirements, effects, request,
       created, expires, state, action) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', '')`,
  );
  const find = db.prepare("SELECT state, expires FROM approval WHERE id = ?");
  const vote = db.prepare(
    "INSERT INTO vote (approval, person, verdict, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const move = db.prepare(
    "UPDATE approval SET state = ?, action = ? WHERE id = ? AND state = ? AND expires > ?",
  );
  const overdue = db.prepare(
    "SELECT id, state FROM approval WHERE state IN ('waiting', 'approved') AND expires <= ?",
  );
  const taken = db.prepare("SELECT id FROM approval WHERE action = ? AND state = 'used'");
  const forget = db.prepare("UPDATE approval SET request = '' WHERE id = ?");

  /** The only statement that changes a state. `after` is the time that must not have been reached. */
  function transition(
    id: string,
    from: ApprovalState,
    to: ApprovalState,
    action: string,
    after: number,
  ): boolean {
    if (!TRANSITIONS[from].includes(to)) return false;
    if (move.run(to, action, id, from, after) !== 1) return false;
    if (ENDED.includes(to)) forget.run(id);
    return true;
  }

  function expire(now: number): readonly ApprovalChange[] {
    return overdue.all(now).map((row) => {
      const id = text(row, "id");
      transition(id, text(row, "state") as ApprovalState, "expired", "", 0);
      return { id, state: "expired" };
    });
  }

  return {
    hold(held): ReturnType<ApprovalWriter["hold"]> {
      const changes = expire(held.created);
      const found = waiting.get(held.digest);
      if (found !== null)
        return {
          id: text(found, "id"),
          expires: integer(found, "expires"),
          created: false,
          changes,
        };
      insert.run(
        held.id,
        held.digest,
        held.agent,
        held.session,
        held.credential,
        held.requirements,
        held.effects,
        held.request,
        held.created,
        held.expires,
      );
      return { id: held.id, expires: held.expires, created: true, changes };
    },
    vote({ id, user, verdict, at }): ReturnType<ApprovalWriter["vote"]> {
      const refused = (refusal: VoteRefusal): ReturnType<ApprovalWriter["vote"]> => ({
        refusal,
        changes: [],
      });
      const row = find.get(id);
      if (row === null) return refused("approval.unknown");
      const state = text(row, "state") as ApprovalState;
      if (ENDED.includes(state)) return refused("approval.ended");
      if (integer(row, "expires") <= at) return refused("approval.expired");
      if (vote.run(id, user, verdict, at) === 0) return refused("approval.voted");
      if (verdict === "approve") return { refusal: null, changes: [] };
      transition(id, state, "rejected", "", at);
      return { refusal: null, changes: [{ id, state: "rejected" }] };
    },
    advance: (id, from, to, now) => transition(id, from, to, "", now),
    use: (id, action, now) => transition(id, "approved", "used", action, now),
    unuse(action): readonly ApprovalChange[] {
      return taken.all(action).map((row) => {
        const id = text(row, "id");
        transition(id, "used", "approved", "", 0);
        return { id, state: "approved" };
      });
    },
    expire,
  };
}

/** Reads of approvals. */
export interface ApprovalReader {
  get(id: string): StoredApproval | null;
  /** Newest first. */
  list(state?: ApprovalState): readonly StoredApproval[];
  /** Approved, unused and unexpired ones for exactly this action. */
  approvedFor(digest: string, now: number): readonly StoredApproval[];
}

export function approvalReader(db: SqliteDriver): ApprovalReader {
  const byId = db.prepare("SELECT * FROM approval WHERE id = ?");
  const all = db.prepare("SELECT * FROM approval ORDER BY created DESC, id");
  const byState = db.prepare("SELECT * FROM approval WHERE state = ? ORDER BY created DESC, id");
  const approved = db.prepare(
    "SELECT * FROM approval WHERE digest = ? AND state = 'approved' AND expires > ? ORDER BY created, id",
  );
  const votes = db.prepare(
    "SELECT person, verdict, at FROM vote WHERE approval = ? ORDER BY at, person",
  );

  function decode(row: Row): StoredApproval {
    const id = text(row, "id");
    return {
      id,
      digest: text(row, "digest"),
      agent: text(row, "agent"),
      session: text(row, "session"),
      credential: text(row, "credential"),
      requirements: text(row, "requirements"),
      effects: text(row, "effects"),
      request: text(row, "request"),
      created: integer(row, "created"),
      expires: integer(row, "expires"),
      state: text(row, "state") as ApprovalState,
      votes: votes.all(id).map((vote) => ({
        user: text(vote, "person"),
        verdict: text(vote, "verdict") as StoredVote["verdict"],
        at: integer(vote, "at"),
      })),
    };
  }

  return {
    get(id): StoredApproval | null {
      const row = byId.get(id);
      return row === null ? null : decode(row);
    },
    list: (state) => (state === undefined ? all.all() : byState.all(state)).map(decode),
    approvedFor: (digest, now) => approved.all(digest, now).map(decode),
  };
}
