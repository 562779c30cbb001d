import { parseCheckpoint } from "./checkpoint.ts";
import { HASH_BYTES } from "./hash.ts";
import { TILE_LEVELS_MAX, TILE_WIDTH } from "./limits.ts";
import type { LogReader } from "./reader.ts";
import { bundlePath, decodeBundle, encodeBundle, tileCount, tilePath, tileWidth } from "./tiles.ts";

/** A file of a published log, by its path under the log's prefix. */
export interface LogFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Every file of the log as its newest checkpoint commits to it, in the layout of C2SP tlog-tiles.
 * The checkpoint comes last: whoever finds it finds everything it speaks about. Nothing for a log
 * that has not signed yet. Throws when the log lacks a tile of its own.
 */
export async function* publish(log: LogReader): AsyncGenerator<LogFile> {
  const note = await log.checkpoint();
  if (note === null) return;
  const parsed = parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1));
  if (!parsed.ok) throw new Error(parsed.error.message);
  const { size } = parsed.value;
  const present = (bytes: Uint8Array | null, path: string): LogFile => {
    if (bytes === null) throw new Error(`the log lacks \`${path}\``);
    return { path, bytes };
  };
  for (let index = 0; index < tileCount(0, size); index += 1) {
    const width = tileWidth(0, index, size);
    yield present(await log.bundle(index, width), bundlePath(index, width));
  }
  for (let level = 0; level < TILE_LEVELS_MAX; level += 1)
    for (let index = 0; index < tileCount(level, size); index += 1) {
      const width = tileWidth(level, index, size);
      yield present(await log.tile(level, index, width), tilePath(level, index, width));
    }
  yield { path: "checkpoint", bytes: Buffer.from(note) };
}

/**
 * A published log, read through anything that fetches files by path: a folder or HTTP. Where a
 * partial tile is gone the full one takes its place, as the specification allows.
 */
export function publishedLog(fetch: (path: string) => Promise<Uint8Array | null>): LogReader {
  return {
    async checkpoint(): Promise<string | null> {
      const bytes = await fetch("checkpoint");
      return bytes === null ? null : Buffer.from(bytes).toString("utf8");
    },
    async tile(level, index, width): Promise<Uint8Array | null> {
      const bytes = await fetch(tilePath(level, index, width));
      if (bytes !== null || width === TILE_WIDTH) return bytes;
      const full = await fetch(tilePath(level, index, TILE_WIDTH));
      return full?.subarray(0, width * HASH_BYTES) ?? null;
    },
    async bundle(index, width): Promise<Uint8Array | null> {
      const bytes = await fetch(bundlePath(index, width));
      if (bytes !== null || width === TILE_WIDTH) return bytes;
      const full = await fetch(bundlePath(index, TILE_WIDTH));
      const entries = full === null ? null : decodeBundle(full, TILE_WIDTH);
      return entries?.ok ? encodeBundle(entries.value.slice(0, width)) : null;
    },
  };
}
