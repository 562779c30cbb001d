import { sql } from "kysely";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, allOften, change, first, type Read, type Work } from "./work.ts";

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
  /** What the person said besides; the caller's JSON, or empty. */
  readonly note: string;
}

export interface StoredApproval extends HeldAction {
  readonly state: ApprovalState;
  /** Empty, `open` after a broken glass, or who has looked at it since. */
  readonly followup: string;
  /** Digest of the action that was asked about, where a person edited it; else empty. */
  readonly origin: string;
  readonly votes: readonly StoredVote[];
}

export interface Voted {
  readonly id: string;
  readonly user: string;
  readonly verdict: "approve" | "reject";
  readonly at: number;
  readonly note?: string;
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

/** What came of asking for a held action. */
export interface Held {
  readonly id: string;
  readonly expires: number;
  readonly created: boolean;
  readonly changes: readonly ApprovalChange[];
}

/** What came of a vote. */
export interface Counted {
  readonly refusal: VoteRefusal | null;
  readonly changes: readonly ApprovalChange[];
}

const WAITING = query<{ digest: string }>()((db, p) =>
  db
    .selectFrom("approval")
    .select(["id", "expires"])
    .where("digest", "=", p.digest)
    .where("state", "=", sql.lit("waiting")),
);
const INSERT = query<Omit<Tables["approval"], "state" | "action" | "followup" | "origin">>()(
  (db, p) =>
    db.insertInto("approval").values({
      id: p.id,
      digest: p.digest,
      agent: p.agent,
      session: p.session,
      credential: p.credential,
      requirements: p.requirements,
      effects: p.effects,
      request: p.request,
      created: p.created,
      expires: p.expires,
      state: "waiting",
      action: "",
      followup: "",
      origin: "",
    }),
);
/** In PostgreSQL the row stays locked: a vote and the end of a request come one after the other. */
const FIND = query<{ id: string }>()((db, p, dialect) =>
  db
    .selectFrom("approval")
    .select(["state", "expires"])
    .where("id", "=", p.id)
    .$if(dialect === "postgres", (select) => select.forUpdate()),
);
const VOTE = query<Tables["vote"]>()((db, p) =>
  db
    .insertInto("vote")
    .values({ approval: p.approval, person: p.person, verdict: p.verdict, at: p.at, note: p.note })
    .onConflict((conflict) => conflict.doNothing()),
);
/** The only statement that changes a state. `after` is the time that must not have been reached. */
const MOVE = query<{ id: string; from: string; to: string; action: string; after: number }>()(
  (db, p) =>
    db
      .updateTable("approval")
      .set({ state: p.to, action: p.action })
      .where("id", "=", p.id)
      .where("state", "=", p.from)
      .where("expires", ">", p.after),
);
const OVERDUE = query<{ now: number }>()((db, p) =>
  db
    .selectFrom("approval")
    .select(["id", "state"])
    .where("state", "in", [sql.lit("waiting"), sql.lit("approved")])
    .where("expires", "<=", p.now)
    .orderBy("id"),
);
const TAKEN = query<{ action: string }>()((db, p) =>
  db
    .selectFrom("approval")
    .select("id")
    .where("action", "=", p.action)
    .where("state", "=", sql.lit("used")),
);
const FORGET = query<{ id: string }>()((db, p) =>
  db.updateTable("approval").set({ request: "" }).where("id", "=", p.id),
);

const EDIT = query<{
  id: string;
  origin: string;
  digest: string;
  requirements: string;
  effects: string;
  request: string;
}>()((db, p) =>
  db
    .updateTable("approval")
    .set({
      origin: p.origin,
      digest: p.digest,
      requirements: p.requirements,
      effects: p.effects,
      request: p.request,
    })
    .where("id", "=", p.id)
    .where("digest", "=", p.origin)
    .where("state", "=", sql.lit("waiting")),
);
const FOLLOW_UP = query<{ id: string; from: string; to: string }>()((db, p) =>
  db
    .updateTable("approval")
    .set({ followup: p.to })
    .where("id", "=", p.id)
    .where("followup", "=", p.from),
);

function* transition(
  id: string,
  from: ApprovalState,
  to: ApprovalState,
  action: string,
  after: number,
): Work<boolean> {
  if (!TRANSITIONS[from].includes(to)) return false;
  if ((yield* change(MOVE, { id, from, to, action, after })) !== 1) return false;
  if (ENDED.includes(to)) yield* change(FORGET, { id });
  return true;
}

/** Ends everything whose time has passed. */
export function* expireApprovals(now: number): Work<readonly ApprovalChange[]> {
  const changes: ApprovalChange[] = [];
  for (const { id, state } of yield* all(OVERDUE, { now }))
    if (yield* transition(id, state as ApprovalState, "expired", "", 0))
      changes.push({ id, state: "expired" });
  return changes;
}

/** Stores a held action, or finds the one that waits for exactly this; ends what is overdue. */
export function* holdAction(held: HeldAction): Work<Held> {
  const changes = yield* expireApprovals(held.created);
  const found = yield* first(WAITING, { digest: held.digest });
  if (found !== null) return { ...found, created: false, changes };
  yield* change(INSERT, { ...held });
  return { id: held.id, expires: held.expires, created: true, changes };
}

/** Records a person's vote; a rejection ends the request. */
export function* countVote({ id, user, verdict, at, note = "" }: Voted): Work<Counted> {
  const refused = (refusal: VoteRefusal): Counted => ({ refusal, changes: [] });
  const row = yield* first(FIND, { id });
  if (row === null) return refused("approval.unknown");
  const state = row.state as ApprovalState;
  if (ENDED.includes(state)) return refused("approval.ended");
  if (row.expires <= at) return refused("approval.expired");
  if ((yield* change(VOTE, { approval: id, person: user, verdict, at, note })) === 0)
    return refused("approval.voted");
  if (verdict === "approve") return { refusal: null, changes: [] };
  yield* transition(id, state, "rejected", "", at);
  return { refusal: null, changes: [{ id, state: "rejected" }] };
}

/** Compare-and-swap between two states; false when the approval was not in `from`, or is overdue. */
export function advanceApproval(
  id: string,
  from: ApprovalState,
  to: ApprovalState,
  now: number,
): Work<boolean> {
  return transition(id, from, to, "", now);
}

/** What a person made of a held action: another action, which is decided anew. */
export interface EditedAction
  extends Pick<HeldAction, "id" | "digest" | "requirements" | "effects" | "request"> {
  /** Digest of the action as it was asked about. */
  readonly origin: string;
}

/** Puts the edited action in place; false once somebody has answered, or it waits no more. */
export function* editAction({ id, origin, ...edited }: EditedAction): Work<boolean> {
  if ((yield* all(VOTES, { approval: id })).length > 0) return false;
  if ((yield* first(WAITING, { digest: edited.digest })) !== null) return false;
  return (yield* change(EDIT, { id, origin, ...edited })) === 1;
}

/** Compare-and-swap of what is left to look at after a broken glass. */
export function* followUp(id: string, from: string, to: string): Work<boolean> {
  return (yield* change(FOLLOW_UP, { id, from, to })) === 1;
}

/** Takes an approval for one action: approved and not expired, else false. */
export function useApproval(id: string, action: string, now: number): Work<boolean> {
  return transition(id, "approved", "used", action, now);
}

/** Gives back what an action took and never used. */
export function* unuseApprovals(action: string): Work<readonly ApprovalChange[]> {
  const changes: ApprovalChange[] = [];
  for (const { id } of yield* all(TAKEN, { action }))
    if (yield* transition(id, "used", "approved", "", 0)) changes.push({ id, state: "approved" });
  return changes;
}

/** Reads of approvals. */
export interface ApprovalReader {
  get(id: string): Promise<StoredApproval | null>;
  /** Newest first. */
  list(state?: ApprovalState): Promise<readonly StoredApproval[]>;
  /** Those of exactly this action that were rejected and would not have expired yet. */
  rejectedFor(digest: string, now: number): Promise<readonly StoredApproval[]>;
  /** Approved, unused and unexpired ones of an action that a person edited. */
  editedFor(origin: string, now: number): Promise<readonly StoredApproval[]>;
  /** Broken glasses that nobody has looked at since, oldest first. */
  followUps(): Promise<readonly StoredApproval[]>;
  /** Approved, unused and unexpired ones for exactly this action. */
  approvedFor(digest: string, now: number): Promise<readonly StoredApproval[]>;
}

const BY_ID = query<{ id: string }>()((db, p) =>
  db.selectFrom("approval").selectAll().where("id", "=", p.id),
);
const ALL = query()((db) =>
  db.selectFrom("approval").selectAll().orderBy("created", "desc").orderBy("id"),
);
const BY_STATE = query<{ state: string }>()((db, p) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("state", "=", p.state)
    .orderBy("created", "desc")
    .orderBy("id"),
);
const APPROVED = query<{ digest: string; now: number }>()((db, p) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("digest", "=", p.digest)
    .where("state", "=", sql.lit("approved"))
    .where("expires", ">", p.now)
    .orderBy("created")
    .orderBy("id"),
);
const SOME_APPROVED = query()((db) =>
  db.selectFrom("approval").select("id").where("state", "=", sql.lit("approved")).limit(1),
);
const REJECTED = query<{ digest: string; now: number }>()((db, p) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("digest", "=", p.digest)
    .where("state", "=", sql.lit("rejected"))
    .where("expires", ">", p.now)
    .orderBy("created", "desc")
    .orderBy("id"),
);
const EDITED = query<{ origin: string; now: number }>()((db, p) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("origin", "=", p.origin)
    .where("state", "=", sql.lit("approved"))
    .where("expires", ">", p.now)
    .orderBy("created")
    .orderBy("id"),
);
const FOLLOW_UPS = query()((db) =>
  db
    .selectFrom("approval")
    .selectAll()
    .where("followup", "=", sql.lit("open"))
    .orderBy("created")
    .orderBy("id"),
);
const VOTES = query<{ approval: string }>()((db, p) =>
  db
    .selectFrom("vote")
    .select(["person", "verdict", "at", "note"])
    .where("approval", "=", p.approval)
    .orderBy("at")
    .orderBy("person"),
);

export function approvalReader(read: Read): ApprovalReader {
  return {
    get: (id) => read(one(id)),
    list: (state) => read(withVotes(state === undefined ? all(ALL, {}) : all(BY_STATE, { state }))),
    rejectedFor: (digest, now) => read(withVotes(all(REJECTED, { digest, now }))),
    editedFor: (origin, now) => read(withVotes(all(EDITED, { origin, now }))),
    followUps: () => read(withVotes(all(FOLLOW_UPS, {}))),
    approvedFor: (digest, now) => read(approvedFor(digest, now)),
  };
}

/** Most of the time nothing waits to be used, and every action asks. */
function* approvedFor(digest: string, now: number): Work<readonly StoredApproval[]> {
  if ((yield* allOften(SOME_APPROVED, {})).length === 0) return [];
  return yield* withVotes(all(APPROVED, { digest, now }));
}

function* one(id: string): Work<StoredApproval | null> {
  return (yield* withVotes(all(BY_ID, { id })))[0] ?? null;
}

function* withVotes(rows: Work<readonly Tables["approval"][]>): Work<readonly StoredApproval[]> {
  const found: StoredApproval[] = [];
  for (const { action: _, state, ...held } of yield* rows) {
    const votes = yield* all(VOTES, { approval: held.id });
    found.push({
      ...held,
      state: state as ApprovalState,
      votes: votes.map(({ person, verdict, at, note }) => ({
        user: person,
        verdict: verdict as StoredVote["verdict"],
        at,
        note,
      })),
    });
  }
  return found;
}
