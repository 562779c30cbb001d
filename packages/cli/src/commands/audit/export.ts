import { wallClock } from "@bylaw/server/client";
import { Command } from "commander";
import { criteriaOf, filterOptions } from "../../audit/criteria.ts";
import { csvFormat } from "../../audit/csv.ts";
import { createActions, type ExportFormat, type Source, type Summary } from "../../audit/export.ts";
import { type Criteria, createFilter } from "../../audit/filter.ts";
import { ocsfFormat } from "../../audit/ocsf.ts";
import { otlpFormat } from "../../audit/otlp.ts";
import { scan } from "../../audit/scan.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { keyOf, withArchive } from "../../log.ts";
import { type DataOption, dataFolder, dataOption } from "../../place.ts";
import { version } from "../../version.ts";

const FORMATS = { ocsf: ocsfFormat, otlp: otlpFormat, csv: csvFormat } as const;

interface Options extends DataOption, Criteria {
  readonly ocsf?: boolean;
  readonly otlp?: boolean;
  readonly csv?: boolean;
  readonly out?: string;
}

export function exportCommand(): Command {
  return filterOptions(new Command("export"))
    .description("the log in a form that other systems read, one record per line")
    .option("--ocsf", "OCSF 1.9.0 events as JSON lines, for a SIEM")
    .option("--otlp", "OpenTelemetry log records, OTLP as JSON lines, for a collector")
    .option("--csv", "RFC 4180 with a header, for a spreadsheet")
    .option(
      "--out <file>",
      "where to write it; appears when it is whole (default: standard output)",
    )
    .addOption(dataOption())
    .addHelpText(
      "after",
      [
        "",
        "An export proves nothing by itself: every OCSF event carries the log's name, the record's",
        "index and its leaf hash, so that `bylaw audit prove INDEX` can be held against it.",
        "",
        "Examples:",
        "  $ bylaw audit export --ocsf --since 24h --out yesterday.ocsf.jsonl",
        "  $ bylaw audit export --otlp > logs.jsonl",
        "  $ bylaw audit export --csv --outcome block --out refused.csv",
      ].join("\n"),
    )
    .action((options: Options) => {
      const { ocsf, otlp, csv, out, data: _data, ...criteria } = options;
      const folder = dataFolder(options);
      const source: Source = { origin: keyOf(folder).origin, version: version() };
      const format = formatOf({ ocsf, otlp, csv }, source);
      const actions = createActions();
      let action: Summary | null = null;
      const matches = createFilter(criteriaOf(criteria, wallClock()));
      return withArchive(folder, async (archive) => {
        await scan({
          archive,
          out,
          head: format.head,
          matches(entry) {
            // Also for one that is not asked for: a later record may belong to it.
            action = actions.see(entry);
            return matches(entry);
          },
          render: (entry) => format.render(entry, action),
        });
      });
    });
}

function formatOf(
  asked: Readonly<Record<keyof typeof FORMATS, boolean | undefined>>,
  source: Source,
): ExportFormat {
  const names = (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).filter((name) => asked[name]);
  const [only] = names;
  if (only === undefined || names.length > 1)
    throw new CommandError(EXIT.usage, "usage.format", "name one of --ocsf, --otlp and --csv");
  return FORMATS[only](source);
}
