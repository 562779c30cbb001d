import { flag, integer, type Row, type SqliteDriver, text } from "./driver.ts";

/** An agent that has a token of its own. */
export interface StoredAgent {
  readonly id: string;
  /** SHA-256 of the token; the token itself is never stored. */
  readonly token: string;
  /** The person it acts for; empty for an autonomous agent. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly suspended: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** Changes to agents, each within the caller's transaction. */
export interface AgentWriter {
  /** False when the id or the token is taken. */
  add(agent: StoredAgent): boolean;
  /** False when there is no such agent. */
  suspend(id: string, suspended: boolean): boolean;
}

export interface AgentReader {
  get(id: string): StoredAgent | null;
  list(): readonly StoredAgent[];
  /** In: SHA-256 of the presented token, as it was stored. */
  byToken(token: string): StoredAgent | null;
}

export function agentWriter(db: SqliteDriver): AgentWriter {
  const add = db.prepare(
    `INSERT INTO agent (id, token, owner, groups, suspended, created) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  );
  const suspend = db.prepare("UPDATE agent SET suspended = ? WHERE id = ?");
  return {
    add: (agent) =>
      add.run(
        agent.id,
        agent.token,
        agent.user,
        JSON.stringify(agent.groups),
        agent.suspended ? 1 : 0,
        agent.created,
      ) === 1,
    suspend: (id, suspended) => suspend.run(suspended ? 1 : 0, id) === 1,
  };
}

export function agentReader(db: SqliteDriver): AgentReader {
  const byId = db.prepare("SELECT * FROM agent WHERE id = ?");
  const byToken = db.prepare("SELECT * FROM agent WHERE token = ?");
  const all = db.prepare("SELECT * FROM agent ORDER BY id");
  const found = (row: Row | null): StoredAgent | null => (row === null ? null : decode(row));
  return {
    get: (id) => found(byId.get(id)),
    byToken: (token) => found(byToken.get(token)),
    list: () => all.all().map(decode),
  };
}

function decode(row: Row): StoredAgent {
  return {
    id: text(row, "id"),
    token: text(row, "token"),
    user: text(row, "owner"),
    groups: JSON.parse(text(row, "groups")) as readonly string[],
    suspended: flag(row, "suspended"),
    created: integer(row, "created"),
  };
}
