import { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
import type { NoteVerifier } from "./key.ts";
import type { LogArchive, LogReader } from "./reader.ts";

/** A log to verify: over HTTP only what readers get, from its own folder all of an archive. */
export type Source = LogReader & Partial<Omit<LogArchive, keyof LogReader>>;

/** Something that says which root the tree has at some size. */
export interface Claim {
  readonly size: number;
  readonly root: Uint8Array;
  /** Signed by the log and kept with it, signed and kept elsewhere, or only noted by the store. */
  readonly by: "log" | "outside" | "head";
}

/** A checkpoint on file that claims nothing, since it does not verify. */
export interface Invalid {
  readonly by: "nobody";
  readonly reason: string;
}

/**
 * Every claim about the log, smallest tree first; of claims about one size, signed ones first.
 *
 * In: the opened outside checkpoints and the head. The checkpoints on file are opened on the way,
 * since a log may have more of them than fit into memory.
 */
export async function* claimsOf(
  source: Source,
  origin: string,
  verifiers: readonly NoteVerifier[],
  outside: readonly Checkpoint[],
  head: Pick<Checkpoint, "size" | "root"> | null,
): AsyncGenerator<Claim | Invalid> {
  const fixed: Claim[] = outside.map(({ size, root }) => ({ size, root, by: "outside" }));
  // A checkpoint that is signed while this runs is larger than the head, which was read before.
  if (head !== null) fixed.push({ ...head, by: "head" });
  fixed.sort((a, b) => a.size - b.size);
  let used = 0;
  let last = 0;
  for await (const note of source.checkpoints?.() ?? newest(source)) {
    const opened = openCheckpoint(note, origin, verifiers);
    if (!opened.ok) {
      yield { by: "nobody", reason: `checkpoint on file: ${opened.error.message}` };
      continue;
    }
    const { size, root } = opened.value;
    if (size < last) {
      yield { by: "nobody", reason: `checkpoint of size ${size} after one of size ${last}` };
      continue;
    }
    for (; used < fixed.length && (fixed[used] as Claim).size < size; used += 1)
      yield fixed[used] as Claim;
    last = size;
    yield { size, root, by: "log" };
  }
  yield* fixed.slice(used);
}

async function* newest(source: LogReader): AsyncGenerator<string> {
  const note = await source.checkpoint();
  if (note !== null) yield note;
}
