import type { McpLimits } from "./limits.ts";
import type { Session } from "./session.ts";

/** A session that clients reach by id over HTTP. */
export interface HttpSession {
  readonly id: string;
  readonly session: Session;
  /** Open event streams and running requests keep it from being idle. */
  users: number;
  /** Milliseconds since the epoch. */
  lastUsed: number;
}

/** The open HTTP sessions by id, bounded in all and per credential. */
export interface HttpSessions {
  /** Null for an unknown id and for one of somebody else: the two look the same from outside. */
  find(id: string, credential: string, upstream: string): HttpSession | null;
  roomFor(credential: string): boolean;
  add(entry: HttpSession): void;
  remove(id: string): void;
  /** Sessions that nobody has used for too long. */
  idle(now: number): readonly HttpSession[];
}

export function createHttpSessions(limits: McpLimits): HttpSessions {
  const open = new Map<string, HttpSession>();
  const perCredential = new Map<string, number>();
  const count = (credential: string, by: number): void => {
    const next = (perCredential.get(credential) ?? 0) + by;
    if (next === 0) perCredential.delete(credential);
    else perCredential.set(credential, next);
  };
  return {
    find(id, credential, upstream) {
      const entry = open.get(id);
      if (entry === undefined) return null;
      const { session } = entry;
      return session.credential === credential && session.upstream === upstream ? entry : null;
    },
    roomFor: (credential) =>
      open.size < limits.sessions &&
      (perCredential.get(credential) ?? 0) < limits.sessionsPerCredential,
    add(entry) {
      open.set(entry.id, entry);
      count(entry.session.credential, 1);
    },
    remove(id) {
      const entry = open.get(id);
      if (entry === undefined) return;
      open.delete(id);
      count(entry.session.credential, -1);
    },
    idle: (now) =>
      [...open.values()].filter(
        ({ users, lastUsed, session }) =>
          users === 0 && session.busy === 0 && now - lastUsed > limits.sessionIdleMs,
      ),
  };
}
