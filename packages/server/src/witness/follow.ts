import {
  checkpointIn,
  encodeSubmission,
  isFork,
  type KnownLog,
  type LogReader,
  openCheckpoint,
  proveConsistency,
  rootAt,
  sameBytes,
  tileSubtrees,
} from "@bylaw/ledger";
import type { Evidence } from "./state.ts";
import type { Witness } from "./witness.ts";

/** What a look at a log came to. */
export type Look =
  | "cosigned"
  | "forked"
  | "rolled_back"
  /** It offers an older checkpoint and has everything of the newer one: a cache, or a slow quorum. */
  | "lagging"
  | "unsigned"
  | "unreachable"
  | "refused";

/**
 * Looks at a log as any reader would, and has the witness rule on what it finds: the same rules as
 * for a submission, with the proof made from the log's own tiles. Never rejects.
 */
export async function look(
  { verifier }: KnownLog,
  log: LogReader,
  witness: Witness,
  accuse: (evidence: Omit<Evidence, "at">) => void,
): Promise<Look> {
  const origin = verifier.name;
  try {
    const note = await log.checkpoint();
    if (note === null) return "unsigned";
    const opened = openCheckpoint(note, origin, [verifier]);
    if (!opened.ok) return "unsigned";
    const last = witness.last(origin);
    const before = last === null ? null : checkpointIn(last);
    if (last === null || before === null) return submit(witness, 0, [], note);
    const { size, root } = opened.value;
    if (isFork(opened.value, before)) {
      accuse({ kind: "forked", origin, notes: [last, note] });
      return "forked";
    }
    if (size < before.size) {
      // It may have both: then its tiles at the larger size have the older root as well.
      if ((await compare(log, before, size, root)) === "continues") return "lagging";
      accuse({ kind: "rolled_back", origin, notes: [last, note] });
      return "rolled_back";
    }
    const proof =
      before.size === 0 || before.size === size
        ? null
        : await proveConsistency(tileSubtrees(log, size), before.size, size);
    if (proof !== null && !proof.ok) return "unreachable";
    const hashes = proof === null ? [] : proof.value;
    const result = submit(witness, before.size, hashes, note);
    if (result !== "refused") return result;
    if ((await compare(log, { size, root }, before.size, before.root)) !== "contradicts")
      return "refused";
    accuse({ kind: "forked", origin, notes: [last, note] });
    return "forked";
  } catch {
    return "unreachable";
  }
}

/** What the log's tiles at `whole`, where they have its root, say of an earlier root of it. */
async function compare(
  log: LogReader,
  whole: { readonly size: number; readonly root: Uint8Array },
  size: number,
  root: Uint8Array,
): Promise<"continues" | "contradicts" | "unreadable"> {
  const tiles = tileSubtrees(log, whole.size);
  const all = await rootAt(tiles, whole.size);
  const part = await rootAt(tiles, size);
  if (!all.ok || !part.ok || !sameBytes(all.value, whole.root)) return "unreadable";
  return sameBytes(part.value, root) ? "continues" : "contradicts";
}

function submit(
  witness: Witness,
  old: number,
  proof: readonly Uint8Array[],
  note: string,
): "cosigned" | "refused" {
  const { status } = witness.add(encodeSubmission({ old, proof, note }));
  return status === 200 ? "cosigned" : "refused";
}
