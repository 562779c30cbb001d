import type { LedgerRecord } from "@bylaw/core";
import type { LogArchive } from "@bylaw/ledger";
import { CommandError, EXIT } from "../exit.ts";
import { createProgress } from "../progress.ts";
import { type Entry, readEntries } from "./entries.ts";

/** Every record of one action, and of the approvals it waited for or used, in order. */
export async function storyOf(archive: LogArchive, id: string): Promise<readonly Entry[]> {
  // An approval is known by its id only once its action was found, and may stand before that.
  const direct = await collect(archive, (record) => idsOf(record).includes(id));
  const linked = new Set(direct.flatMap(({ record }) => approvalsOf(record)));
  const indices = new Set(direct.map(({ index }) => index));
  const approvals =
    linked.size === 0
      ? []
      : await collect(
          archive,
          (record) =>
            (record.kind === "approval" || record.kind === "hold") && linked.has(record.approval),
        );
  const others = approvals.filter(({ index }) => !indices.has(index));
  if (direct.length === 0) throw notFound(id);
  return [...direct, ...others].sort((a, b) => a.index - b.index);
}

/** The entry at an index. */
export async function entryAt(archive: LogArchive, index: number): Promise<Entry> {
  const { size } = await archive.head();
  if (index < size)
    for await (const entries of readEntries(archive, index, index + 1)) {
      const [entry] = entries;
      if (entry !== undefined) return entry;
    }
  throw notFound(String(index));
}

async function collect(
  archive: LogArchive,
  wanted: (record: LedgerRecord) => boolean,
): Promise<readonly Entry[]> {
  const { size } = await archive.head();
  const progress = createProgress("records", size);
  const found: Entry[] = [];
  for await (const entries of readEntries(archive, 0, size)) {
    found.push(...entries.filter(({ record }) => wanted(record)));
    progress.at((entries.at(-1)?.index ?? 0) + 1);
  }
  progress.end();
  return found;
}

/** The ids by which a record is found: its action's, and its approval's. */
function idsOf(record: LedgerRecord): readonly string[] {
  switch (record.kind) {
    case "intent":
      return [record.action.id];
    case "hold":
      return [record.action.id, record.approval];
    case "refusal":
    case "reject":
      return [record.id];
    case "outcome":
      return [record.action];
    case "approval":
      return [record.approval];
    default:
      return [];
  }
}

/** Approvals that a record's action waited for, or that it used up. */
function approvalsOf(record: LedgerRecord): readonly string[] {
  if (record.kind === "hold") return [record.approval];
  return record.kind === "intent" ? record.decision.claims.approvals : [];
}

function notFound(id: string): CommandError {
  return new CommandError(EXIT.no, "record.not_found", `the log has no record \`${id}\``);
}
