import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, allOften, change, first, type Read, type Work } from "./work.ts";

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

export interface AgentReader {
  get(id: string): Promise<StoredAgent | null>;
  list(): Promise<readonly StoredAgent[]>;
  /** In: SHA-256 of the presented token, as it was stored. */
  byToken(token: string): Promise<StoredAgent | null>;
  /** The first of these that is suspended or was removed; null when none is. */
  suspendedAmong(ids: readonly string[]): Promise<string | null>;
  /** Whether an agent of this name was removed; its name is not given to another. */
  removed(id: string): Promise<boolean>;
}

/** Stands before the id where the hash of a token was: no token hashes to it. */
const REMOVED = "removed:";

const INSERT = query<Tables["agent"]>()((db, p) =>
  db
    .insertInto("agent")
    .values({
      id: p.id,
      token: p.token,
      owner: p.owner,
      groups: p.groups,
      suspended: p.suspended,
      created: p.created,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const SUSPEND = query<{ id: string; suspended: number }>()((db, p) =>
  db
    .updateTable("agent")
    .set({ suspended: p.suspended })
    .where("id", "=", p.id)
    .where("token", "not like", `${REMOVED}%`),
);
const ROTATE = query<{ id: string; token: string }>()((db, p) =>
  db
    .updateTable("agent")
    .set({ token: p.token })
    .where("id", "=", p.id)
    .where("token", "not like", `${REMOVED}%`),
);
const REMOVE = query<{ id: string; token: string }>()((db, p) =>
  db
    .updateTable("agent")
    .set({ token: p.token, suspended: 1 })
    .where("id", "=", p.id)
    .where("token", "not like", `${REMOVED}%`),
);
const SUSPENDED = query<{ id: string }>()((db, p) =>
  db.selectFrom("agent").select("id").where("id", "=", p.id).where("suspended", "=", 1),
);
const BY_ID = query<{ id: string }>()((db, p) =>
  db.selectFrom("agent").selectAll().where("id", "=", p.id),
);
const BY_TOKEN = query<{ token: string }>()((db, p) =>
  db.selectFrom("agent").selectAll().where("token", "=", p.token),
);
const ALL = query()((db) => db.selectFrom("agent").selectAll().orderBy("id"));

/** False when the id or the token is taken. */
export function* addAgent(agent: StoredAgent): Work<boolean> {
  const { id, token, user, groups, suspended, created } = agent;
  const row = { id, token, owner: user, groups: JSON.stringify(groups), created };
  return (yield* change(INSERT, { ...row, suspended: suspended ? 1 : 0 })) === 1;
}

/** False when there is no such agent. */
export function* suspendAgent(id: string, suspended: boolean): Work<boolean> {
  return (yield* change(SUSPEND, { id, suspended: suspended ? 1 : 0 })) === 1;
}

/** Another token for an agent: the one before is nobody's from now on. False when there is no such agent. */
export function* rotateAgent(id: string, token: string): Work<boolean> {
  return (yield* change(ROTATE, { id, token })) === 1;
}

/** Takes token and rights for good; the name stays taken, since log and approvals know it. */
export function* removeAgent(id: string): Work<boolean> {
  return (yield* change(REMOVE, { id, token: `${REMOVED}${id}` })) === 1;
}

export function* suspendedAmong(ids: readonly string[]): Work<string | null> {
  for (const id of ids) if ((yield* allOften(SUSPENDED, { id })).length > 0) return id;
  return null;
}

export function agentReader(read: Read): AgentReader {
  /** Of rows that the database did not have to be asked for again. */
  const decoded = new WeakMap<Tables["agent"], StoredAgent>();
  const found = (row: Tables["agent"] | null): StoredAgent | null => {
    if (row === null || isRemoved(row)) return null;
    const known = decoded.get(row) ?? decode(row);
    decoded.set(row, known);
    return known;
  };
  return {
    suspendedAmong: (ids) => read(suspendedAmong(ids)),
    removed: async (id) => {
      const row = await read(first(BY_ID, { id }));
      return row !== null && isRemoved(row);
    },
    get: async (id) => found((await read(allOften(BY_ID, { id })))[0] ?? null),
    byToken: async (token) => found((await read(allOften(BY_TOKEN, { token })))[0] ?? null),
    list: async () => (await read(all(ALL, {}))).filter((row) => !isRemoved(row)).map(decode),
  };
}

function isRemoved({ token }: Tables["agent"]): boolean {
  return token.startsWith(REMOVED);
}

function decode({ id, token, owner, groups, suspended, created }: Tables["agent"]): StoredAgent {
  return {
    id,
    token,
    user: owner,
    groups: JSON.parse(groups) as readonly string[],
    suspended: suspended === 1,
    created,
  };
}
