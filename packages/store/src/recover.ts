import { StoreError } from "./errors.ts";
import { readJournal } from "./journal-files.ts";
import type { Frame } from "./journal-frame.ts";
import { BATCH_WRITES_MAX } from "./limits.ts";
import type { Resume } from "./protocol.ts";
import { FLUSH } from "./thread.ts";
import type { Write, Writer } from "./writer.ts";

/**
 * Takes what the last run left in the journal into the database, and puts it on disk there.
 *
 * In: what was acknowledged when this process had a failure; what comes after that was refused and is left
 * out. Throws `ledger.corrupt` when journal and database do not continue each other: one of them was
 * changed, or is an older copy.
 */
export async function recover(
  writer: Writer,
  folder: string,
  resume: Resume | null,
): Promise<void> {
  const frames = readJournal(folder);
  const last = resume === null ? Number.POSITIVE_INFINITY : (resume.acknowledged?.index ?? -1);
  const missing: Write[] = [];
  for (const frame of frames) {
    const next = writer.size() + missing.length;
    if (frame.index > last) break;
    if (frame.index < writer.size()) await requireSame(writer, frame);
    else if (frame.index !== next) throw new StoreError("ledger.corrupt", GONE);
    else missing.push({ op: "append", input: frame.append, sync: true });
  }
  for (let at = 0; at < missing.length; at += BATCH_WRITES_MAX)
    writer.commit(missing.slice(at, at + BATCH_WRITES_MAX));
  // The last process may have ended with entries in the database that are on disk in the journal alone.
  if (frames.length > 0) writer.commit([FLUSH]);
}

const GONE = "the journal goes on after entries that the database does not have";

async function requireSame(writer: Writer, { index, append }: Frame): Promise<void> {
  if (!(await writer.holds(index, append.entry)))
    throw new StoreError("ledger.corrupt", "the journal has another entry than the database");
}
