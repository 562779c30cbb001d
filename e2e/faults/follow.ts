import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import {
  type Checkpoint,
  createTree,
  decodeBundle,
  decodeCanonical,
  type LogArchive,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  sameBytes,
  TILE_WIDTH,
} from "@bylaw/ledger";
import { openArchive } from "@bylaw/store";

/**
 * Follows one log across restarts. Everything seen so far is kept as the right edge of a tree, so a
 * look costs as much as what is new and still finds any entry that was lost or changed since.
 */
export interface Follower {
  /** Every record seen so far. */
  readonly records: readonly LedgerRecord[];
  /** Reads on; returns what does not fit with what was there before, one sentence each. */
  look(): Promise<readonly string[]>;
}

/** In: the data folder of the gateway. */
export function follow(folder: string): Follower {
  const tree = createTree();
  const records: LedgerRecord[] = [];

  async function look(): Promise<readonly string[]> {
    const archive = openArchive(folder);
    try {
      const signed = signedBy(folder, await archive.checkpoint());
      const head = await archive.head();
      if (head.size < tree.size())
        return [`${tree.size()} entries were there and now there are ${head.size}`];
      if (signed === null) return ["the newest checkpoint does not verify"];
      const found: string[] = [];
      const compare = (claim: Pick<Checkpoint, "size" | "root">, what: string): void => {
        if (claim.size === tree.size() && !sameBytes(claim.root, tree.root()))
          found.push(`the ${claim.size} entries do not have the root of the ${what}`);
      };
      for await (const entry of entriesFrom(archive, tree.size(), head.size)) {
        const record = decodeCanonical(entry);
        if (record === null) return [`entry ${tree.size()} is not canonical`];
        tree.append(leafHash(entry));
        records.push(record.value as unknown as LedgerRecord);
        compare(signed, "newest checkpoint");
      }
      if (tree.size() !== head.size) found.push(`entry ${tree.size()} is not there`);
      if (signed.size > head.size)
        found.push(`${signed.size} entries were signed, ${head.size} are there`);
      compare(head, "head");
      return found;
    } finally {
      archive.close();
    }
  }

  return { records, look };
}

function signedBy(folder: string, note: string | null): Checkpoint | null {
  const key = parseVerifierKey(readFileSync(join(folder, "log.vkey"), "utf8").trim());
  if (note === null || !key.ok) return null;
  const opened = openCheckpoint(note, key.value.name, [key.value]);
  return opened.ok ? opened.value : null;
}

/** Entries [from, to) in order; ends early where one is missing. */
async function* entriesFrom(
  archive: LogArchive,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  for (let bundle = Math.floor(from / TILE_WIDTH); bundle * TILE_WIDTH < to; bundle += 1) {
    const first = bundle * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, to - first);
    const bytes = await archive.bundle(bundle, width);
    const entries = bytes === null ? null : decodeBundle(bytes, width);
    if (entries === null || !entries.ok) return;
    yield* entries.value.slice(Math.max(0, from - first));
  }
}
