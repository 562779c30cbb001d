import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, change, first, lock, type Read, type Work } from "./work.ts";

/** What one agent let another do in its name; the passport that carries it says what exactly. */
export interface StoredDelegation {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Credential of the chain that delegated. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly revoked: boolean;
}

export interface DelegationReader {
  /** Those that have not expired. In: milliseconds since the epoch. */
  list(now: number): Promise<readonly StoredDelegation[]>;
  /** Which of these are no longer in force: revoked, or never made here. */
  ended(ids: readonly string[]): Promise<readonly string[]>;
}

export type NewDelegation = Omit<StoredDelegation, "revoked">;

/** Delegations in force that one chain may have made. */
export const DELEGATIONS_MAX = 256;

const INSERT = query<Tables["delegation"]>()((db, p) =>
  db
    .insertInto("delegation")
    .values({
      id: p.id,
      delegator: p.delegator,
      delegate: p.delegate,
      credential: p.credential,
      expires: p.expires,
      revoked: p.revoked,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const COUNT = query<{ credential: string; now: number }>()((db, p) =>
  db
    .selectFrom("delegation")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("credential", "=", p.credential)
    .where("expires", ">", p.now),
);
const FORGET = query<{ now: number }>()((db, p) =>
  db.deleteFrom("delegation").where("expires", "<=", p.now),
);
const REVOKE = query<{ id: string }>()((db, p) =>
  db.updateTable("delegation").set({ revoked: 1 }).where("id", "=", p.id),
);
const BY_ID = query<{ id: string }>()((db, p) =>
  db.selectFrom("delegation").select("revoked").where("id", "=", p.id),
);
const LIVE = query<{ now: number }>()((db, p) =>
  db.selectFrom("delegation").selectAll().where("expires", ">", p.now).orderBy("id"),
);

/** False when the chain has too many already. In: now, in milliseconds since the epoch. */
export function* addDelegation(
  { id, from, to, by, expires }: NewDelegation,
  now: number,
): Work<boolean> {
  yield* lock(`delegations:${by}`); // two at once must not both be the last that fits
  yield* change(FORGET, { now });
  const made = (yield* first(COUNT, { credential: by, now }))?.count ?? 0;
  if (made >= DELEGATIONS_MAX) return false;
  const row = { id, delegator: from, delegate: to, credential: by, expires, revoked: 0 };
  return (yield* change(INSERT, row)) === 1;
}

/** False when there is no such delegation. */
export function* revokeDelegation(id: string): Work<boolean> {
  return (yield* change(REVOKE, { id })) === 1;
}

export function* endedDelegations(ids: readonly string[]): Work<readonly string[]> {
  const ended: string[] = [];
  for (const id of ids) if ((yield* first(BY_ID, { id }))?.revoked !== 0) ended.push(id);
  return ended;
}

export function delegationReader(read: Read): DelegationReader {
  return {
    ended: (ids) => (ids.length === 0 ? Promise.resolve([]) : read(endedDelegations(ids))),
    list: async (now) =>
      (await read(all(LIVE, { now }))).map(
        ({ id, delegator, delegate, credential, expires, revoked }) => ({
          id,
          from: delegator,
          to: delegate,
          by: credential,
          expires,
          revoked: revoked === 1,
        }),
      ),
  };
}
