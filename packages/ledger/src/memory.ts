import { signCheckpoint } from "./checkpoint.ts";
import { bodyDigest, HASH_BYTES, leafHash } from "./hash.ts";
import type { NoteSigner } from "./key.ts";
import { TILE_WIDTH } from "./limits.ts";
import type { LogArchive } from "./reader.ts";
import { encodeBundle } from "./tiles.ts";
import { createTree } from "./tree.ts";

/** A log that lives in memory: everything a stored one does but last. */
export interface MemoryLog extends LogArchive {
  append(entry: Uint8Array): number;
  keep(body: Uint8Array): string;
  sign(): string;
}

/**
 * An empty log in memory. In: the signer of its checkpoints, whose name is the log's origin. Nothing
 * is signed until `sign()`; entries and bodies are kept as they are handed in, not copied.
 */
export function createMemoryLog(signer: NoteSigner): MemoryLog {
  const tree = createTree();
  const entries: Uint8Array[] = [];
  /** Hashes of each tile level. */
  const levels: Uint8Array[][] = [[]];
  const notes: string[] = [];
  const bodies = new Map<string, Uint8Array>();

  function tile(level: number, index: number, width: number): Uint8Array | null {
    const from = index * TILE_WIDTH;
    const hashes = (levels[level] ?? []).slice(from, from + width);
    if (hashes.length !== width) return null;
    const bytes = new Uint8Array(width * HASH_BYTES);
    for (const [at, hash] of hashes.entries()) bytes.set(hash, at * HASH_BYTES);
    return bytes;
  }

  return {
    append(entry): number {
      const leaf = leafHash(entry);
      (levels[0] as Uint8Array[]).push(leaf);
      for (const { level, hash } of tree.append(leaf)) {
        levels[level] ??= [];
        levels[level].push(hash);
      }
      return entries.push(entry) - 1;
    },
    keep(body): string {
      const digest = bodyDigest(body);
      bodies.set(digest, body);
      return digest;
    },
    sign(): string {
      const checkpoint = { origin: signer.name, size: tree.size(), root: tree.root() };
      const note = signCheckpoint(checkpoint, signer);
      if (notes.at(-1) !== note) notes.push(note);
      return note;
    },
    head: async () => ({ size: tree.size(), root: tree.root() }),
    last: async () => entries.length - 1,
    checkpoint: async () => notes.at(-1) ?? null,
    checkpoints: async function* (): AsyncGenerator<string> {
      yield* notes;
    },
    tile: async (level, index, width) => tile(level, index, width),
    async bundle(index, width): Promise<Uint8Array | null> {
      const from = index * TILE_WIDTH;
      const found = entries.slice(from, from + width);
      return found.length === width ? encodeBundle(found) : null;
    },
    body: async (digest) => bodies.get(digest) ?? null,
  };
}
