import type { FactorKind } from "@bylaw/core";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, change, first, lock, type Read, type Work } from "./work.ts";

/** How a person proves who it is; nothing here is of use to who reads it, but for TOTP's secret. */
export interface StoredFactor {
  readonly id: string;
  readonly person: string;
  readonly kind: FactorKind;
  /** The caller's text: a public key, or a sealed secret. */
  readonly material: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly addedBy: string;
  /** The newest time step or signature counter seen. */
  readonly last: number;
}

export interface NewFactor extends StoredFactor {
  /** Only where nobody has a factor yet: nobody could vouch for it. */
  readonly first: boolean;
}

export type AddedFactor = "added" | "factor.not_first" | "factor.exists" | "factor.too_many";

export interface FactorAttempt {
  readonly factor: string;
  /** The challenge that it answers. */
  readonly nonce: string;
  readonly now: number;
}

export interface PassedFactor {
  readonly factor: string;
  /** Time step or counter of this attempt: must be larger than the last; 0 where there is none. */
  readonly last: number;
}

export interface FactorReader {
  /** Of everybody, or of one person; oldest first. */
  list(person?: string): Promise<readonly StoredFactor[]>;
}

/** Attempts at one factor without success, within the window, after which it has to rest. */
const ATTEMPTS_MAX = 5;
const ATTEMPTS_WINDOW_MS = 900_000;
/** Factors of one person. */
const FACTORS_MAX = 16;

const ALL = query()((db) => db.selectFrom("factor").selectAll().orderBy("created").orderBy("id"));
const OF = query<{ person: string }>()((db, p) =>
  db
    .selectFrom("factor")
    .selectAll()
    .where("person", "=", p.person)
    .orderBy("created")
    .orderBy("id"),
);
const INSERT = query<Tables["factor"]>()((db, p) =>
  db
    .insertInto("factor")
    .values({
      id: p.id,
      person: p.person,
      kind: p.kind,
      material: p.material,
      created: p.created,
      added_by: p.added_by,
      last: p.last,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const REMOVE = query<{ person: string; id: string }>()((db, p) =>
  db.deleteFrom("factor").where("person", "=", p.person).where("id", "=", p.id),
);
const REMOVE_ALL = query<{ person: string }>()((db, p) =>
  db.deleteFrom("factor").where("person", "=", p.person),
);
const ADVANCE = query<{ id: string; last: number }>()((db, p) =>
  db.updateTable("factor").set({ last: p.last }).where("id", "=", p.id).where("last", "<", p.last),
);
const KNOWN = query<{ id: string }>()((db, p) =>
  db.selectFrom("factor").select("id").where("id", "=", p.id),
);
const FORGET = query<{ before: number }>()((db, p) =>
  db.deleteFrom("factor_attempt").where("at", "<=", p.before),
);
const COUNT = query<{ factor: string }>()((db, p) =>
  db
    .selectFrom("factor_attempt")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("factor", "=", p.factor),
);
const ATTEMPT = query<Tables["factor_attempt"]>()((db, p) =>
  db
    .insertInto("factor_attempt")
    .values({ factor: p.factor, nonce: p.nonce, at: p.at })
    .onConflict((conflict) => conflict.doNothing()),
);
const CLEAR = query<{ factor: string }>()((db, p) =>
  db.deleteFrom("factor_attempt").where("factor", "=", p.factor),
);

const LOCK = "factors";

export function* addFactor({ first: alone, addedBy, ...factor }: NewFactor): Work<AddedFactor> {
  yield* lock(LOCK); // two at once must not both be the first
  const known = yield* all(ALL, {});
  if (alone && known.length > 0) return "factor.not_first";
  if (known.filter(({ person }) => person === factor.person).length >= FACTORS_MAX)
    return "factor.too_many";
  if (known.some(({ material }) => material === factor.material)) return "factor.exists";
  const made = yield* change(INSERT, { ...factor, added_by: addedBy });
  return made === 1 ? "added" : "factor.exists";
}

/** One factor of a person, or all where the id is empty. */
export function* removeFactors(input: {
  readonly person: string;
  readonly id: string;
}): Work<number> {
  yield* lock(LOCK);
  const { person, id } = input;
  return yield* id === "" ? change(REMOVE_ALL, { person }) : change(REMOVE, { person, id });
}

/** Counts before it is judged, so that guesses at once are no more than guesses in turn. */
export function* attemptFactor({ factor, nonce, now }: FactorAttempt): Work<boolean> {
  yield* lock(`factor:${factor}`);
  yield* change(FORGET, { before: now - ATTEMPTS_WINDOW_MS });
  if (((yield* first(COUNT, { factor }))?.count ?? 0) >= ATTEMPTS_MAX) return false;
  return (yield* change(ATTEMPT, { factor, nonce, at: now })) === 1;
}

export function* passFactor({ factor, last }: PassedFactor): Work<boolean> {
  yield* lock(`factor:${factor}`);
  const fresh =
    last === 0
      ? (yield* first(KNOWN, { id: factor })) !== null
      : (yield* change(ADVANCE, { id: factor, last })) === 1;
  if (fresh) yield* change(CLEAR, { factor });
  return fresh;
}

export function factorReader(read: Read): FactorReader {
  return {
    list: async (person) =>
      (await read(person === undefined ? all(ALL, {}) : all(OF, { person }))).map(decode),
  };
}

function decode({ added_by, kind, ...row }: Tables["factor"]): StoredFactor {
  return { ...row, kind: kind as FactorKind, addedBy: added_by };
}
