import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { archiveOf, lastEntries, type ShownEntry } from "../../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { summary } from "../../summary.ts";
import { visible } from "../../visible.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function showCommand(): Command {
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
