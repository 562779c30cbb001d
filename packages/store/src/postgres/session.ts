import type { ClientBase, Pool, PoolClient, QueryConfig } from "pg";
import { StoreError } from "../errors.ts";
import type { Query, Value, Values } from "../query.ts";
import { type Ask, type Read, runAsync, Undo, type Work } from "../work.ts";
import { lostRace, unavailable } from "./problems.ts";

/** A transaction that lost to another is tried this often in all. */
const TRIES_MAX = 6;

type Row = Readonly<Record<string, Value>>;

/** Runs one statement, prepared once per connection. */
export async function ask(client: ClientBase | Pool, asked: Ask): Promise<unknown> {
  if (asked.kind === "lock") {
    const text = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
    await client.query({ name: "bylaw_lock", text, values: [asked.key] });
    return undefined;
  }
  const { rows, rowCount } = await client.query<Row>(statement(asked.query, asked.input));
  return asked.kind === "rows" ? rows : (rowCount ?? 0);
}

function statement(query: Query<never, unknown>, input: Values): QueryConfig {
  const { sql, values } = query.compiled("postgres");
  return {
    name: query.name,
    text: sql,
    values: values(input).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value) : value,
    ),
  };
}

/** Reads outside of any transaction: each statement sees what was committed before it. */
export function poolReader(pool: Pool): Read {
  return async (work) => {
    try {
      return await runAsync(work, (asked) => ask(pool, asked));
    } catch (error) {
      throw unavailable(error);
    }
  };
}

/**
 * Runs a change in a transaction of its own, at READ COMMITTED: the statements claim rows by
 * conditional updates, which PostgreSQL decides anew after each wait for a lock, and what reads
 * before it writes takes a lock first. One that lost a race is undone and run again.
 *
 * A connection that dies while COMMIT is under way leaves open whether it happened. Then this
 * rejects and nothing is tried again: a claim may be lost, never made twice.
 */
export async function transact<T>(
  pool: Pool,
  work: () => Work<T>,
  after: (result: T, client: ClientBase) => Promise<void>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const client = await pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    const done = await once(client, work, after);
    client.release(done.broken);
    if (done.kind === "value") return done.value;
    if (done.kind === "failed" || tries === TRIES_MAX) throw unavailable(done.error);
  }
}

type Done<T> = { readonly broken: boolean } & (
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "lost" | "failed"; readonly error: unknown }
);

async function once<T>(
  client: PoolClient,
  work: () => Work<T>,
  after: (result: T, client: ClientBase) => Promise<void>,
): Promise<Done<T>> {
  // A pooled client without a listener would end the process when its connection breaks.
  const ignore = (): void => undefined;
  client.on("error", ignore);
  try {
    await client.query("BEGIN");
    const value = await runAsync(work(), (asked) => ask(client, asked));
    await after(value, client);
    await commit(client);
    return { kind: "value", value, broken: false };
  } catch (error) {
    const undone = await client.query("ROLLBACK").then(
      () => true,
      () => false,
    );
    if (error instanceof Undo && undone)
      return { kind: "value", value: error.result as T, broken: false };
    return { kind: undone && lostRace(error) ? "lost" : "failed", error, broken: !undone };
  } finally {
    client.off("error", ignore);
  }
}

/** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error. */
export async function commit(client: ClientBase): Promise<void> {
  const { command } = await client.query("COMMIT");
  if (command !== "COMMIT")
    throw new StoreError("ledger.unavailable", "the transaction was not committed");
}
