import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_ROOT, leafHash, nodeHash } from "./hash.ts";
import { encodeSigningKey, parseSigningKey } from "./key.ts";
import { createMemoryLog, type MemoryLog } from "./memory.ts";
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "./proof.ts";
import {
  proveConsistency,
  proveInclusion,
  proveSubtreeConsistency,
  rootAt,
  treeAt,
} from "./prove.ts";
import { tileSubtrees } from "./reader.ts";
import { createTree, splitPoint } from "./tree.ts";

/** RFC 6962 section 2.1, word for word: the norm that everything else is compared with. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const k = splitPoint(leaves.length);
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

const hex = (hash: Uint8Array | undefined): string => Buffer.from(hash ?? []).toString("hex");
const SIZE = 1_100;
const leaves = Array.from({ length: SIZE }, (_, at) => leafHash(Buffer.from(`entry ${at}`)));
const log = memory();
const size = fc.integer({ min: 1, max: SIZE });

function memory(): MemoryLog {
  const signer = parseSigningKey(encodeSigningKey("test", new Uint8Array(32)));
  if (!signer.ok) throw new Error(signer.error.message);
  const created = createMemoryLog(signer.value);
  for (let at = 0; at < SIZE; at += 1) created.append(Buffer.from(`entry ${at}`));
  return created;
}

function valueOf<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("tree", () => {
  it("has the RFC's root at every size", () => {
    const tree = createTree();
    for (let count = 0; count <= 300; count += 1) {
      expect(hex(tree.root())).toBe(hex(naiveRoot(leaves.slice(0, count))));
      tree.append(leaves[count] as Uint8Array);
    }
  });

  it("continues from tiles as if it had never stopped", async () => {
    await fc.assert(
      fc.asyncProperty(size, async (count) => {
        const tree = valueOf(await treeAt(tileSubtrees(log, SIZE), count));
        expect(hex(tree.root())).toBe(hex(naiveRoot(leaves.slice(0, count))));
        if (count === SIZE) return;
        tree.append(leaves[count] as Uint8Array);
        expect(hex(tree.root())).toBe(hex(naiveRoot(leaves.slice(0, count + 1))));
      }),
      { numRuns: 60 },
    );
  });

  it("reports each completed tile once", () => {
    const tree = createTree();
    const completed = leaves.flatMap((leaf) => [...tree.append(leaf)]);
    expect(completed.map(({ level, index }) => [level, index])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(hex(completed[2]?.hash)).toBe(hex(naiveRoot(leaves.slice(512, 768))));
  });
});

describe("inclusion", () => {
  it("proves every entry of every small tree, and no other", async () => {
    for (let count = 1; count <= 33; count += 1) {
      const reader = tileSubtrees(log, count);
      const root = naiveRoot(leaves.slice(0, count));
      for (let index = 0; index < count; index += 1) {
        const proof = valueOf(await proveInclusion(reader, index, count));
        const leaf = leaves[index] as Uint8Array;
        expect(verifyInclusion(index, count, leaf, proof, root)).toBe(true);
        expect(verifyInclusion((index + 1) % (count + 1), count, leaf, proof, root)).toBe(false);
        expect(verifyInclusion(index, count, leaf, [...proof, leaf], root)).toBe(false);
        if (proof.length > 0)
          expect(verifyInclusion(index, count, leaf, proof.slice(1), root)).toBe(false);
      }
    }
  });

  it("fails with any bit of the proof flipped", async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (count, at, bit) => {
        const index = at % count;
        const proof = valueOf(await proveInclusion(tileSubtrees(log, count), index, count));
        const root = naiveRoot(leaves.slice(0, count));
        expect(verifyInclusion(index, count, leaves[index] as Uint8Array, proof, root)).toBe(true);
        if (proof.length === 0) return;
        const bad = proof.map((hash) => Uint8Array.from(hash));
        const target = bad[bit % bad.length] as Uint8Array;
        target[bit % 32] = (target[bit % 32] ?? 0) ^ (1 << (bit % 8));
        expect(verifyInclusion(index, count, leaves[index] as Uint8Array, bad, root)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("holds within a subtree", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5 }), fc.nat(), fc.nat(), async (h, a, b) => {
        const start = 2 ** h * (a % 8);
        const end = start + 1 + (b % 2 ** h);
        const inner = leaves.slice(start, end);
        const tree = createTree();
        for (const leaf of inner) tree.append(leaf);
        const path = inner.map((_, at) => naivePath(at, inner));
        for (const [at, leaf] of inner.entries())
          expect(
            verifySubtreeInclusion(
              start + at,
              { start, end },
              leaf,
              path[at] as Uint8Array[],
              tree.root(),
            ),
          ).toBe(true);
      }),
    );
  });

  it("refuses an entry that is not in the log", async () => {
    const refused = await proveInclusion(tileSubtrees(log, 10), 10, 10);
    expect(refused.ok ? null : refused.error.code).toBe("proof.range");
  });
});

/** RFC 6962 section 2.1.1, word for word. */
function naivePath(index: number, of: readonly Uint8Array[]): Uint8Array[] {
  if (of.length <= 1) return [];
  const k = splitPoint(of.length);
  return index < k
    ? [...naivePath(index, of.slice(0, k)), naiveRoot(of.slice(k))]
    : [...naivePath(index - k, of.slice(k)), naiveRoot(of.slice(0, k))];
}

