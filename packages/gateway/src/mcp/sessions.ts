import type { McpLimits } from "./limits.ts";
import type { Replay } from "./replay.ts";
import type { Session } from "./session.ts";

/** A session that clients reach by id over HTTP. */
export interface HttpSession {
  readonly id: string;
  readonly session: Session;
  /** Streams that its client may come back to. */
  readonly replay: Replay;
  /** Open event streams and running requests keep it from being idle. */
  users: number;
  /** Milliseconds since the epoch. */
  lastUsed: number;
}

/** The open HTTP sessions by id. */
export interface HttpSessions {
  /** Null for an unknown id and for one of somebody else: the two look the same from outside. */
  find(id: string, credential: string, upstream: string): HttpSession | null;
  add(entry: HttpSession): void;
  remove(id: string): void;
  /** Sessions that nobody has used for too long. */
  idle(now: number): readonly HttpSession[];
}

export function createHttpSessions(limits: McpLimits): HttpSessions {
  const open = new Map<string, HttpSession>();
  return {
    find(id, credential, upstream) {
      const entry = open.get(id);
      if (entry === undefined || entry.session.version === null) return null;
      const { session } = entry;
      return session.credential === credential && session.upstream === upstream ? entry : null;
    },
    add: (entry) => void open.set(entry.id, entry),
    remove: (id) => void open.delete(id),
    idle: (now) =>
      [...open.values()].filter(
        ({ users, lastUsed, session }) =>
          users === 0 && session.busy === 0 && now - lastUsed > limits.sessionIdleMs,
      ),
  };
}

/** How many sessions are open, whatever their transport, in all and per credential. */
export interface SessionCount {
  /** False when there is no room for another one. */
  enter(credential: string): boolean;
  leave(credential: string): void;
}

export function createSessionCount(limits: McpLimits): SessionCount {
  const perCredential = new Map<string, number>();
  let all = 0;
  return {
    enter(credential) {
      const own = perCredential.get(credential) ?? 0;
      if (all >= limits.sessions || own >= limits.sessionsPerCredential) return false;
      all += 1;
      perCredential.set(credential, own + 1);
      return true;
    },
    leave(credential) {
      all -= 1;
      const own = (perCredential.get(credential) ?? 0) - 1;
      if (own <= 0) perCredential.delete(credential);
      else perCredential.set(credential, own);
    },
  };
}
