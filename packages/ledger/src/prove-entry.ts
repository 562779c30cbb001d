import { fail, ok, type Result } from "@bylaw/core";
import { parseCheckpoint } from "./checkpoint.ts";
import { type LedgerError, ledgerError } from "./errors.ts";
import { TILE_WIDTH } from "./limits.ts";
import type { EntryProof } from "./proof-file.ts";
import { proveInclusion } from "./prove.ts";
import { type LogReader, tileSubtrees } from "./reader.ts";
import { decodeBundle, tileWidth } from "./tiles.ts";

/**
 * Proves one entry under the log's newest checkpoint.
 *
 * Out: the proof, not verified: a log that was changed gives one that does not hold. Error:
 * `proof.range` for an entry that the checkpoint does not cover (yet), `checkpoint.malformed`,
 * `tile.missing` or `tile.malformed` where the log cannot be read.
 */
export async function proveEntry(
  log: LogReader,
  index: number,
): Promise<Result<EntryProof, LedgerError>> {
  const note = await log.checkpoint();
  if (note === null) return fail(ledgerError("proof.range", "the log was never signed"));
  const checkpoint = parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1));
  if (!checkpoint.ok) return checkpoint;
  const { size } = checkpoint.value;
  const hashes = await proveInclusion(tileSubtrees(log, size), index, size);
  if (!hashes.ok) return hashes;
  const tile = Math.floor(index / TILE_WIDTH);
  const width = tileWidth(0, tile, size);
  const bytes = await log.bundle(tile, width);
  if (bytes === null) return fail(ledgerError("tile.missing", `bundle ${tile} of width ${width}`));
  const entries = decodeBundle(bytes, width);
  if (!entries.ok) return entries;
  const entry = entries.value[index % TILE_WIDTH] as Uint8Array;
  return ok({ index, entry, hashes: hashes.value, checkpoint: note });
}
