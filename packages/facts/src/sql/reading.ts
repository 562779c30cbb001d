import type { Action, Amount, Audience } from "@bylaw/core";

/** Grammars that a catalog entry may name. Only the first two are read; text in another is unknown. */
export const DIALECTS = [
  "postgresql",
  "sqlite",
  "mysql",
  "mariadb",
  "mssql",
  "oracle",
  "snowflake",
  "bigquery",
  "duckdb",
  "clickhouse",
  "other",
] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What one statement does to one table, or to the database as a whole where `table` is null. */
export interface SqlEffect {
  readonly action: Action;
  readonly table: string | null;
  readonly quantity: Amount;
  readonly audience: Audience;
}

/** All effects of a text, or null: not understood, so anything. */
export type SqlReading = readonly SqlEffect[] | null;

/** Columns of a table of which each value occurs at most once. */
export type UniqueColumns = (table: string) => ReadonlySet<string>;

/** Control flow inside a reader only: what it is not sure of ends the reading. */
export class Unclear extends Error {}
