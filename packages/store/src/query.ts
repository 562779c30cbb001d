import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Tables } from "./tables.ts";

/** What a column holds. No null and no fractions: every column is NOT NULL, numbers are integers. */
export type Value = string | number | Uint8Array;
export type Values = Readonly<Record<string, Value>>;

export type Dialect = "sqlite" | "postgres";

/** One statement as a database gets it: its text, and its values in order. */
export interface Compiled {
  readonly sql: string;
  readonly values: (input: Values) => readonly Value[];
}

/**
 * A statement written once for both databases and compiled once for each. `In` names its
 * parameters, `Out` is the row that it returns.
 */
export interface Query<In, Out> {
  /** Unique in this process and stable while it runs: the name of the prepared statement. */
  readonly name: string;
  compiled(dialect: Dialect): Compiled;
  /** Carries the types; never there. */
  readonly types?: (input: In) => Out;
}

/** Builds statements without running them. */
export const BUILDERS: Readonly<Record<Dialect, Kysely<Tables>>> = {
  sqlite: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
};

/** Stands in a statement for the parameter of its name. */
class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

let count = 0;

/** Defines a statement: `query<{ id: string }>()((db, p) => db.selectFrom(...).where("id", "=", p.id))`. */
export function query<In extends Values = Values>(): <Out>(
  build: (db: Kysely<Tables>, parameters: In, dialect: Dialect) => Compilable<Out>,
) => Query<In, Out> {
  return (build) => {
    count += 1;
    const known: Partial<Record<Dialect, Compiled>> = {};
    const compiled = (dialect: Dialect): Compiled => {
      known[dialect] ??= compile(build(BUILDERS[dialect], NAMED as In, dialect));
      return known[dialect];
    };
    return { name: `bylaw_${count}`, compiled };
  };
}

/** Every property is the parameter of its name. */
const NAMED: unknown = new Proxy({}, { get: (_, name) => new Parameter(String(name)) });

function compile(built: Compilable): Compiled {
  const { sql, parameters } = built.compile();
  return {
    sql,
    values: (input) =>
      parameters.map((value) =>
        value instanceof Parameter ? (input[value.name] as Value) : (value as Value),
      ),
  };
}
