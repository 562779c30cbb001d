import type { ClientBase } from "pg";
import { StoreError } from "../errors.ts";
import { MIGRATIONS, VERSION } from "../migrations.ts";
import { NAMESPACE } from "./connect.ts";
import { commit } from "./session.ts";

const LOCK = "select pg_advisory_xact_lock(hashtextextended('bylaw schema', 0))";

/**
 * Creates the tables, or brings them to the present version; one gateway at a time. Throws
 * `store.schema` when they are of a later version, and `store.settings` where a commit would not be
 * on disk.
 */
export async function migrate(client: ClientBase): Promise<void> {
  await requireSettings(client);
  await client.query("BEGIN");
  await client.query(LOCK);
  const found = await versionOf(client);
  if (found > VERSION)
    throw new StoreError("store.schema", `the database has schema version ${found}`);
  if (found < VERSION) {
    if (found === 0) await client.query(`create schema if not exists ${NAMESPACE}`);
    for (const { version, statements } of MIGRATIONS) {
      if (version <= found) continue;
      for (const text of statements("postgres")) await client.query(text);
    }
    await client.query(
      `insert into meta (key, value) values ('schema_version', $1)
       on conflict (key) do update set value = excluded.value`,
      [String(VERSION)],
    );
  }
  await commit(client);
}

async function versionOf(client: ClientBase): Promise<number> {
  const table = await client.query(`select to_regclass('${NAMESPACE}.meta') is not null as there`);
  if ((table.rows[0] as { there: string }).there !== "t") return 0;
  const { rows } = await client.query("select value from meta where key = 'schema_version'");
  return Number((rows as { value: string }[])[0]?.value ?? 0);
}

/** An answer to COMMIT must mean that it is on disk. */
async function requireSettings(client: ClientBase): Promise<void> {
  for (const [name, expected] of [
    ["synchronous_commit", "on"],
    ["fsync", "on"],
    ["full_page_writes", "on"],
  ] as const) {
    const { rows } = await client.query("select current_setting($1) as value", [name]);
    const value = (rows as { value: string }[])[0]?.value;
    if (value !== expected)
      throw new StoreError("store.settings", `the database has ${name} \`${value}\``);
  }
}
