import { integer, one, type SqliteDriver, text } from "./driver.ts";
import { StoreError } from "./errors.ts";

const VERSION = 1;

/**
 * Every table of the store. No column is nullable and JSON is TEXT, because its bytes are hashed;
 * times are milliseconds since the epoch, booleans 0 or 1.
 */
const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- The log. Hashes of tile level 0 are in entry.leaf, of the levels above in node; everything else
-- (tiles, proofs, the right edge of the tree) is derived from these rows.
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL) STRICT;
CREATE TABLE entry (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE body (digest TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE open_intent (idx INTEGER PRIMARY KEY) STRICT;

CREATE TABLE session (id TEXT PRIMARY KEY, credential TEXT NOT NULL, started INTEGER NOT NULL) STRICT;
CREATE INDEX session_credential ON session (credential, started);

CREATE TABLE agent (id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
  groups TEXT NOT NULL, suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  created INTEGER NOT NULL) STRICT;

CREATE TABLE approval (id TEXT PRIMARY KEY, digest TEXT NOT NULL, agent TEXT NOT NULL,
  session TEXT NOT NULL, credential TEXT NOT NULL, requirements TEXT NOT NULL,
  effects TEXT NOT NULL, request TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'used', 'rejected', 'expired', 'withdrawn')),
  action TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX approval_waiting ON approval (digest) WHERE state = 'waiting';
CREATE INDEX approval_live ON approval (state, expires) WHERE state IN ('waiting', 'approved');
CREATE TABLE vote (approval TEXT NOT NULL REFERENCES approval (id), person TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')), at INTEGER NOT NULL,
  PRIMARY KEY (approval, person)) STRICT, WITHOUT ROWID;

CREATE TABLE grant_use (id TEXT PRIMARY KEY, uses INTEGER NOT NULL, uses_max INTEGER NOT NULL,
  revoked INTEGER NOT NULL CHECK (revoked IN (0, 1)), CHECK (uses BETWEEN 0 AND uses_max)) STRICT;
CREATE TABLE reservation (action TEXT PRIMARY KEY, grants TEXT NOT NULL) STRICT;
CREATE TABLE charge (action TEXT PRIMARY KEY, agent TEXT NOT NULL, at INTEGER NOT NULL,
  deletes INTEGER NOT NULL, sends INTEGER NOT NULL, spend INTEGER NOT NULL) STRICT;
CREATE INDEX charge_at ON charge (at);

CREATE TABLE definition (server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL,
  first_seen INTEGER NOT NULL, accepted_by TEXT NOT NULL,
  PRIMARY KEY (server, tool, digest)) STRICT, WITHOUT ROWID;
`;

/** Creates the tables in a new file. Throws `store.schema` for a file of another version. */
export function ensureSchema(driver: SqliteDriver): void {
  const found = integer(one(driver, "PRAGMA user_version"), "user_version");
  if (found === 0) driver.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version=${VERSION}; COMMIT`);
  requireSchema(driver);
}

export function requireSchema(driver: SqliteDriver): void {
  const found = integer(one(driver, "PRAGMA user_version"), "user_version");
  if (found !== VERSION)
    throw new StoreError("store.schema", `the data folder has schema version ${found}`);
}

export function readMeta(driver: SqliteDriver, key: string): string | null {
  const row = driver.prepare("SELECT value FROM meta WHERE key = ?").get(key);
  return row === null ? null : text(row, "value");
}
