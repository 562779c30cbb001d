import type { VerifyReport } from "@bylaw/ledger";
import { visible } from "../visible.ts";
import type { Assured } from "./trust.ts";

/** What a verification came to, for people. */
export function describeReport(report: VerifyReport, assured: Assured | null): string {
  const lines = [`${visible(report.origin)}: ${report.size} records, ${report.signed} signed`];
  if (report.first !== null) {
    const { code, index, until, detail } = report.first;
    lines.push(`NOT VERIFIED: ${entriesOf(index, until)}: ${visible(detail)} (${code})`);
    lines.push(`${report.problemCount} problems in all`);
    return lines.join("\n");
  }
  const { size, signed } = report;
  const records = signed === size ? "every record" : entriesOf(0, signed);
  lines.push(`verified: ${records}, every tile, ${report.checkpoints} checkpoints`);
  if (signed < size)
    lines.push(`NOT SIGNED: ${entriesOf(signed, size)}: nothing shows whether they were changed`);
  if (report.receipts > 0) lines.push(`${report.receipts} receipts: each record is as it was`);
  if (report.bodies.pruned > 0)
    lines.push(`${report.bodies.pruned} bodies were pruned, ${report.bodies.verified} are there`);
  if (report.open.length > 0) lines.push(`${report.open.length} actions without an outcome yet`);
  if (assured !== null) lines.push(describeAssured(assured));
  lines.push(
    report.heldAgainst === null
      ? "rollback not excluded: hand in a checkpoint or receipt kept elsewhere, or a --policy"
      : `no rollback: held against a checkpoint of ${report.heldAgainst} records kept elsewhere`,
  );
  return lines.join("\n");
}

/** Entries from one index up to, and without, another. */
function entriesOf(from: number, until: number): string {
  if (until <= from) return "the log";
  return until === from + 1 ? `entry ${from}` : `entries ${from} to ${until - 1}`;
}

function describeAssured({ witnesses, oldest }: Assured): string {
  if (oldest === null) return "policy met: it asks for no witness";
  const since = new Date(oldest * 1_000).toISOString();
  return `policy met: cosigned by ${witnesses.map(visible).join(", ")} since ${since}`;
}

/** What a process that has ended left for the next one. In: how many records. */
export function describePending(records: number): string {
  const what = records === 1 ? "1 more record is" : `${records} more records are`;
  return `${what} in the journal: the next start of the gateway takes them into the log`;
}
