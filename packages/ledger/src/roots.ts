import type { Claim } from "./claims.ts";
import { sameBytes } from "./hash.ts";
import type { createProblems } from "./report.ts";
import { createTree, type TileHash, type Tree } from "./tree.ts";

/** What the claims about a log's roots came to. */
export interface Judgement {
  /** Entries that some claim confirms as they are. */
  readonly sound: number;
  /** Entries that a checkpoint of the log itself confirms. */
  readonly signed: number;
  /** Entries that an outside checkpoint confirms; null without one. */
  readonly outside: number | null;
  /** Signed checkpoints that were confirmed. */
  readonly matched: number;
}

/** Rebuilds the tree and holds every claim against it. */
export interface RootCheck {
  size(): number;
  root(): Uint8Array;
  /** Entries about which the claims so far leave no doubt. */
  settled(): number;
  /** Adds an entry: the leaf hash of its bytes, and the one on file. */
  append(leaf: Uint8Array, filed: Uint8Array): readonly TileHash[];
  /** In: a claim about the tree as it is now. */
  compare(claim: Claim): void;
  /** Reports what no claim could settle. */
  finish(): Judgement;
}

/**
 * Where an entry and its leaf hash on file differ, one of them was changed, and the signed roots say
 * which: a second tree grows over the hashes on file, from the first difference on. A root that
 * neither tree has means that both were changed, somewhere since the last root that was confirmed.
 */
export function createRootCheck(problems: ReturnType<typeof createProblems>): RootCheck {
  const read = createTree();
  let filedTree: Tree | null = null;
  /** Entries that differ from their leaf hash on file and are not judged yet. */
  let differing: number[] = [];
  let settled = 0;
  let broken = false;
  const judgement = { sound: 0, signed: 0, outside: null as number | null, matched: 0 };

  function append(leaf: Uint8Array, filed: Uint8Array): readonly TileHash[] {
    if (!sameBytes(leaf, filed)) {
      differing.push(read.size());
      filedTree ??= createTree(read.size(), read.edge());
    }
    filedTree?.append(filed);
    return read.append(leaf);
  }

  function judge(code: "entry.hash" | "tile.hash"): void {
    const detail =
      code === "entry.hash"
        ? "the entry is not what was recorded"
        : "the leaf hash on file is not the hash of the entry, which is as it was signed";
    for (const index of differing) problems.add(code, index, index + 1, detail);
    differing = [];
  }

  function confirm({ by, size }: Claim): void {
    if (by !== "head") judgement.matched += 1;
    if (by === "log") judgement.signed = size;
    if (by === "outside") judgement.outside = size;
    judgement.sound = size;
  }

  function compare(claim: Claim): void {
    if (broken) return; // one changed entry contradicts every root after it
    const { size, root, by } = claim;
    if (sameBytes(read.root(), root)) {
      confirm(claim);
      judge("tile.hash");
      filedTree = null;
    } else if (filedTree !== null && sameBytes(filedTree.root(), root)) {
      judge("entry.hash");
    } else if (by === "head") {
      problems.add("head.mismatch", settled, size, "the entries do not have the root of the head");
      return;
    } else if (by === "outside" || settled === size) {
      problems.add("log.forked", settled, size, `another log of ${size} entries was signed`);
      return;
    } else {
      problems.add("root.mismatch", settled, size, "the entries do not have the signed root");
      broken = true;
      return;
    }
    settled = size;
  }

  return {
    size: () => read.size(),
    root: () => read.root(),
    settled: () => settled,
    append,
    compare,
    finish(): Judgement {
      judge("entry.hash");
      return judgement;
    },
  };
}
