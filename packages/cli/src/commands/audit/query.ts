import { wallClock } from "@bylaw/server/client";
import { Command } from "commander";
import { criteriaOf, filterOptions } from "../../audit/criteria.ts";
import { type Criteria, createFilter } from "../../audit/filter.ts";
import { jsonOf, lineOf } from "../../audit/line.ts";
import { scan } from "../../audit/scan.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { withArchive } from "../../log.ts";
import { type DataOption, dataFolder, dataOption } from "../../place.ts";

interface Options extends DataOption, Criteria {
  readonly limit?: string;
  readonly json?: boolean;
}

export function queryCommand(): Command {
  return filterOptions(new Command("query"))
    .description("records that match every filter given, oldest first")
    .option("--limit <count>", "stop after so many records")
    .option("--json", "print one JSON object per line: {index, record}")
    .addOption(dataOption())
    .addHelpText(
      "after",
      [
        "",
        "An outcome or an approval does not say which agent or effect it is about: it is found with",
        "the action it belongs to.",
        "",
        "Examples:",
        "  $ bylaw audit query --agent coder --outcome block --since 24h",
        "  $ bylaw audit query --effect delete --resource 'Table::customers*' --json",
        "  $ bylaw audit query --by ben --kind approval",
        "",
        "Exit codes: 0 something was found, 1 nothing was, 2 a filter that cannot match.",
      ].join("\n"),
    )
    .action((options: Options) =>
      withArchive(dataFolder(options), async (archive) => {
        const { limit, json, data: _data, ...criteria } = options;
        const matches = createFilter(criteriaOf(criteria, wallClock()));
        const found = await scan({
          archive,
          out: undefined,
          limit: limitOf(limit),
          matches,
          render: json ? jsonOf : lineOf,
        });
        if (found === 0) process.exitCode = EXIT.no;
      }),
    );
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, "usage.limit", `\`${text}\` is not a number of records`);
}
