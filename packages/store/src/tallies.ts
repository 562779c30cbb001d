import type { LimitClaim, Used } from "@bylaw/core";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, change, lock, type Read, type Work } from "./work.ts";

/** Into how many slices a window is cut. */
const SLICES = 60;
/** Longer than any window: nothing counts what is older. */
const TALLY_KEPT_MS = 32 * 86_400_000;
/** More than any limit: sums of what exceeds one stay exact. */
const USED_MAX = 1_000_000_000_001;
/** The place of what is in flight, which has no time. */
const IN_FLIGHT = 0;

/** A counter and how far back it counts. */
export type Counter = Pick<LimitClaim, "policy" | "subject" | "windowMs">;

/** What a reservation has added, so that it can be taken back. */
export interface Added extends Pick<LimitClaim, "policy" | "subject" | "amount"> {
  readonly at: number;
}

export interface TallyReader {
  /** What each counter has come to at a time, in milliseconds since the epoch. */
  used(counters: readonly Counter[], now: number): Promise<readonly number[]>;
}

const SUM = query<{ policy: string; subject: string; from: number }>()((db, p) =>
  db
    .selectFrom("tally")
    .select("amount")
    .where("policy", "=", p.policy)
    .where("subject", "=", p.subject)
    .where("at", ">=", p.from),
);
const AT = query<{ policy: string; subject: string; at: number }>()((db, p) =>
  db
    .selectFrom("tally")
    .select("amount")
    .where("policy", "=", p.policy)
    .where("subject", "=", p.subject)
    .where("at", "=", p.at),
);
const ADD = query<Tables["tally"]>()((db, p) =>
  db
    .insertInto("tally")
    .values({ policy: p.policy, subject: p.subject, at: p.at, amount: p.amount })
    .onConflict((conflict) =>
      conflict
        .columns(["policy", "subject", "at"])
        .doUpdateSet((e) => ({ amount: e("tally.amount", "+", e.ref("excluded.amount")) })),
    ),
);
const TAKE = query<Tables["tally"]>()((db, p) =>
  db
    .updateTable("tally")
    .set((e) => ({ amount: e("amount", "-", p.amount) }))
    .where("policy", "=", p.policy)
    .where("subject", "=", p.subject)
    .where("at", "=", p.at)
    .where("amount", ">=", p.amount),
);
const PRUNE = query<{ before: number }>()((db, p) =>
  db
    .deleteFrom("tally")
    .where((e) =>
      e.or([
        e.and([e("at", ">", IN_FLIGHT), e("at", "<=", p.before)]),
        e.and([e("at", "=", IN_FLIGHT), e("amount", "=", 0)]),
      ]),
    ),
);

/** When the slice begins that a time falls into. */
export function sliceOf(now: number, windowMs: number): number {
  const slice_ms = Math.ceil(windowMs / SLICES);
  return Math.floor(now / slice_ms) * slice_ms;
}

/**
 * When the first slice begins that still counts: 60 whole slices and the one of now. So an amount
 * counts for the window at least, and for a sixtieth of it longer at most.
 */
export function firstSlice(now: number, windowMs: number): number {
  return sliceOf(now, windowMs) - SLICES * Math.ceil(windowMs / SLICES);
}

function* usedOf({ policy, subject, windowMs }: Counter, now: number): Work<number> {
  const rows =
    windowMs === null
      ? yield* all(AT, { policy, subject, at: IN_FLIGHT })
      : // A window that begins before the epoch must not take in what is in flight.
        yield* all(SUM, { policy, subject, from: Math.max(1, firstSlice(now, windowMs)) });
  return rows.reduce((sum, { amount }) => Math.min(Number.MAX_SAFE_INTEGER, sum + amount), 0);
}

/** In one order for everybody, so that two actions never wait for each other's counters. */
export function inOrder(claims: readonly LimitClaim[]): readonly LimitClaim[] {
  const key = ({ policy, subject }: LimitClaim): string => JSON.stringify([policy, subject]);
  return [...claims].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Adds what an action claims; null when a limit does not have that much left. */
export function* addTo(claim: LimitClaim, now: number): Work<Added | null> {
  const { policy, subject, windowMs, amount, most } = claim;
  if (most !== null) {
    yield* lock(`limit:${JSON.stringify([policy, subject])}`);
    if ((yield* usedOf(claim, now)) + amount > most) return null;
  }
  const at = windowMs === null ? IN_FLIGHT : sliceOf(now, windowMs);
  yield* change(ADD, { policy, subject, at, amount });
  return { policy, subject, at, amount };
}

/** Takes back what an action added and never used. */
export function* takeBack(added: readonly Added[]): Work<void> {
  for (const { policy, subject, at, amount } of added)
    yield* change(TAKE, { policy, subject, at, amount });
}

/** Ends what an action had in flight; what it did stays counted. */
export function* land(added: readonly Added[]): Work<void> {
  yield* takeBack(added.filter(({ at }) => at === IN_FLIGHT));
}

/**
 * Puts what was used in the place of what was reserved, for limits of these units. An action is told
 * about as a whole: a limit that counts a part of it is never charged less than that part used.
 */
export function* useInstead(added: readonly Added[], used: Used): Work<void> {
  for (const one of added) {
    const [unit] = JSON.parse(one.subject) as readonly [keyof Used];
    const amount = used[unit];
    if (amount === undefined || one.at === IN_FLIGHT) continue;
    const rest = one.amount - Math.min(amount, USED_MAX);
    if (rest > 0) yield* takeBack([{ ...one, amount: rest }]);
    else if (rest < 0) yield* change(ADD, { ...one, amount: -rest });
  }
}

/** Whether a claim has to be given back when its action ends. */
export function fliesWith(claims: readonly LimitClaim[]): boolean {
  return claims.some(({ windowMs }) => windowMs === null);
}

export function* pruneTallies(now: number): Work<void> {
  yield* change(PRUNE, { before: now - TALLY_KEPT_MS });
}

export function tallyReader(read: Read): TallyReader {
  return {
    used: async (counters, now) =>
      await Promise.all(counters.map((counter) => read(usedOf(counter, now)))),
  };
}
