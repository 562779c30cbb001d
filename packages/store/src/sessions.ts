import { integer, type SqliteDriver, text } from "./driver.ts";
import { SESSION_MS } from "./limits.ts";

export interface Session {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

export interface SessionWriter {
  /** The running session of a credential, or a new one with the proposed id. */
  session(credential: string, now: number, proposed: string): Session;
}

export function sessionWriter(db: SqliteDriver): SessionWriter {
  const newest = db.prepare(
    "SELECT id, started FROM session WHERE credential = ? ORDER BY started DESC LIMIT 1",
  );
  const insert = db.prepare("INSERT INTO session (id, credential, started) VALUES (?, ?, ?)");
  return {
    session(credential, now, proposed): Session {
      const row = newest.get(credential);
      const known = row === null ? null : { id: text(row, "id"), started: integer(row, "started") };
      if (known !== null && isRunning(known, now)) return known;
      insert.run(proposed, credential, now);
      return { id: proposed, started: now };
    },
  };
}

/** A clock that went back starts no new session: labels of the old one would be lost with it. */
export function isRunning(session: Session, now: number): boolean {
  return now < session.started + SESSION_MS;
}
