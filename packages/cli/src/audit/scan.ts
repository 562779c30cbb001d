import type { LogArchive } from "@bylaw/ledger";
import { openOutput } from "../output.ts";
import { createProgress } from "../progress.ts";
import { type Entry, readEntries } from "./entries.ts";

/** What a scan of the log writes, and where it ends. */
export interface Scan {
  readonly archive: LogArchive;
  /** File, or undefined for standard output. */
  readonly out: string | undefined;
  /** Text before the first entry. */
  readonly head?: string;
  /** Whether an entry is one of those asked for; called for every entry in order. */
  matches(entry: Entry): boolean;
  /** Text for an entry that is. */
  render(entry: Entry): string;
  /** Entries to write at most. */
  readonly limit?: number;
}

/**
 * Reads the whole log once and writes what matches, a bundle at a time. Out: how many entries were
 * written. A file appears under its name only when all of it is there.
 */
export async function scan({
  archive,
  out,
  limit = Number.POSITIVE_INFINITY,
  ...rest
}: Scan): Promise<number> {
  const { size } = await archive.head();
  const output = openOutput(out);
  const progress = createProgress("records", size);
  let written = 0;
  try {
    await output.write(rest.head ?? "");
    for await (const entries of readEntries(archive, 0, size)) {
      let text = "";
      for (const entry of entries) {
        if (!rest.matches(entry) || written >= limit) continue;
        text += rest.render(entry);
        written += 1;
      }
      if (text !== "" && !(await output.write(text))) break;
      if (written >= limit) break;
      progress.at((entries.at(-1)?.index ?? 0) + 1);
    }
    progress.end();
    await output.finish();
    return written;
  } catch (error) {
    progress.end();
    output.abandon();
    throw error;
  }
}
