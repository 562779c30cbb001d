import { fail, ok, type Result } from "@bylaw/core";
import { type LedgerError, ledgerError } from "./errors.ts";
import { EMPTY_ROOT, nodeHash } from "./hash.ts";
import type { Subtree } from "./proof.ts";
import type { SubtreeReader } from "./reader.ts";
import { createTree, isPowerOfTwo, perfectSubtrees, splitPoint, type Tree } from "./tree.ts";

type Proof = Result<readonly Uint8Array[], LedgerError>;

/** Root of the first `size` entries. */
export function rootAt(log: SubtreeReader, size: number): Promise<Result<Uint8Array, LedgerError>> {
  return size === 0 ? Promise.resolve(ok(EMPTY_ROOT)) : rangeRoot(log, 0, size);
}

/** The tree of the first `size` entries, ready to grow. */
export async function treeAt(log: SubtreeReader, size: number): Promise<Result<Tree, LedgerError>> {
  const edge: Uint8Array[] = [];
  for (const [from, to] of perfectSubtrees(size)) {
    const hash = await log.perfect(from, to);
    if (!hash.ok) return hash;
    edge.push(hash.value);
  }
  return ok(createTree(size, edge));
}

/** Inclusion proof of the entry at `index` in the first `size` entries (RFC 6962 section 2.1.1). */
export async function proveInclusion(
  log: SubtreeReader,
  index: number,
  size: number,
): Promise<Proof> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    return fail(ledgerError("proof.range", `no entry ${index} in a log of ${size}`));
  const siblings: (readonly [number, number])[] = [];
  for (let from = 0, to = size; to - from > 1; ) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      siblings.push([middle, to]);
      to = middle;
    } else {
      siblings.push([from, middle]);
      from = middle;
    }
  }
  return collect(log, siblings.reverse());
}

/** Consistency proof from the first `size1` entries to the first `size2` (RFC 6962 section 2.1.2). */
export function proveConsistency(log: SubtreeReader, size1: number, size2: number): Promise<Proof> {
  return proveSubtreeConsistency(log, { start: 0, end: size1 }, size2);
}

/** Proof that [start, end) belongs to the first `size` entries; empty for an empty subtree. */
export async function proveSubtreeConsistency(
  log: SubtreeReader,
  { start, end }: Subtree,
  size: number,
): Promise<Proof> {
  if (start < 0 || start > end || end > size)
    return fail(ledgerError("proof.range", `no subtree [${start}, ${end}) in a log of ${size}`));
  if (start === end) return ok([]);
  const siblings: (readonly [number, number])[] = [];
  let [from, to, known] = [0, size, true];
  let low = start;
  // Downwards from the root to the subtree; a side that is not descended into is a sibling.
  while (!(low === from && end === to)) {
    const middle = from + splitPoint(to - from);
    if (end <= middle) {
      siblings.push([middle, to]);
      to = middle;
    } else {
      siblings.push([from, middle]);
      // The subtree reaches across: its left half is the sibling itself, the right half goes on.
      if (low < middle) [low, known] = [middle, false];
      from = middle;
    }
  }
  if (!known) siblings.push([from, to]);
  return collect(log, siblings.reverse());
}

async function collect(
  log: SubtreeReader,
  ranges: readonly (readonly [number, number])[],
): Promise<Proof> {
  const hashes: Uint8Array[] = [];
  for (const [from, to] of ranges) {
    const hash = await rangeRoot(log, from, to);
    if (!hash.ok) return hash;
    hashes.push(hash.value);
  }
  return ok(hashes);
}

/** Root of [from, to), which some tree has as a node: perfect parts are read, the rest combined. */
async function rangeRoot(
  log: SubtreeReader,
  from: number,
  to: number,
): Promise<Result<Uint8Array, LedgerError>> {
  if (isPowerOfTwo(to - from)) return log.perfect(from, to);
  const middle = from + splitPoint(to - from);
  const left = await log.perfect(from, middle);
  if (!left.ok) return left;
  const right = await rangeRoot(log, middle, to);
  return right.ok ? ok(nodeHash(left.value, right.value)) : right;
}
