import { wallClock } from "@bylaw/server/client";
import { Command } from "commander";
import { criteriaOf, filterOptions } from "../../audit/criteria.ts";
import { type Criteria, createFilter } from "../../audit/filter.ts";
import { growth } from "../../audit/growth.ts";
import { jsonOf, lineOf } from "../../audit/line.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { openOutput } from "../../output.ts";
import { type DataOption, dataFolder, dataOption } from "../../place.ts";

interface Options extends DataOption, Criteria {
  readonly last: string;
  readonly json?: boolean;
}

export function followCommand(): Command {
  return filterOptions(new Command("follow"))
    .description("records as they are written, until you stop it")
    .option("--last <count>", "begin with so many records that are there already", "10")
    .option("--json", "print one JSON object per line: {index, record}")
    .addOption(dataOption())
    .addHelpText(
      "after",
      [
        "",
        "Reads the data folder, so it goes on while the gateway stops and starts again. It ends with",
        "code 1 when the log is shorter than it was.",
        "",
        "Examples:",
        "  $ bylaw audit follow",
        "  $ bylaw audit follow --outcome block --json | jq .record.decision.reasons",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const { last, json, data: _data, ...criteria } = options;
      const matches = createFilter(criteriaOf(criteria, wallClock()));
      const count = countOf(last);
      const stop = new AbortController();
      const end = (): void => stop.abort();
      process.once("SIGINT", end);
      process.once("SIGTERM", end);
      const output = openOutput(undefined);
      try {
        const render = json ? jsonOf : lineOf;
        for await (const entries of growth(dataFolder(options), -count, stop.signal)) {
          const text = entries.filter(matches).map(render).join("");
          if (text !== "" && !(await output.write(text))) break;
        }
      } finally {
        process.off("SIGINT", end);
        process.off("SIGTERM", end);
        await output.finish();
      }
    });
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, "usage.last", `\`${text}\` is not a number of records`);
}
