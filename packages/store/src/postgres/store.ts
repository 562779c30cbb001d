import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogArchive } from "@bylaw/ledger";
import type { Pool } from "pg";
import { createPruner } from "../bodies.ts";
import { composeStore, type Store } from "../compose.ts";
import { StoreError } from "../errors.ts";
import { createApprovals } from "../held.ts";
import { ensureFolder } from "../keys.ts";
import { asArchive, createLog } from "../log.ts";
import { logRows } from "../log-rows.ts";
import { takeOwnership } from "../owner.ts";
import { openDigestKeys } from "../shred.ts";
import type { StoreOptions } from "../store.ts";
import { createSharedClaims } from "./claims.ts";
import {
  type Driver,
  loadDriver,
  POOL_MAX,
  startFailure,
  TURN_CONNECTIONS_MAX,
} from "./connect.ts";
import { startListener } from "./listener.ts";
import { type GroupWriter, startLogWriter } from "./log-writer.ts";
import { migrate } from "./migrate.ts";
import { register } from "./register.ts";
import { poolReader } from "./session.ts";
import { keySharing } from "./shared-key.ts";
import { createTurns } from "./turns.ts";
import { createWriter } from "./writer.ts";

/** Opens a store that other gateways share. In: the connection URI; the folder holds the keys. */
export async function openShared(options: StoreOptions, url: string): Promise<Store> {
  const { folder, origin, now, ids } = options;
  ensureFolder(folder);
  const owner = takeOwnership(folder);
  const pools: Pool[] = [];
  let logWriter: GroupWriter | null = null;
  try {
    const driver = await loadDriver(url);
    const { log, signer } = await prepare(driver, folder, origin);
    logWriter = await startLogWriter(driver, { folder, log, signer }, now);
    const pool = driver.pool(POOL_MAX);
    const turns = driver.pool(TURN_CONNECTIONS_MAX);
    pools.push(pool, turns);
    const writer = createWriter(pool, log, logWriter);
    await writer.call("startRun", null, true);
    const read = poolReader(pool);
    const { approvals, announce } = createApprovals(writer, read);
    const listener = startListener(driver, log, approvals.get, announce);
    const records = createLog(writer, logRows(read, log), signer);
    return composeStore({
      writer,
      read,
      log: records,
      keys: await openDigestKeys(folder, records, now, keySharing(driver, log)),
      prune: createPruner(records, writer, { read, id: log }, now),
      approvals,
      claims: createSharedClaims(writer, read, now, announce),
      shared: true,
      alone: createTurns(turns),
      async close(): Promise<void> {
        await listener.close();
        await turns.end();
        await writer.close();
        owner.release();
      },
      ids,
    });
  } catch (error) {
    await logWriter?.close();
    for (const pool of pools) await pool.end();
    owner.release();
    throw startFailure(error);
  }
}

async function prepare(
  driver: Driver,
  folder: string,
  origin: string | null,
): ReturnType<typeof register> {
  const client = driver.client();
  client.on("error", () => undefined);
  try {
    await client.connect();
    await migrate(client);
    return await register(client, folder, origin);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const LOG = "select id from log where vkey = $1";

/**
 * Opens the log of a data folder whose entries are in PostgreSQL, for reading only. Throws a
 * StoreError like `openStore`; `ledger.corrupt` when the database does not know the folder's log.
 */
export async function openSharedArchive(
  folder: string,
  url: string,
): Promise<LogArchive & { close(): Promise<void> }> {
  const driver = await loadDriver(url);
  const pool = driver.pool(1);
  try {
    const vkey = readFileSync(join(folder, "log.vkey"), "utf8").trim();
    const { rows } = await pool.query(LOG, [vkey]);
    const [found] = rows as { id: number }[];
    if (found === undefined)
      throw new StoreError("ledger.corrupt", "the database does not know this folder's log");
    const archive = asArchive(logRows(poolReader(pool), found.id));
    return { ...archive, close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw startFailure(error);
  }
}
