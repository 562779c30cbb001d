import { SESSION_MS } from "./limits.ts";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { change, first, lock, type Work } from "./work.ts";

export interface Session {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

const NEWEST = query<{ credential: string }>()((db, p) =>
  db
    .selectFrom("session")
    .select(["id", "started"])
    .where("credential", "=", p.credential)
    .orderBy("started", "desc")
    .limit(1),
);
const INSERT = query<Tables["session"]>()((db, p) =>
  db.insertInto("session").values({ id: p.id, credential: p.credential, started: p.started }),
);

/** The running session of a credential, or a new one with the proposed id. */
export function* runningSession(credential: string, now: number, proposed: string): Work<Session> {
  yield* lock(`session:${credential}`);
  const known = yield* first(NEWEST, { credential });
  if (known !== null && isRunning(known, now)) return known;
  yield* change(INSERT, { id: proposed, credential, started: now });
  return { id: proposed, started: now };
}

/** A clock that went back starts no new session: labels of the old one would be lost with it. */
export function isRunning(session: Session, now: number): boolean {
  return now < session.started + SESSION_MS;
}
