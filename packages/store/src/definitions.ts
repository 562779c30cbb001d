import { query } from "./query.ts";
import type { Tables } from "./tables.ts";
import { all, change, type Read, type Work } from "./work.ts";

/** A tool definition that a server has shown, by digest. */
export interface StoredDefinition {
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  /** The person who accepted it; null while nobody has. */
  readonly acceptedBy: string | null;
}

export type SeenDefinition = Pick<StoredDefinition, "server" | "tool" | "digest" | "firstSeen">;

export interface Acceptance {
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
  readonly by: string;
}

export interface DefinitionReader {
  /** Definitions of one server, or all. */
  list(server?: string): Promise<readonly StoredDefinition[]>;
}

const SEE = query<Tables["definition"]>()((db, p) =>
  db
    .insertInto("definition")
    .values({
      server: p.server,
      tool: p.tool,
      digest: p.digest,
      first_seen: p.first_seen,
      accepted_by: p.accepted_by,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const ACCEPT = query<{ server: string; tool: string; digest: string; by: string }>()((db, p) =>
  db
    .updateTable("definition")
    .set({ accepted_by: p.by })
    .where("server", "=", p.server)
    .where("tool", "=", p.tool)
    .where("digest", "=", p.digest),
);
const ALL = query()((db) =>
  db.selectFrom("definition").selectAll().orderBy("server").orderBy("tool").orderBy("first_seen"),
);
const BY_SERVER = query<{ server: string }>()((db, p) =>
  db
    .selectFrom("definition")
    .selectAll()
    .where("server", "=", p.server)
    .orderBy("tool")
    .orderBy("first_seen"),
);

/** Remembers a definition; one that is known keeps when and by whom. */
export function* seeDefinition({ server, tool, digest, firstSeen }: SeenDefinition): Work<void> {
  yield* change(SEE, { server, tool, digest, first_seen: firstSeen, accepted_by: "" });
}

/** False when the definition was never seen. */
export function* acceptDefinition({ server, tool, digest, by }: Acceptance): Work<boolean> {
  return by !== "" && (yield* change(ACCEPT, { server, tool, digest, by })) === 1;
}

export function definitionReader(read: Read): DefinitionReader {
  return {
    list: async (server) =>
      (await read(server === undefined ? all(ALL, {}) : all(BY_SERVER, { server }))).map(decode),
  };
}

function decode(row: Tables["definition"]): StoredDefinition {
  return {
    server: row.server,
    tool: row.tool,
    digest: row.digest,
    firstSeen: row.first_seen,
    acceptedBy: row.accepted_by === "" ? null : row.accepted_by,
  };
}
