import { fail, ok, type Result } from "@bylaw/core";
import type { Checkpoint } from "./checkpoint.ts";
import { type LedgerError, ledgerError } from "./errors.ts";
import { nodeHash } from "./hash.ts";
import { CACHED_TILES_MAX, TILE_HEIGHT, TILE_WIDTH } from "./limits.ts";
import { splitTile, tileWidth } from "./tiles.ts";
import { exponentOf } from "./tree.ts";

/**
 * What anybody can read of a log, in the terms of C2SP tlog-tiles: the same over SQLite rows, a
 * folder of files or HTTP. Null means that the log does not have it; a throw means that it could
 * not be read.
 */
export interface LogReader {
  /** The newest signed checkpoint; null in a log that has never signed one. */
  checkpoint(): Promise<string | null>;
  /** A hash tile, `width` hashes wide. */
  tile(level: number, index: number, width: number): Promise<Uint8Array | null>;
  /** An entry bundle of `width` entries. */
  bundle(index: number, width: number): Promise<Uint8Array | null>;
}

/** What only the log's own store can add. */
export interface LogArchive extends LogReader {
  /** How far the log has grown: entries after the last checkpoint are not signed yet. */
  head(): Promise<Pick<Checkpoint, "size" | "root">>;
  /** Index of the last entry that is there, whatever the head says; -1 in an empty log. */
  last(): Promise<number>;
  /** Every checkpoint that was ever signed, oldest first. */
  checkpoints(): AsyncIterable<string>;
  /** A body kept beside the log, by its digest; null when it was pruned. */
  body(digest: string): Promise<Uint8Array | null>;
}

/** Hashes of perfect, aligned subtrees. Fails where the log lacks the tile. */
export interface SubtreeReader {
  /** Root of [from, to): a power of two wide and aligned to its width. */
  perfect(from: number, to: number): Promise<Result<Uint8Array, LedgerError>>;
}

/** Reads subtree hashes out of tiles, with the last few tiles kept folded. */
export function tileSubtrees(tiles: Pick<LogReader, "tile">, size: number): SubtreeReader {
  /** Tile -> its inner nodes: row h holds the roots of its perfect subtrees 2^h hashes wide. */
  const folded = new Map<string, readonly (readonly Uint8Array[])[]>();

  async function fold(
    level: number,
    index: number,
  ): Promise<Result<readonly (readonly Uint8Array[])[], LedgerError>> {
    const key = `${level}/${index}`;
    const known = folded.get(key);
    if (known !== undefined) return ok(known);
    const width = tileWidth(level, index, size);
    const bytes = width > 0 ? await tiles.tile(level, index, width) : null;
    if (bytes === null)
      return fail(ledgerError("tile.missing", `tile ${level}/${index} of width ${width}`));
    const split = splitTile(bytes, width);
    if (!split.ok) return split;
    const rows = pyramid(split.value);
    if (folded.size >= CACHED_TILES_MAX) folded.delete(folded.keys().next().value as string);
    folded.set(key, rows);
    return ok(rows);
  }

  return {
    async perfect(from, to): Promise<Result<Uint8Array, LedgerError>> {
      const height = exponentOf(to - from);
      if (height === null || from % (to - from) !== 0)
        throw new RangeError("not a perfect subtree");
      const level = Math.floor(height / TILE_HEIGHT);
      const within = height % TILE_HEIGHT;
      const first = from / TILE_WIDTH ** level;
      const index = Math.floor(first / TILE_WIDTH);
      const rows = await fold(level, index);
      if (!rows.ok) return rows;
      const hash = rows.value[within]?.[(first % TILE_WIDTH) / 2 ** within];
      return hash === undefined
        ? fail(ledgerError("proof.range", `no subtree [${from}, ${to}) in a log of ${size}`))
        : ok(hash);
    },
  };
}

function pyramid(hashes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const rows: (readonly Uint8Array[])[] = [hashes];
  for (let below = hashes; below.length > 1; below = rows.at(-1) as readonly Uint8Array[]) {
    const row: Uint8Array[] = [];
    for (let at = 0; at + 1 < below.length; at += 2)
      row.push(nodeHash(below[at] as Uint8Array, below[at + 1] as Uint8Array));
    rows.push(row);
  }
  return rows;
}
