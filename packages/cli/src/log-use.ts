import { type LogUse, useCounter } from "@bylaw/bundle";
import type { Facts, LedgerRecord } from "@bylaw/core";
import type { LogArchive } from "@bylaw/ledger";
import { readEntries } from "./audit/entries.ts";
import { withArchive } from "./log.ts";

/**
 * What the log of a data folder says about the use of policies; a running gateway does not mind. In:
 * who else is shown every record.
 */
export async function logUse(
  folder: string,
  see: (record: LedgerRecord) => void = () => undefined,
): Promise<LogUse> {
  return await withArchive(folder, async (archive) => {
    const counter = useCounter();
    const { size } = await archive.head();
    for await (const entries of readEntries(archive, 0, size))
      for (const { record } of entries) {
        see(record);
        if (record.kind === "intent")
          counter.add(record, await factsOf(archive, record.action.facts));
      }
    return counter.use();
  });
}

/** Null for facts that were pruned: the record alone then says what was done, but not where. */
async function factsOf(archive: LogArchive, digest: string): Promise<Facts | null> {
  const bytes = await archive.body(digest);
  if (bytes === null) return null;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as Facts;
  } catch {
    return null;
  }
}
