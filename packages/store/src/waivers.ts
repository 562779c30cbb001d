import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, allOften, change, type Read, type Work } from "./work.ts";

/** A waiver as it is kept. The JSON text is the caller's; its uses are counted as those of a grant. */
export interface StoredWaiver {
  readonly id: string;
  /** The request that people answered with it. */
  readonly approval: string;
  readonly agent: string;
  readonly terms: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly expires: number;
}

export interface WaiverReader {
  /** Those that have not ended, of one agent, or of all (null); oldest first. */
  live(agent: string | null, now: number): Promise<readonly StoredWaiver[]>;
}

const INSERT = query<Tables["waiver"]>()((db, p) =>
  db.insertInto("waiver").values({
    id: p.id,
    approval: p.approval,
    agent: p.agent,
    terms: p.terms,
    created: p.created,
    expires: p.expires,
  }),
);
const LIVE = query<{ now: number }>()((db, p) =>
  db.selectFrom("waiver").selectAll().where("expires", ">", p.now).orderBy("created").orderBy("id"),
);
const KNOWN = query<{ agent: string }>()((db, p) =>
  db.selectFrom("waiver").select("id").where("agent", "=", p.agent).limit(1),
);
const LIVE_OF = query<{ agent: string; now: number }>()((db, p) =>
  db
    .selectFrom("waiver")
    .selectAll()
    .where("agent", "=", p.agent)
    .where("expires", ">", p.now)
    .orderBy("created")
    .orderBy("id"),
);

const DROP_USES = query<{ now: number }>()((db, p) =>
  db
    .deleteFrom("grant_use")
    .where("id", "in", (e) => e.selectFrom("waiver").select("id").where("expires", "<=", p.now)),
);
const DROP_ENDED = query<{ now: number }>()((db, p) =>
  db.deleteFrom("waiver").where("expires", "<=", p.now),
);

/** Drops waivers that have ended, with their uses: the log keeps what came of them. */
export function* dropWaivers(now: number): Work<void> {
  yield* change(DROP_USES, { now });
  yield* change(DROP_ENDED, { now });
}

export function* addWaiver(waiver: StoredWaiver): Work<void> {
  yield* change(INSERT, { ...waiver });
}

export function waiverReader(read: Read): WaiverReader {
  return {
    live: (agent, now) => read(agent === null ? all(LIVE, { now }) : liveOf(agent, now)),
  };
}

/** Hardly any agent has one, and every action asks. */
function* liveOf(agent: string, now: number): Work<readonly StoredWaiver[]> {
  if ((yield* allOften(KNOWN, { agent })).length === 0) return [];
  return yield* all(LIVE_OF, { agent, now });
}
