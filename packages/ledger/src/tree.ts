import { EMPTY_ROOT, nodeHash } from "./hash.ts";
import { TILE_HEIGHT } from "./limits.ts";

/** The root of a full tile: one hash of the tile level above, at most every 256 entries. */
export interface TileHash {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** A growing Merkle tree that keeps only its right edge: at most 53 hashes, whatever its size. */
export interface Tree {
  size(): number;
  root(): Uint8Array;
  /** Roots of the perfect subtrees, largest first: enough to continue the tree elsewhere. */
  edge(): readonly Uint8Array[];
  /** Adds a leaf hash; returns the hashes of tile levels 1 and up that it completes. */
  append(leaf: Uint8Array): readonly TileHash[];
}

const NONE: readonly TileHash[] = [];

/**
 * A tree of `size` entries.
 *
 * In: `edge`, the roots of the perfect subtrees that make up the tree, largest first: one for each
 * set bit of `size` (RFC 6962 section 2.1 splits a tree in just this way).
 */
export function createTree(size = 0, edge: readonly Uint8Array[] = []): Tree {
  const stack = [...edge];
  let count = size;

  function append(leaf: Uint8Array): readonly TileHash[] {
    let completed: TileHash[] | null = null;
    let hash = leaf;
    let index = count;
    for (let height = 1; index % 2 === 1; height += 1) {
      hash = nodeHash(stack.pop() as Uint8Array, hash);
      index = (index - 1) / 2;
      if (height % TILE_HEIGHT === 0) {
        completed ??= [];
        completed.push({ level: height / TILE_HEIGHT, index, hash });
      }
    }
    stack.push(hash);
    count += 1;
    return completed ?? NONE;
  }

  return {
    size: () => count,
    root: () => fold(stack),
    edge: () => [...stack],
    append,
  };
}

/** Combines the right edge of a tree, smallest subtree first. */
function fold(edge: readonly Uint8Array[]): Uint8Array {
  if (edge.length === 0) return EMPTY_ROOT;
  return edge.reduceRight((right, left) => nodeHash(left, right));
}

/** The largest power of two smaller than `size`, where RFC 6962 splits a tree. In: at least 2. */
export function splitPoint(size: number): number {
  let power = 1;
  // Bit operators stop at 2^31.
  while (power * 2 < size) power *= 2;
  return power;
}

/** The perfect subtrees that make up a tree of `size` entries, as [from, to), largest first. */
export function perfectSubtrees(size: number): readonly (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  for (let from = 0; from < size; ) {
    const left = size - from;
    const width = isPowerOfTwo(left) ? left : splitPoint(left);
    ranges.push([from, from + width]);
    from += width;
  }
  return ranges;
}

/** The exponent of a power of two, exactly; null for any other size. In: at least 1. */
export function exponentOf(size: number): number | null {
  let exponent = 0;
  for (let power = 1; power < size; power *= 2) exponent += 1;
  return 2 ** exponent === size ? exponent : null;
}

export function isPowerOfTwo(size: number): boolean {
  return exponentOf(size) !== null;
}
