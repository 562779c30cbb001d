import type { Effect, Environment, Label, ResourceEntity } from "@bylaw/core";
import { effect, unknownEffect } from "../effect.ts";
import { databaseEntity, tableEntity } from "../entities.ts";
import { isAmbiguous } from "./ambiguous.ts";
import { readPostgresql } from "./postgresql.ts";
import type { Dialect, SqlEffect, SqlReading, UniqueColumns } from "./reading.ts";
import { readSqlite } from "./sqlite/reader.ts";

/** What the catalog says about the database behind a tool that takes SQL. */
export interface SqlPlace {
  readonly dialect: Dialect;
  readonly database: string;
  /** Environment of the database and of tables that are not mapped. */
  readonly environment: Environment;
  readonly labels: readonly Label[];
  /** Keys as the dialect spells names: lower case for SQLite, folded for PostgreSQL. */
  readonly tables: ReadonlyMap<string, TablePlace>;
}

export interface TablePlace {
  readonly environment: Environment;
  readonly labels: readonly Label[];
  readonly unique: ReadonlySet<string>;
}

const NO_COLUMNS: ReadonlySet<string> = new Set();

/** What a text does, by the grammar of the engine that will run it. Null: unknown. */
export function readSql(text: string, dialect: Dialect, unique: UniqueColumns): SqlReading {
  if (isAmbiguous(text)) return null;
  if (dialect === "postgresql") return readPostgresql(text, unique);
  if (dialect === "sqlite") return readSqlite(text, unique);
  return null;
}

/**
 * Effects of an SQL text on tables and database, at least one. A text that is not understood may do
 * anything: besides the unknown effect on the tool it reads, updates and deletes every mapped table,
 * so that a forbid on any of them holds.
 */
export function sqlEffects(
  text: string,
  place: SqlPlace,
  server: string,
  tool: ResourceEntity,
): readonly Effect[] {
  const unique: UniqueColumns = (table) => place.tables.get(table)?.unique ?? NO_COLUMNS;
  const found = readSql(text, place.dialect, unique);
  if (found === null) return [unknownEffect(tool), ...anything(place, server)];
  return found.map(({ action, table, quantity, audience }) =>
    effect({
      action,
      resource: resourceOf(table, place, server),
      source: "parsed",
      quantity,
      audience,
    }),
  );
}

const ANY_USE: readonly SqlEffect["action"][] = ["read", "update", "delete"];

function anything(place: SqlPlace, server: string): readonly Effect[] {
  return [...place.tables.keys(), null].flatMap((table) =>
    ANY_USE.map((action) =>
      effect({ action, resource: resourceOf(table, place, server), source: "unknown" }),
    ),
  );
}

function resourceOf(table: string | null, place: SqlPlace, server: string): ResourceEntity {
  const whole = { environment: place.environment, labels: place.labels, classes: [] };
  if (table === null) return databaseEntity(server, place.database, whole);
  const mapped = place.tables.get(table);
  return tableEntity(
    server,
    place.database,
    table,
    mapped === undefined ? whole : { ...mapped, classes: [] },
  );
}
