import { EMPTY_ROOT, HASH_BYTES, nodeHash, sameBytes } from "./hash.ts";
import { isPowerOfTwo, splitPoint } from "./tree.ts";

/** The entries [start, end) of a log: what a proof speaks about. */
export interface Subtree {
  readonly start: number;
  readonly end: number;
}

/** Signals a proof that is too short; every other failure is a comparison at the end. */
class ShortProof extends Error {}

/** Hands out the hashes of a proof in order. */
function reader(proof: readonly Uint8Array[]): {
  readonly take: () => Uint8Array;
  readonly spent: () => boolean;
} {
  let used = 0;
  return {
    take(): Uint8Array {
      const hash = proof[used];
      if (hash === undefined) throw new ShortProof();
      used += 1;
      return hash;
    },
    spent: () => used === proof.length,
  };
}

/**
 * Whether `proof` shows that the leaf at `index` is in the tree of `size` entries with this root
 * (RFC 6962 section 2.1.1).
 */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  return verifySubtreeInclusion(index, { start: 0, end: size }, leaf, proof, root);
}

/**
 * Whether `proof` shows that the leaf at `index` is in the subtree [start, end) with this root
 * (draft-ietf-plants-merkle-tree-certs section 4.3).
 */
export function verifySubtreeInclusion(
  index: number,
  subtree: Subtree,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const { start, end } = subtree;
  if (!isSubtree(subtree) || !Number.isSafeInteger(index)) return false;
  if (index < start || index >= end || !wellFormed([leaf, ...proof])) return false;
  return settled(proof, ({ take }) => {
    // The proof lists the siblings from the leaf upwards, so the recursion takes them on its way back.
    const climb = (at: number, size: number): Uint8Array => {
      if (size === 1) return leaf;
      const left = splitPoint(size);
      if (at < left) return nodeHash(climb(at, left), take());
      const right = climb(at - left, size - left);
      return nodeHash(take(), right);
    };
    return sameBytes(climb(index - start, end - start), root);
  });
}

/**
 * Whether `proof` shows that the tree of `size1` entries is a prefix of the tree of `size2`
 * (RFC 6962 section 2.1.2). An empty first tree is refused: everything is consistent with it.
 */
export function verifyConsistency(
  size1: number,
  size2: number,
  proof: readonly Uint8Array[],
  root1: Uint8Array,
  root2: Uint8Array,
): boolean {
  if (size1 === 0) return false;
  return verifySubtreeConsistency({ start: 0, end: size1 }, size2, proof, root1, root2);
}

/**
 * Whether `proof` shows that the subtree [start, end) with root `part` belongs to the tree of
 * `size` entries with root `whole` (draft-ietf-plants-merkle-tree-certs section 4.4). An empty
 * subtree belongs to every tree.
 */
export function verifySubtreeConsistency(
  subtree: Subtree,
  size: number,
  proof: readonly Uint8Array[],
  part: Uint8Array,
  whole: Uint8Array,
): boolean {
  const { start, end } = subtree;
  if (!isSubtree(subtree) || !Number.isSafeInteger(size) || end > size) return false;
  if (!wellFormed(proof.length === 0 ? [] : [part, ...proof])) return false;
  if (start === end) return proof.length === 0 && sameBytes(part, EMPTY_ROOT);
  return settled(proof, ({ take }) => {
    // SUBPROOF of the RFC, read backwards: `known` says that the verifier holds the range's hash.
    const climb = (from: number, to: number, size: number, known: boolean): Climbed => {
      if (from === 0 && to === size) {
        const hash = known ? part : take();
        return { part: hash, whole: hash };
      }
      const left = splitPoint(size);
      if (to <= left) {
        const below = climb(from, to, left, known);
        return { part: below.part, whole: nodeHash(below.whole, take()) };
      }
      if (from >= left) {
        const below = climb(from - left, to - left, size - left, known);
        return { part: below.part, whole: nodeHash(take(), below.whole) };
      }
      const below = climb(0, to - left, size - left, false);
      const sibling = take();
      return { part: nodeHash(sibling, below.part), whole: nodeHash(sibling, below.whole) };
    };
    const reached = climb(start, end, size, true);
    return sameBytes(reached.part, part) && sameBytes(reached.whole, whole);
  });
}

interface Climbed {
  readonly part: Uint8Array;
  readonly whole: Uint8Array;
}

/** Runs a check over a proof; true only if it holds and has used every hash. */
function settled(
  proof: readonly Uint8Array[],
  check: (hashes: ReturnType<typeof reader>) => boolean,
): boolean {
  const hashes = reader(proof);
  try {
    return check(hashes) && hashes.spent();
  } catch (error) {
    if (error instanceof ShortProof) return false;
    throw error;
  }
}

/** A range that is one node of some tree: its start is a multiple of its width rounded up to a power of two. */
function isSubtree({ start, end }: Subtree): boolean {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return false;
  if (start < 0 || end < start) return false;
  const width = end - start;
  if (width === 0) return true;
  const rounded = isPowerOfTwo(width) ? width : 2 * splitPoint(width);
  return start % rounded === 0;
}

function wellFormed(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}
