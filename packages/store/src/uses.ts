import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { change, first, type Work } from "./work.ts";

/** Something that may be used once: a proof of possession, a passport for one request. */
export interface SingleUse {
  /** SHA-256 hex of what it is. */
  readonly key: string;
  /** Milliseconds since the epoch after which it is refused for its age and may be forgotten. */
  readonly until: number;
}

const INSERT = query<Tables["single_use"]>()((db, p) =>
  db
    .insertInto("single_use")
    .values({ key: p.key, until: p.until })
    .onConflict((conflict) => conflict.doNothing()),
);
const FORGET = query<{ now: number }>()((db, p) =>
  db.deleteFrom("single_use").where("until", "<", p.now),
);
const COUNT = query()((db) =>
  db.selectFrom("single_use").select((e) => e.fn.countAll<number>().as("count")),
);

/** False when it was used before. */
export function* useOnce({ key, until }: SingleUse): Work<boolean> {
  return (yield* change(INSERT, { key, until })) === 1;
}

/** Forgets what is too old to be used again; how many are left. */
export function* forgetUses(now: number): Work<number> {
  yield* change(FORGET, { now });
  return (yield* first(COUNT, {}))?.count ?? 0;
}
