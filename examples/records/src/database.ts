import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";

/** An open customer database. */
export type Records = DatabaseSyncInstance;

export const SEEDED_ROWS = 1200;

const DAY_MS = 86_400_000;
const PLANS = ["free", "team", "business", "enterprise"] as const;

const SCHEMA = `
  CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    plan TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  INSERT INTO settings VALUES ('environment', 'production');
`;

/** Opens an existing database file, or makes an empty one. */
export function openRecords(path: string): Records {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA busy_timeout = 2000");
  return db;
}

/**
 * Fills an empty database with 1,200 paying customers whose rows nobody has touched for half a year
 * or more: they look stale and are not. The same `now` (ms since the epoch) gives the same rows.
 */
export function seed(db: Records, now: number): void {
  db.exec("BEGIN");
  db.exec(SCHEMA);
  const insert = db.prepare("INSERT INTO customers VALUES (?, ?, ?, ?, ?)");
  for (let id = 1; id <= SEEDED_ROWS; id += 1) {
    const updated = new Date(now - (181 + ((id * 7) % 700)) * DAY_MS).toISOString().slice(0, 10);
    const plan = PLANS[id % PLANS.length] ?? "free";
    insert.run(id, `Customer ${id}`, `customer-${id}@example.com`, plan, updated);
  }
  db.exec("COMMIT");
}

/** How many customers are left, read from the file itself and not through any server. */
export function countRows(path: string): number {
  const db = openRecords(path);
  try {
    const row = db.prepare("SELECT count(*) AS rows FROM customers").get() as { rows: number };
    return row.rows;
  } finally {
    db.close();
  }
}
