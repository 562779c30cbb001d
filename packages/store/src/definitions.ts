import { sql } from "kysely";
import { DEFINITIONS_MAX } from "./limits.ts";
import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, change, first, lock, type Read, type Work } from "./work.ts";

/**
 * What a server says about itself: one of its tools, its instructions to the model, who it is, or that
 * its first list of tools has been read to the end.
 */
export type DefinitionKind = "tool" | "instructions" | "identity" | "listing";

/** One definition in force at most; what was in force before is `former`. */
export type DefinitionState = "waiting" | "accepted" | "rejected" | "former";

/** Names a definition of a server, whatever its content is. */
export interface DefinitionName {
  readonly server: string;
  readonly kind: DefinitionKind;
  /** The tool's name; empty for what a server has one of. */
  readonly name: string;
}

/** A definition that a server has shown. */
export interface SeenDefinition extends DefinitionName {
  /** Digest of `content`. */
  readonly digest: string;
  /** As it was shown, canonical JSON. */
  readonly content: string;
  /** Findings on it, JSON; the store gives them back unread. */
  readonly findings: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface StoredDefinition extends DefinitionName {
  readonly digest: string;
  readonly findings: string;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly state: DefinitionState;
  /** Who accepted or rejected it; null while nobody has. */
  readonly by: string | null;
}

export type DefinitionVerdict = "accepted" | "rejected";

export interface JudgedDefinition extends DefinitionName {
  readonly digest: string;
  readonly verdict: DefinitionVerdict;
  readonly by: string;
}

/** What seeing a definition came to; `full`: the server has shown more than is kept. */
export interface Sighting {
  readonly state: DefinitionState | "full";
  /** Digest of the definition in force under this name; null where there is none. */
  readonly current: string | null;
  /** False when it had been seen before and nothing about it changed. */
  readonly news: boolean;
  /** Nothing was ever shown under this name before. */
  readonly first: boolean;
}

/** What was in force under the name before; null where nothing was. */
export interface Judged {
  readonly before: string | null;
}

export interface DefinitionReader {
  /** Definitions of one server, or all. */
  list(server?: string): Promise<readonly StoredDefinition[]>;
  /** The content of one; null when it was never seen. */
  content(name: DefinitionName, digest: string): Promise<string | null>;
}

type Row = Tables["definition"];
type Key = Pick<Row, "server" | "kind" | "name">;

const OF_NAME = query<Key>()((db, p) =>
  db
    .selectFrom("definition")
    .select(["digest", "state"])
    .where("server", "=", p.server)
    .where("kind", "=", p.kind)
    .where("name", "=", p.name),
);
const COUNT = query<{ server: string }>()((db, p) =>
  db
    .selectFrom("definition")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("server", "=", p.server),
);
const INSERT = query<Row>()((db, p) =>
  db.insertInto("definition").values({
    server: p.server,
    kind: p.kind,
    name: p.name,
    digest: p.digest,
    content: p.content,
    findings: p.findings,
    first_seen: p.first_seen,
    state: p.state,
    decided_by: p.decided_by,
  }),
);
const MOVE = query<Key & { digest: string; state: string; by: string }>()((db, p) =>
  db
    .updateTable("definition")
    .set({ state: p.state, decided_by: p.by })
    .where("server", "=", p.server)
    .where("kind", "=", p.kind)
    .where("name", "=", p.name)
    .where("digest", "=", p.digest),
);
const RETIRE = query<Key>()((db, p) =>
  db
    .updateTable("definition")
    .set({ state: sql.lit("former") })
    .where("server", "=", p.server)
    .where("kind", "=", p.kind)
    .where("name", "=", p.name)
    .where("state", "=", sql.lit("accepted")),
);
const FORGET_WAITING = query<Key>()((db, p) =>
  db
    .deleteFrom("definition")
    .where("server", "=", p.server)
    .where("kind", "=", p.kind)
    .where("name", "=", p.name)
    .where("state", "=", sql.lit("waiting")),
);
const SHOWN = [
  "server",
  "kind",
  "name",
  "digest",
  "findings",
  "first_seen",
  "state",
  "decided_by",
] as const;
const ALL = query()((db) =>
  db
    .selectFrom("definition")
    .select(SHOWN)
    .orderBy("server")
    .orderBy("kind")
    .orderBy("name")
    .orderBy("first_seen"),
);
const BY_SERVER = query<{ server: string }>()((db, p) =>
  db
    .selectFrom("definition")
    .select(SHOWN)
    .where("server", "=", p.server)
    .orderBy("kind")
    .orderBy("name")
    .orderBy("first_seen"),
);
const CONTENT = query<Key & { digest: string }>()((db, p) =>
  db
    .selectFrom("definition")
    .select("content")
    .where("server", "=", p.server)
    .where("kind", "=", p.kind)
    .where("name", "=", p.name)
    .where("digest", "=", p.digest),
);

/**
 * Remembers a definition. What is not the one in force under its name waits for a person, also what was
 * in force earlier: going back is a change too. A later one takes the place of one that waits.
 */
export function* seeDefinition(seen: SeenDefinition): Work<Sighting> {
  const { server, kind, name, digest } = seen;
  const key = { server, kind, name };
  yield* lock(`definition ${server}`);
  const rows = yield* all(OF_NAME, key);
  const current = rows.find(({ state }) => state === "accepted")?.digest ?? null;
  const known = rows.find((row) => row.digest === digest)?.state as DefinitionState | undefined;
  const first = rows.length === 0;
  if (known !== undefined && known !== "former")
    return { state: known, current, news: false, first };
  yield* change(FORGET_WAITING, key);
  if (known === "former") {
    yield* change(MOVE, { ...key, digest, state: "waiting", by: "" });
    return { state: "waiting", current, news: true, first };
  }
  const [counted] = yield* all(COUNT, { server });
  if (Number(counted?.count) >= DEFINITIONS_MAX)
    return { state: "full", current, news: false, first };
  const { content, findings, at } = seen;
  yield* change(INSERT, {
    ...key,
    digest,
    content,
    findings,
    first_seen: at,
    state: "waiting",
    decided_by: "",
  });
  return { state: "waiting", current, news: true, first };
}

/** Null when the definition is not known or nobody says who judges it. */
export function* judgeDefinition(judged: JudgedDefinition): Work<Judged | null> {
  const { server, kind, name, digest, verdict, by } = judged;
  const key = { server, kind, name };
  yield* lock(`definition ${server}`);
  const rows = yield* all(OF_NAME, key);
  if (by === "" || !rows.some((row) => row.digest === digest)) return null;
  const before = rows.find(({ state }) => state === "accepted")?.digest ?? null;
  if (verdict === "accepted") yield* change(RETIRE, key);
  yield* change(MOVE, { ...key, digest, state: verdict, by });
  return { before };
}

export function definitionReader(read: Read): DefinitionReader {
  return {
    list: async (server) =>
      (await read(server === undefined ? all(ALL, {}) : all(BY_SERVER, { server }))).map(decode),
    content: async ({ server, kind, name }, digest) =>
      (await read(first(CONTENT, { server, kind, name, digest })))?.content ?? null,
  };
}

function decode(row: Omit<Row, "content">): StoredDefinition {
  return {
    server: row.server,
    kind: row.kind as DefinitionKind,
    name: row.name,
    digest: row.digest,
    findings: row.findings,
    firstSeen: row.first_seen,
    state: row.state as DefinitionState,
    by: row.decided_by === "" ? null : row.decided_by,
  };
}
