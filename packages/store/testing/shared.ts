import { type VerifyReport, verify } from "@bylaw/ledger";
import { type HeldAction, openSharedArchive, type Reservation, type Store } from "../src/index.ts";
import type { PostgresBackend } from "./backends.ts";
import { createFolder, NOW } from "./folders.ts";
import { REACH } from "./records.ts";

const MINUTE = 60_000;

/** A held action that expires in a minute. */
export function held(id: string): HeldAction {
  return {
    id,
    digest: `digest of ${id}`,
    agent: "agent",
    session: "session",
    credential: "credential",
    requirements: "[]",
    effects: "[]",
    request: "{}",
    created: NOW,
    expires: NOW + MINUTE,
  };
}

export function claim(action: string, more: Partial<Reservation> = {}): Reservation {
  return {
    action,
    agent: "agent",
    claims: { approvals: [], grants: [] },
    charge: { calls: 1, deletes: 0, sends: 0, spend: 0 },
    reach: REACH,
    seen: null,
    ...more,
  };
}

/** Two gateways on one database. */
export async function pair({ open, peerOf }: PostgresBackend): Promise<[Store, Store]> {
  const folder = createFolder();
  const first = await open(folder);
  return [first, await open(await peerOf(folder))];
}

/** What anybody finds who checks the log of a folder with its public key. */
export async function verified(
  folder: string,
  url: string,
  vkey: string,
): Promise<VerifyReport | null> {
  const archive = await openSharedArchive(folder, url);
  const origin = vkey.split("+")[0] ?? "";
  const report = await verify(archive, { origin, vkeys: [vkey], checkpoints: [], records: true });
  await archive.close();
  return report.ok ? report.value : null;
}
