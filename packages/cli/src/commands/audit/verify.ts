import { readFileSync } from "node:fs";
import { type VerifyReport, verify } from "@bylaw/ledger";
import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { archiveOf, keyOf, originOf } from "../../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function verifyCommand(): Command {
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
      const archive = await archiveOf(folder);
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
        await archive.close();
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

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
