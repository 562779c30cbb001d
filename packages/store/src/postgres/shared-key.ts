import type { ClientBase } from "pg";
import { StoreError } from "../errors.ts";
import { digestKeyCheck, loadDigestKey, pendingDigestKey, replaceDigestKey } from "../keys.ts";
import type { KeySharing } from "../shred.ts";
import type { Driver } from "./connect.ts";
import { unavailable } from "./problems.ts";

const CLAIM = `insert into meta (key, value) values ('digest_key', $1)
  on conflict (key) do update set value = meta.value returning value`;
const FOUND = "select value from meta where key = 'digest_key'";
const REPLACE = "update meta set value = $1 where key = 'digest_key'";
const OTHERS = "select id from log where id <> $1 order by id";
const TRY_OWN = "select pg_try_advisory_lock(hashtextextended($1, 0)) as mine";

/** Makes a log this connection's until it ends; false when it is somebody else's. */
export async function tryOwn(client: ClientBase, log: number): Promise<boolean> {
  const { rows } = await client.query(TRY_OWN, [`bylaw log ${log}`]);
  return (rows[0] as { mine: string }).mine === "t";
}

/**
 * Approvals are bound to keyed digests, so gateways that share approvals share the key. It never
 * goes to the database; a digest made with it does, to tell another key.
 */
export async function requireDigestKey(client: ClientBase, folder: string): Promise<void> {
  const check = digestKeyCheck(loadDigestKey(folder));
  const { rows } = await client.query(CLAIM, [check]);
  if ((rows as { value: string }[])[0]?.value !== check)
    throw new StoreError(
      "store.digest_key",
      "`digest.key` is not the key of the other gateways; copy theirs into the data folder",
    );
}

/** Puts the next key in place where the database has it already: the erasure was cut off there. */
export async function settleDigestKey(client: ClientBase, folder: string): Promise<void> {
  const pending = pendingDigestKey(folder);
  if (pending === null) return;
  const { rows } = await client.query(FOUND);
  if ((rows as { value: string }[])[0]?.value === digestKeyCheck(pending)) replaceDigestKey(folder);
}

/**
 * Replaces the key while no other gateway runs: each owns its log as long as it does, and looks at
 * the key after it has taken it. `store.shared_key` when one runs.
 */
export function keySharing(driver: Driver, log: number): KeySharing {
  return {
    async alone(step) {
      const client = driver.client();
      client.on("error", () => undefined);
      try {
        await client.connect().catch((error: unknown) => {
          throw unavailable(error);
        });
        const { rows } = await client.query(OTHERS, [log]);
        for (const { id } of rows as { id: number }[])
          if (!(await tryOwn(client, id)))
            throw new StoreError("store.shared_key", "another gateway runs with the same key");
        return await step(async (check) => void (await client.query(REPLACE, [check])));
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}
