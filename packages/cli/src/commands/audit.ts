import { readFileSync } from "node:fs";
import { deciding, type LedgerRecord } from "@bylaw/core";
import { type VerifyReport, verify } from "@bylaw/ledger";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { archiveOf, keyOf, lastEntries, originOf, type ShownEntry } from "../log.ts";

import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";
import { pruneCommand, shredCommand } from "./erase.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function auditCommand(): Command {
  return new Command("audit")
    .description("the log of what was asked, decided, approved and done")
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(checkpointCommand())
    .addCommand(pruneCommand())
    .addCommand(shredCommand());
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("recompute the whole log and say what was changed, if anything was")
    .option("--checkpoint <file>", "a checkpoint kept elsewhere; may be given again", collect, [])
    .option("--key <vkey>", "verifier key (default: log.vkey of the data folder)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "A log that nobody else has seen can be replaced by an older one of its owner. Keep the output",
        "of `bylaw audit checkpoint` in another place and hand it in, and that is found too.",
        "",
        "Examples:",
        "  $ bylaw audit verify",
        "  $ bylaw audit verify --checkpoint ./kept-last-month.txt --json",
        "",
        "Exit codes: 0 verified, 1 something is wrong, 2 nothing to verify.",
      ].join("\n"),
    )
    .action(async (options: Options & { readonly checkpoint: string[]; readonly key?: string }) => {
      const folder = dataFolder(options);
      const archive = archiveOf(folder);
      const vkey = options.key ?? keyOf(folder).vkey;
      try {
        const verified = await verify(archive, {
          origin: originOf(vkey),
          vkeys: [vkey],
          checkpoints: options.checkpoint.map(readCheckpoint),
          records: true,
        });
        if (!verified.ok)
          throw new CommandError(EXIT.no, verified.error.code, describeTrust(verified.error.code));
        console.log(options.json ? JSON.stringify(verified.value) : describe(verified.value));
        if (!verified.value.ok) process.exitCode = EXIT.no;
      } finally {
        archive.close();
      }
    });
}

function readCheckpoint(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new CommandError(EXIT.usage, "checkpoint.unreadable", `cannot read \`${file}\``);
  }
}

function describeTrust(code: string): string {
  return `the key or a checkpoint from elsewhere does not hold (${code})`;
}

function describe(report: VerifyReport): string {
  const lines = [`${report.origin}: ${report.size} records, ${report.signed} signed`];
  if (report.first !== null) {
    const { code, index, until, detail } = report.first;
    const where = until === index + 1 ? `entry ${index}` : `entries ${index} to ${until - 1}`;
    lines.push(`NOT VERIFIED: ${where}: ${detail} (${code})`);
    lines.push(`${report.problemCount} problems in all`);
    return lines.join("\n");
  }
  lines.push(`verified: every record, every tile, ${report.checkpoints} checkpoints`);
  if (report.bodies.pruned > 0)
    lines.push(`${report.bodies.pruned} bodies were pruned, ${report.bodies.verified} are there`);
  if (report.open.length > 0) lines.push(`${report.open.length} actions without an outcome yet`);
  lines.push(
    report.heldAgainst === null
      ? "rollback not excluded: hand in a checkpoint kept elsewhere with --checkpoint"
      : `no rollback: held against a checkpoint of ${report.heldAgainst} records kept elsewhere`,
  );
  return lines.join("\n");
}

function showCommand(): Command {
  return new Command("show")
    .description("the latest records")
    .argument("[record]", "one record, by its index")
    .option("--last <count>", "how many records; `all` for every one", "50")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ bylaw audit show\n  $ bylaw audit show 41 --json")
    .action(async (record: string | undefined, options: Options & { readonly last: string }) => {
      const archive = archiveOf(dataFolder(options));
      try {
        const count =
          options.json || record !== undefined ? Number.MAX_SAFE_INTEGER : countOf(options.last);
        const entries = await lastEntries(archive, count);
        if (record === undefined) return print(entries, options.json === true);
        const found = entries.find(({ index }) => index === Number(record));
        if (found === undefined)
          throw new CommandError(
            EXIT.no,
            "record.not_found",
            `the log has no record \`${record}\``,
          );
        console.log(JSON.stringify(found.record, null, options.json ? 0 : 2));
      } finally {
        archive.close();
      }
    });
}

function countOf(text: string): number {
  if (text === "all") return Number.MAX_SAFE_INTEGER;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new CommandError(EXIT.usage, "usage.last", `\`${text}\` is not a number of records`);
}

function print(entries: readonly ShownEntry[], json: boolean): void {
  if (json) return console.log(JSON.stringify(entries));
  for (const { index, record } of entries)
    console.log(`${String(index).padStart(6)}  ${record.at}  ${visible(summary(record))}`);
}

/** One line that a person can read without the format's documentation. */
function summary(record: LedgerRecord): string {
  switch (record.kind) {
    case "intent":
      return `${record.decision.outcome.toUpperCase()}  ${who(record.action)}`;
    case "refusal": {
      const { code, policy } = deciding(record.decision);
      const what = record.action === null ? record.id : who(record.action);
      return `${record.decision.outcome.toUpperCase()}  ${what}  by ${policy ?? code} (${code})`;
    }
    case "hold":
      return `HOLD  ${who(record.action)}  ${record.approval}`;
    case "approval":
      return `${record.verdict.toUpperCase()}  ${record.approval}  by ${record.by ?? "nobody"}`;
    case "outcome":
      return `  → ${record.completion}${record.code === null ? "" : ` (${record.code})`}  of ${record.intent}`;
    case "reject":
      return `REJECT  ${record.credential ?? "unknown caller"}  ${record.code}`;
    case "start":
      return `START  bylaw ${record.version}, ${record.tier}, bundle ${record.bundle.slice(0, 19)}`;
    case "stop":
      return "STOP";
    case "gap":
      return `GAP  nothing recorded since ${record.since} (${record.code}), ${record.refused} records refused`;
    case "change":
      return `CHANGE  ${record.subject} ${record.id}: ${record.before ?? "new"} -> ${record.after ?? "gone"} by ${record.by}`;
  }
}

type Summary = Extract<LedgerRecord, { kind: "intent" }>["action"];

function who({ chain, upstream, target, operation }: Summary): string {
  const agent = chain.at(-1)?.id ?? "?";
  return `${agent} ${upstream}/${target ?? operation}`;
}

function checkpointCommand(): Command {
  return new Command("checkpoint")
    .description("print the newest signed checkpoint, to be kept in another place")
    .addOption(dataOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw audit checkpoint > /elsewhere/bylaw-checkpoint.txt",
    )
    .action(async (options: DataOption) => {
      const archive = archiveOf(dataFolder(options));
      try {
        const note = await archive.checkpoint();
        if (note === null)
          throw new CommandError(EXIT.no, "checkpoint.missing", "the log was never signed");
        process.stdout.write(note);
      } finally {
        archive.close();
      }
    });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
