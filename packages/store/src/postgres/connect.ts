import type { Client, ClientConfig, Pool, PoolConfig } from "pg";
import { StoreError } from "../errors.ts";
import { isIdentifiable, problemOf } from "./problems.ts";

/** Connections that run transactions and reads. */
export const POOL_MAX = 16;
/** Connections that hold an agent's turn; more agents at once queue. */
export const TURN_CONNECTIONS_MAX = 8;
/** How long a call waits for a connection, and a statement for its answer. */
const CONNECT_MS = 10_000;
const STATEMENT_MS = 10_000;
/** The namespace of every table. */
export const NAMESPACE = "bylaw";

/** Types of `pg` and how this store reads them; loaded only where PostgreSQL is configured. */
export interface Driver {
  client(): Client;
  pool(max: number): Pool;
}

/**
 * In: a connection URI (libpq's form). Its password is neither kept elsewhere nor repeated in errors.
 * Throws `store.postgres_url` for what is not one.
 */
export async function loadDriver(url: string): Promise<Driver> {
  const config = configOf(url);
  const { default: pg } = await import("pg");
  const types = { getTypeParser: parserOf(pg.types.builtins) };
  return {
    client: () => new pg.Client({ ...config, types }),
    pool(max): Pool {
      const pool = new pg.Pool({ ...config, types, max } satisfies PoolConfig);
      // A connection that fails while nobody uses it is replaced by the next one.
      pool.on("error", () => undefined);
      return pool;
    },
  };
}

function configOf(url: string): ClientConfig {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new StoreError("store.postgres_url", "the address is not `postgres://…`");
  return {
    connectionString: url,
    application_name: "bylaw",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS + 2_000,
    keepAlive: true,
    // Given before the first statement, so that no connection ever works without them.
    options: [
      `search_path=${NAMESPACE}`,
      "synchronous_commit=on",
      `statement_timeout=${STATEMENT_MS}`,
      // A gateway that was cut off must not keep rows locked.
      `idle_in_transaction_session_timeout=${STATEMENT_MS}`,
      "bytea_output=hex",
    ]
      .map((setting) => `-c ${setting}`)
      .join(" "),
  };
}

/** Integers as numbers that a double holds, bytes in memory of their own, everything else as text. */
function parserOf(builtins: {
  readonly INT8: number;
  readonly INT4: number;
  readonly BYTEA: number;
}) {
  return (type: number): ((text: string) => unknown) => {
    if (type === builtins.INT8 || type === builtins.INT4) return integer;
    return type === builtins.BYTEA ? bytes : (text) => text;
  };
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError("an integer that a double does not hold");
  return value;
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.slice(2), "hex"));
}

/** A failed start in the store's own words; what the server said only where it names no secret. */
export function startFailure(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const problem = problemOf(error);
  if (problem !== null) return problem;
  const what = isIdentifiable(error) ? ` (${error.code})` : "";
  return new StoreError("ledger.unavailable", `the database does not do what was asked${what}`);
}
