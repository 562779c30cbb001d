import type { Row, SqliteDriver, Statement } from "./driver.ts";
import { StoreError } from "./errors.ts";
import type { Query, Value, Values } from "./query.ts";
import { type Changes, createRemembered } from "./unchanged.ts";
import { type Ask, all, type Read, runSync, Undo, type Work } from "./work.ts";

/** Runs work on one connection, each statement prepared once. */
export interface SqliteSession {
  /** For work that only reads. */
  readonly read: Read;
  /** Runs a change within the caller's transaction. */
  run<T>(work: Work<T>): T;
  /** The same for work that may be undone and then leaves nothing behind. */
  undoable<T>(work: Work<T>): unknown;
  /** The rows of one query, at once. */
  select<In extends Values, Out>(query: Query<In, Out>, input: In): readonly Out[];
  /** A statement for the hot path: number of rows changed. */
  statement<In extends Values>(query: Query<In, unknown>): (input: In) => number;
}

/** In: what tells whether rows are as they were; null asks the database each time. */
export function createSession(db: SqliteDriver, changes: Changes | null = null): SqliteSession {
  const remembered = changes === null ? null : createRemembered(changes);
  const known = new Map<string, { readonly statement: Statement; readonly bind: Bind }>();
  const begin = db.prepare("SAVEPOINT work");
  const undo = db.prepare("ROLLBACK TO work");
  const end = db.prepare("RELEASE work");

  function prepared(query: Query<never, unknown>): NonNullable<ReturnType<typeof known.get>> {
    const found = known.get(query.name);
    if (found !== undefined) return found;
    const { sql, values } = query.compiled("sqlite");
    const made = { statement: db.prepare(sql), bind: values };
    known.set(query.name, made);
    return made;
  }

  /** One connection writes, so whoever holds its transaction is alone already. */
  function answer(ask: Ask): unknown {
    if (ask.kind === "lock") return undefined;
    if (remembered === null || ask.kind !== "rows" || ask.often !== true) return run(ask);
    return remembered.rows(ask.query.name, ask.input, () => run(ask));
  }

  function run({ kind, query, input }: Exclude<Ask, { kind: "lock" }>): unknown {
    const { statement, bind } = prepared(query);
    const values = bind(input);
    return kind === "rows" ? sound(statement.all(...values)) : statement.run(...values);
  }

  return {
    read: async (work) => runSync(work, answer),
    run: (work) => runSync(work, answer),
    undoable(work): unknown {
      begin.run();
      let result: unknown;
      try {
        result = runSync(work, answer);
      } catch (error) {
        // Everything else ends the transaction as a whole.
        if (!(error instanceof Undo)) throw error;
        undo.run();
        result = error.result;
      }
      end.run();
      return result;
    },
    select: (query, input) => runSync(all(query, input), answer),
    statement(query): (input: Values) => number {
      const { statement, bind } = prepared(query);
      return (input) => statement.run(...bind(input));
    },
  };
}

/** Every column is NOT NULL, so a value that is missing comes from a damaged page. */
function sound(rows: readonly Row[]): readonly Row[] {
  for (const row of rows)
    for (const column in row)
      if ((row[column] as Value | null) === null)
        throw new StoreError("ledger.corrupt", "a column has no value");
  return rows;
}

type Bind = (input: Values) => readonly Value[];
