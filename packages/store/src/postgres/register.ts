import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY_ROOT, type NoteSigner } from "@bylaw/ledger";
import type { ClientBase } from "pg";
import { StoreError } from "../errors.ts";
import { loadLogKey, SHARED_MARKER } from "../keys.ts";
import { newOrigin } from "../origin.ts";
import { commit } from "./session.ts";
import { requireDigestKey, settleDigestKey } from "./shared-key.ts";

interface Registered {
  readonly log: number;
  readonly signer: NoteSigner;
}

/**
 * Finds the log of this data folder in the database, or starts one. The folder holds the signing
 * key, the database the entries: one without the other is refused, since going on under the same
 * name would be a fork.
 *
 * Throws `ledger.corrupt`, `ledger.origin`, `store.key` or `store.digest_key`.
 */
export async function register(
  client: ClientBase,
  folder: string,
  origin: string | null,
): Promise<Registered> {
  const hadKey = existsSync(join(folder, "log.key"));
  if (existsSync(join(folder, "bylaw.db")))
    throw new StoreError("ledger.corrupt", "the data folder has a log of its own in `bylaw.db`");
  const signer = loadLogKey(folder, () => origin ?? newOrigin());
  if (origin !== null && origin !== signer.name)
    throw new StoreError("ledger.origin", `the log's name is \`${signer.name}\``);
  await client.query("BEGIN");
  await client.query("lock table log in share row exclusive mode");
  const { rows } = await client.query("select id, vkey from log where origin = $1", [signer.name]);
  const [known] = rows as { id: number; vkey: string }[];
  if (known !== undefined && known.vkey !== signer.vkey)
    throw new StoreError(
      hadKey ? "store.key" : "ledger.origin",
      `the database has another log with the name \`${signer.name}\``,
    );
  if (known === undefined && existsSync(join(folder, SHARED_MARKER)))
    throw new StoreError("ledger.corrupt", "there is a signing key, and its log is gone");
  await settleDigestKey(client, folder);
  await requireDigestKey(client, folder);
  const log = known?.id ?? (await create(client, signer));
  await commit(client);
  writeFileSync(join(folder, SHARED_MARKER), `${signer.name}\n`, { mode: 0o600, flush: true });
  return { log, signer };
}

async function create(client: ClientBase, signer: NoteSigner): Promise<number> {
  const { rows } = await client.query(
    `insert into log (id, origin, vkey)
     select coalesce(max(id), 0) + 1, $1, $2 from log returning id`,
    [signer.name, signer.vkey],
  );
  const [made] = rows as { id: number }[];
  if (made === undefined) throw new Error("no row from an insert");
  await client.query("insert into head (log, size, root) values ($1, 0, $2)", [
    made.id,
    Buffer.from(EMPTY_ROOT),
  ]);
  return made.id;
}
