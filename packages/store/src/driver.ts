import { closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { StoreError } from "./errors.ts";
import { BUSY_MS } from "./limits.ts";
import type { Value } from "./query.ts";

export type Row = Readonly<Record<string, Value>>;

export interface Statement {
  /** Number of rows changed. */
  run(...values: readonly Value[]): number;
  get(...values: readonly Value[]): Row | null;
  all(...values: readonly Value[]): readonly Row[];
}

/** The part of an embedded SQL database that the store uses. */
export interface SqliteDriver {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/**
 * Opens one connection with the settings that the log relies on, each read back.
 *
 * In: `readOnly` for readers; the one writer creates the file, readable by its owner alone.
 * Throws `store.sqlite_version` or `store.settings`.
 */
export function openDatabase(path: string, readOnly: boolean): SqliteDriver {
  if (!readOnly) createPrivate(path);
  const database = new DatabaseSync(path, { readOnly, timeout: BUSY_MS });
  try {
    const driver = wrap(database);
    requireVersion(driver);
    configure(driver, readOnly);
    return driver;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes an empty file that only its owner can read; SQLite gives its side files the same mode. A
 * file that exists is not even opened: closing it again would drop the POSIX locks that SQLite
 * holds on it anywhere in this process.
 */
export function createPrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "wx", 0o600));
}

function wrap(database: InstanceType<typeof DatabaseSync>): SqliteDriver {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql): Statement {
      const statement = database.prepare(sql);
      return {
        run: (...values) => statement.run(...checked(values)).changes,
        get: (...values) => (statement.get(...checked(values)) as Row | undefined) ?? null,
        all: (...values) => statement.all(...checked(values)) as Row[],
      };
    },
    close: () => database.close(),
  };
}

/** SQLite bindings store NaN, dates and plain objects as NULL without a word; here they are bugs. */
function checked(values: readonly Value[]): readonly Value[] {
  for (const value of values as readonly unknown[]) {
    const storable =
      typeof value === "string" || value instanceof Uint8Array || Number.isSafeInteger(value);
    if (!storable) throw new TypeError(`a column cannot hold a value of type \`${typeof value}\``);
  }
  return values;
}

/** 3.51.3 fixed the WAL-reset bug that loses data; 3.52.0 was withdrawn. Compared as numbers. */
function requireVersion(driver: SqliteDriver): void {
  const version = text(one(driver, "SELECT sqlite_version() AS version"), "version");
  if (!isSoundVersion(version))
    throw new StoreError("store.sqlite_version", `sqlite ${version} is not safe to write with`);
}

export function isSoundVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const number = major * 1_000_000 + minor * 1_000 + patch;
  return number >= 3_051_003 && number !== 3_052_000;
}

function configure(driver: SqliteDriver, readOnly: boolean): void {
  if (!readOnly) driver.exec("PRAGMA journal_mode=WAL");
  // This build of SQLite would otherwise sync at checkpoints only.
  driver.exec("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF");
  // What an approver was shown, or a pruned body, must not live on in free pages.
  driver.exec("PRAGMA secure_delete=ON");
  const expected = {
    journal_mode: "wal",
    synchronous: 2,
    foreign_keys: 1,
    trusted_schema: 0,
    secure_delete: 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    const actual = Object.values(one(driver, `PRAGMA ${name}`))[0];
    if (actual !== value)
      throw new StoreError("store.settings", `${name} is \`${String(actual)}\``);
  }
}

/** The only row of a query that always has one. */
export function one(driver: SqliteDriver, sql: string): Row {
  const row = driver.prepare(sql).get();
  if (row === null) throw new Error(`no row from: ${sql}`);
  return row;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string")
    throw new StoreError("ledger.corrupt", `column \`${column}\` is not text`);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number")
    throw new StoreError("ledger.corrupt", `column \`${column}\` is not an integer`);
  return value;
}
