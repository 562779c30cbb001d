import type { Claims, Counts, GrantState, Used } from "@bylaw/core";
import { type ApprovalChange, unuseApprovals, useApproval } from "./approvals.ts";
import { chargedCounts } from "./charges.ts";
import { DAY_MS, sameCounts } from "./counters.ts";
import { type Reach, stopped } from "./halts.ts";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { type Added, addTo, inOrder, land, pruneTallies, takeBack, useInstead } from "./tallies.ts";
import { all, allOften, change, first, lock, type Read, Undo, type Work } from "./work.ts";

/** What an action adds to its agent's rolling counters. */
export interface Charge {
  readonly calls: number;
  readonly deletes: number;
  readonly sends: number;
  /** Millionths of a US dollar. */
  readonly spend: number;
}

/** Counters that a decision rests on, and the time for which they were read. */
export interface SeenCounts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly counts: Counts;
}

/** What one action uses up, claimed as a whole before its intent is recorded. */
export interface Reservation {
  readonly action: string;
  readonly agent: string;
  readonly claims: Claims;
  readonly charge: Charge;
  /** Whose action it is and where it goes: a claim is refused while a halt covers it. */
  readonly reach: Reach;
  /** A shared store refuses the claim when these have changed; null when nothing rests on them. */
  readonly seen: SeenCounts | null;
}

