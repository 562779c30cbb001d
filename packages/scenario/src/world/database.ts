import type { JsonObject } from "@bylaw/core";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { expand } from "../expand.ts";
import type { DatabaseGiven, TableGiven } from "../scenario.ts";
import { databaseFile, type Place } from "./place.ts";

/** Statements that reach beyond the one file. */
const OUTSIDE = /\b(attach|vacuum\s+into|load_extension)\b/i;
const RETURNS_ROWS = /^\s*(select|with|values|explain|pragma)\b|\breturning\b/i;

/** Makes the tables of a system and fills them. */
export function fillDatabase(place: Place, system: string, given: DatabaseGiven): void {
  use(place, system, (db) => {
    db.exec("BEGIN");
    for (const [name, table] of Object.entries(given.tables)) fillTable(db, place, name, table);
    db.exec("COMMIT");
  });
}

function fillTable(
  db: DatabaseSyncInstance,
  place: Place,
  name: string,
  { rows, count = 0, row = {}, unique = [] }: TableGiven,
): void {
  const pattern = rows === undefined ? [row] : rows;
  const columns = [...new Set(pattern.flatMap((one) => Object.keys(one)))];
  const declared = columns.map(
    (column) => `${quoted(column)}${unique.includes(column) ? " UNIQUE" : ""}`,
  );
  db.exec(`CREATE TABLE ${quoted(name)} (${declared.join(", ")})`);
  const places = columns.map(() => "?").join(", ");
  const insert = db.prepare(`INSERT INTO ${quoted(name)} VALUES (${places})`);
  const values = (one: JsonObject, n: number): void => {
    const filled = expand(one, { n, workspace: place.workspace, home: place.home }) as JsonObject;
    insert.run(...columns.map((column) => stored(filled[column])));
  };
  if (rows !== undefined) for (const [at, one] of rows.entries()) values(one, at + 1);
  else for (let n = 1; n <= count; n += 1) values(row, n);
}

/** What a server answers to one text of SQL: the rows, or how many were changed. Throws what the engine says. */
export function runSql(place: Place, system: string, sql: string, args: JsonObject = {}): string {
  if (OUTSIDE.test(sql)) throw new Error("not possible here");
  return use(place, system, (db) => {
    const parameters = Object.fromEntries(
      Object.entries(args)
        .filter(([name]) => new RegExp(`:${escaped(name)}\\b`).test(sql))
        .map(([name, value]) => [name, stored(value)]),
    );
    const named = Object.keys(parameters).length > 0;
    if (RETURNS_ROWS.test(sql)) {
      const statement = db.prepare(sql);
      return JSON.stringify({ rows: named ? statement.all(parameters) : statement.all() });
    }
    const before = changes(db);
    if (named) db.prepare(sql).run(parameters);
    else db.exec(sql);
    return JSON.stringify({ changed: changes(db) - before });
  });
}

/** Rows of a question as lists of values. */
export function askSql(place: Place, system: string, sql: string): readonly (readonly unknown[])[] {
  return use(place, system, (db) =>
    (db.prepare(sql).all() as readonly object[]).map((row): readonly unknown[] =>
      Object.values(row),
    ),
  );
}

export function countRows(place: Place, system: string, table: string): number {
  return Number(askSql(place, system, `SELECT count(*) FROM ${quoted(table)}`)[0]?.[0]);
}

function use<T>(place: Place, system: string, work: (db: DatabaseSyncInstance) => T): T {
  const db = new DatabaseSync(databaseFile(place, system));
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    return work(db);
  } finally {
    db.close();
  }
}

function changes(db: DatabaseSyncInstance): number {
  return (db.prepare("SELECT total_changes() AS n").get() as { readonly n: number }).n;
}

/** Lists and maps are stored as JSON, which SQL takes apart with `json_each`. */
function stored(value: JsonObject[string] | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" ? JSON.stringify(value) : value;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