describe("consistency", () => {
  it("proves every prefix of every small tree", async () => {
    for (let count = 1; count <= 33; count += 1) {
      const reader = tileSubtrees(log, count);
      const root = naiveRoot(leaves.slice(0, count));
      for (let prefix = 1; prefix <= count; prefix += 1) {
        const proof = valueOf(await proveConsistency(reader, prefix, count));
        const old = naiveRoot(leaves.slice(0, prefix));
        expect(verifyConsistency(prefix, count, proof, old, root)).toBe(true);
        expect(verifyConsistency(prefix, count, proof, root, old)).toBe(prefix === count);
        expect(verifyConsistency(prefix, count, [...proof, old], old, root)).toBe(false);
      }
    }
  });

  it("proves prefixes across tiles, and no tree with a changed prefix", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(), async (a, b, changed) => {
        const [prefix, count] = a < b ? [a, b] : [b, a];
        const proof = valueOf(await proveConsistency(tileSubtrees(log, count), prefix, count));
        const old = naiveRoot(leaves.slice(0, prefix));
        const root = naiveRoot(leaves.slice(0, count));
        expect(verifyConsistency(prefix, count, proof, old, root)).toBe(true);
        const forged = leaves.slice(0, prefix);
        forged[changed % prefix] = leafHash(Buffer.from("forged"));
        expect(verifyConsistency(prefix, count, proof, naiveRoot(forged), root)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("proves that a subtree belongs to the log", async () => {
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.integer({ min: 0, max: 6 }),
        fc.nat(),
        fc.nat(),
        async (n, h, a, b) => {
          const start = 2 ** h * (a % 16);
          const end = start + 1 + (b % 2 ** h);
          fc.pre(end <= n);
          const proof = valueOf(
            await proveSubtreeConsistency(tileSubtrees(log, n), { start, end }, n),
          );
          const part = naiveRoot(leaves.slice(start, end));
          const whole = naiveRoot(leaves.slice(0, n));
          expect(verifySubtreeConsistency({ start, end }, n, proof, part, whole)).toBe(true);
          expect(verifySubtreeConsistency({ start, end }, n, proof, EMPTY_ROOT, whole)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says nothing about an empty prefix", () => {
    expect(verifyConsistency(0, 1, [], EMPTY_ROOT, leaves[0] as Uint8Array)).toBe(false);
  });

  it("finds no root beyond the log", async () => {
    const missing = await rootAt(tileSubtrees(log, 256), 257);
    expect(missing.ok ? null : missing.error.code).toBe("tile.missing");
  });
});