const USE_GRANT = query<{ id: string }>()((db, p) =>
  db
    .updateTable("grant_use")
    .set((e) => ({ uses: e("uses", "+", 1) }))
    .where("id", "=", p.id)
    .whereRef("uses", "<", "uses_max")
    .where("revoked", "=", 0),
);
const RETURN_GRANT = query<{ id: string }>()((db, p) =>
  db
    .updateTable("grant_use")
    .set((e) => ({ uses: e("uses", "-", 1) }))
    .where("id", "=", p.id)
    .where("uses", ">", 0),
);
const LIMIT_GRANT = query<{ id: string; uses: number }>()((db, p) =>
  db
    .insertInto("grant_use")
    .values({ id: p.id, uses: 0, uses_max: p.uses, revoked: 0 })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet((e) => ({
        // Never below the uses so far.
        uses_max: e
          .case()
          .when("excluded.uses_max", ">", e.ref("grant_use.uses"))
          .then(e.ref("excluded.uses_max"))
          .else(e.ref("grant_use.uses"))
          .end(),
      })),
    ),
);
/** A grant without a limit has no row until it is revoked. */
const REVOKE_GRANT = query<{ id: string }>()((db, p) =>
  db
    .insertInto("grant_use")
    .values({ id: p.id, uses: 0, uses_max: 0, revoked: 1 })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({ revoked: 1 }).where("grant_use.revoked", "=", 0),
    ),
);
const GRANTS = query()((db) =>
  db.selectFrom("grant_use").select(["id", "uses", "revoked"]).orderBy("id"),
);
const INSERT = query<Tables["reservation"]>()((db, p) =>
  db
    .insertInto("reservation")
    .values({ log: p.log, action: p.action, grants: p.grants, limits: p.limits })
    .onConflict((conflict) => conflict.doNothing()),
);
const FIND = query<{ action: string; log: number }>()((db, p) =>
  db
    .selectFrom("reservation")
    .select(["grants", "limits"])
    .where("action", "=", p.action)
    .where("log", "=", p.log),
);
const OPEN = query<{ log: number }>()((db, p) =>
  db.selectFrom("reservation").select("limits").where("log", "=", p.log),
);
const REMOVE = query<{ action: string; log: number }>()((db, p) =>
  db.deleteFrom("reservation").where("action", "=", p.action).where("log", "=", p.log),
);
const REMOVE_ALL = query<{ log: number }>()((db, p) =>
  db.deleteFrom("reservation").where("log", "=", p.log),
);
const CHARGE = query<Tables["charge"]>()((db, p) =>
  db
    .insertInto("charge")
    .values({
      action: p.action,
      agent: p.agent,
      at: p.at,
      calls: p.calls,
      denials: p.denials,
      deletes: p.deletes,
      sends: p.sends,
      spend: p.spend,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const REFUND = query<{ action: string }>()((db, p) =>
  db.deleteFrom("charge").where("action", "=", p.action),
);
/** Only what was charged as spent: an action that was not expected to spend has no row of it. */
const SPENT = query<{ action: string; spend: number }>()((db, p) =>
  db
    .updateTable("charge")
    .set({ spend: p.spend })
    .where("action", "=", p.action)
    .where("spend", ">", 0),
);
/** Nothing looks back further; calls and denials leave the windows of minutes much earlier. */
const PRUNE = query<{ day: number; minutes: number }>()((db, p) =>
  db
    .deleteFrom("charge")
    .where((e) =>
      e.or([
        e("at", "<=", p.day),
        e.and([
          e("at", "<=", p.minutes),
          e("deletes", "=", 0),
          e("sends", "=", 0),
          e("spend", "=", 0),
        ]),
      ]),
    ),
);
const PRUNE_MINUTES_MS = 900_000;

/**
 * Claims everything or nothing: each approval must be approved and unexpired, each grant known,
 * unrevoked and below its uses, each limit not exceeded, the counters as they were seen, nothing
 * halted and no agent suspended. Undone with false when any is not.
 */
export function* reserveClaims(
  { action, agent, claims, charge, reach, seen }: Reservation,
  now: number,
  log: number,
): Work<boolean> {
  if (seen !== null) {
    yield* lock(`agent:${agent}`);
    if (!sameCounts(yield* chargedCounts(agent, seen.at), seen.counts)) throw new Undo(false);
  }
  // One order for everybody, so that two actions never wait for each other's rows.
  for (const id of [...claims.approvals].sort())
    if (!(yield* useApproval(id, action, now))) throw new Undo(false);
  for (const id of [...claims.grants].sort())
    if ((yield* change(USE_GRANT, { id })) !== 1) throw new Undo(false);
  const added: Added[] = [];
  for (const claim of inOrder(claims.limits ?? [])) {
    const made = yield* addTo(claim, now);
    if (made === null) throw new Undo(false);
    added.push(made);
  }
  const row = { log, action, grants: JSON.stringify(claims.grants), limits: JSON.stringify(added) };
  if ((yield* change(INSERT, row)) !== 1) throw new Undo(false);
  yield* chargeAgent(action, agent, charge, now);
  // Last, after every wait for a lock: a halt that was made meanwhile counts.
  if (yield* stopped(reach)) throw new Undo(false);
  return true;
}

/** An action that was charged before is not a new one. */
function* chargeAgent(action: string, agent: string, charge: Charge, now: number): Work<void> {
  if (charge.calls + charge.deletes + charge.sends + charge.spend === 0) return;
  const { calls, deletes, sends, spend } = charge;
  const row = { action, agent, at: now, calls, denials: 0, deletes, sends, spend };
  if ((yield* change(CHARGE, row)) !== 1) throw new Undo(false);
}

/** Gives back what an action claimed and never used. */
export function* releaseClaims(action: string, log: number): Work<readonly ApprovalChange[]> {
  const row = yield* first(FIND, { action, log });
  if (row === null) return [];
  // Whoever deletes the row gives back: twice asked is once given.
  if ((yield* change(REMOVE, { action, log })) !== 1) return [];
  for (const id of (JSON.parse(row.grants) as string[]).sort()) yield* change(RETURN_GRANT, { id });
  yield* change(REFUND, { action });
  yield* takeBack(JSON.parse(row.limits) as Added[]);
  return yield* unuseApprovals(action);
}

export interface Settlement {
  readonly action: string;
  /** Whether it counts for a limit of what is in flight. */
  readonly flies: boolean;
  readonly used: Used | null;
}

/**
 * Closes the claim: what was forwarded stays used, whatever came back. Where it is told how much that
 * was, budgets get back the rest of what was reserved, or are charged what was not.
 */
export function* settleClaims({ action, flies, used }: Settlement, log: number): Work<void> {
  const row = flies || used !== null ? yield* first(FIND, { action, log }) : null;
  // Whoever deletes the row settles: twice told is once booked.
  if ((yield* change(REMOVE, { action, log })) !== 1 || row === null) return;
  const added = JSON.parse(row.limits) as Added[];
  yield* land(added);
  if (used === null) return;
  yield* useInstead(added, used);
  if (used.usd !== undefined) yield* change(SPENT, { action, spend: used.usd });
}

/** Drops the claims of an earlier run, which nobody can give back or settle any more. */
export function* forgetClaims(log: number): Work<void> {
  for (const { limits } of yield* all(OPEN, { log })) yield* land(JSON.parse(limits) as Added[]);
  yield* change(REMOVE_ALL, { log });
}

/** Counts a refusal against an agent. */
export function* countDenial(id: string, agent: string, now: number): Work<void> {
  const none = { calls: 0, deletes: 0, sends: 0, spend: 0 };
  yield* change(CHARGE, { action: id, agent, at: now, denials: 1, ...none });
}

/** Drops charges and counts that nothing looks back to. */
export function* pruneCharges(now: number): Work<void> {
  yield* change(PRUNE, { day: now - DAY_MS, minutes: now - PRUNE_MINUTES_MS });
  yield* pruneTallies(now);
}

/** Sets how often a grant may be used; uses so far stay. */
export function* limitGrant(id: string, uses: number): Work<void> {
  yield* change(LIMIT_GRANT, { id, uses });
}

/** Ends a grant, limited or not, for good. False when it was revoked before. */
export function* revokeGrant(id: string): Work<boolean> {
  return (yield* change(REVOKE_GRANT, { id })) === 1;
}

export interface GrantReader {
  /** Limited and revoked grants by policy id. */
  grants(): Promise<Readonly<Record<string, GrantState>>>;
}

export function grantReader(read: Read): GrantReader {
  return {
    grants: async () =>
      Object.fromEntries(
        (await read(allOften(GRANTS, {}))).map(({ id, uses, revoked }) => [
          id,
          { uses, revoked: revoked === 1 },
        ]),
      ),
  };
}
