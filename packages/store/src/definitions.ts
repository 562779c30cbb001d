import { integer, type Row, type SqliteDriver, text } from "./driver.ts";

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

export interface DefinitionWriter {
  /** Remembers a definition; one that is known keeps when and by whom. */
  see(definition: Pick<StoredDefinition, "server" | "tool" | "digest" | "firstSeen">): void;
  /** False when the definition was never seen. */
  accept(server: string, tool: string, digest: string, by: string): boolean;
}

export interface DefinitionReader {
  /** Definitions of one server, or all. */
  list(server?: string): readonly StoredDefinition[];
}

export function definitionWriter(db: SqliteDriver): DefinitionWriter {
  const see = db.prepare(
    `INSERT INTO definition (server, tool, digest, first_seen, accepted_by) VALUES (?, ?, ?, ?, '')
     ON CONFLICT DO NOTHING`,
  );
  const accept = db.prepare(
    "UPDATE definition SET accepted_by = ? WHERE server = ? AND tool = ? AND digest = ?",
  );
  return {
    see: ({ server, tool, digest, firstSeen }) => void see.run(server, tool, digest, firstSeen),
    accept: (server, tool, digest, by) => by !== "" && accept.run(by, server, tool, digest) === 1,
  };
}

export function definitionReader(db: SqliteDriver): DefinitionReader {
  const all = db.prepare("SELECT * FROM definition ORDER BY server, tool, first_seen");
  const byServer = db.prepare(
    "SELECT * FROM definition WHERE server = ? ORDER BY tool, first_seen",
  );
  return {
    list: (server) => (server === undefined ? all.all() : byServer.all(server)).map(decode),
  };
}

function decode(row: Row): StoredDefinition {
  const acceptedBy = text(row, "accepted_by");
  return {
    server: text(row, "server"),
    tool: text(row, "tool"),
    digest: text(row, "digest"),
    firstSeen: integer(row, "first_seen"),
    acceptedBy: acceptedBy === "" ? null : acceptedBy,
  };
}
