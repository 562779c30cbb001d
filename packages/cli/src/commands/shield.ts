import { resolve } from "node:path";
import {
  acknowledgeShield,
  type Config,
  coverageLine,
  currentUser,
  exportShieldList,
  reportShield,
  type ShieldReport,
} from "@bylaw/server";
import { Command, Option } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

interface Options {
  readonly config?: string;
  readonly file: readonly string[];
  readonly json?: boolean;
}

/** Texts of threat lists are somebody else's: nothing of them reaches the terminal as it is. */
function say(line: string): void {
  console.log(visible(line));
}

export function shieldCommand(): Command {
  return new Command("shield")
    .description("SHIELD.md threat lists: what of them is enforced")
    .addCommand(lintCommand())
    .addCommand(listCommand())
    .addCommand(ackCommand())
    .addCommand(exportCommand());
}

function configOption(): Option {
  return new Option(
    "--config <file>",
    "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)",
  );
}

function fileOption(): Option {
  return new Option(
    "--file <file>",
    "a SHIELD.md, or a feed if it ends in .json, in place of the configured ones; may be given again",
  )
    .argParser((value: string, previous: readonly string[]) => [...previous, value])
    .default([]);
}

/** The configuration, with the files of the command line in place of its own where there are any. */
function configured(named: string | undefined, files: readonly string[]): Config {
  const config = readConfig(named);
  const { shield } = config;
  const paths = files.map((file) => resolve(file));
  const asked =
    paths.length === 0
      ? shield
      : {
          ...shield,
          files: paths.filter((path) => !path.endsWith(".json")),
          feeds: paths.filter((path) => path.endsWith(".json")),
        };
  if (asked.files.length + asked.feeds.length === 0)
    throw new CommandError(EXIT.usage, "shield.none", "no SHIELD file is configured or named");
  return { ...config, shield: asked };
}

function lintCommand(): Command {
  return new Command("lint")
    .description("say what of threat lists is enforced and what is not")
    .argument("[files...]", "SHIELD.md files, or feeds that end in .json (default: as configured)")
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Coverage is the share of directives that are enforced as a whole. A part that cannot be read is",
        "never taken for a part that does not match.",
        "",
        "Examples:",
        "  $ bylaw shield lint SHIELD.md",
        "  $ bylaw shield lint SHIELD.md feed.json --json",
        "",
        "Exit codes: 0 nothing to say, 1 findings, 2 usage or configuration.",
      ].join("\n"),
    )
    .action((files: readonly string[], options: Options) => {
      const report = reportShield(configured(options.config, files));
      if (options.json) console.log(JSON.stringify({ ...report, coverage: share(report) }));
      else for (const line of linesOf(report)) say(line);
      const found =
        report.problems.length + report.findings.length + report.conflicts.length > 0 ||
        report.expired.length > 0;
      if (found) process.exitCode = EXIT.no;
    });
}

function share({ coverage }: ShieldReport) {
  return { ...coverage, text: `${coverage.parsed}/${coverage.directives}` };
}

function linesOf(report: ShieldReport): readonly string[] {
  const { coverage, entries, expired, revoked } = report;
  const indicators =
    coverage.indicators === 0
      ? []
      : [`indicators: ${coverage.enforced}/${coverage.indicators} enforced`];
  return [
    ...report.problems,
    ...report.findings.map(({ code, entry, file, line, text }) => {
      return `${file}:${line}: ${code}: entry ${entry}: ${text}`;
    }),
    ...report.conflicts.map((text) => `conflict: ${text}`),
    ...expired.map((id) => `expired: ${id}`),
    ...revoked.map((id) => `revoked: ${id}`),
    ...report.unacknowledged.map((id) => `not acknowledged: ${id} (bylaw shield ack ${id})`),
    `${entries.length} entries, ${entries.length - expired.length - revoked.length} in force`,
    coverageLine(report),
    ...indicators,
  ];
}

function listCommand(): Command {
  return new Command("list")
    .description("the entries of the threat lists, and which of them are in force")
    .addOption(fileOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw shield list --file SHIELD.md")
    .action((options: Options) => {
      const report = reportShield(configured(options.config, options.file));
      if (options.json) console.log(JSON.stringify(report.entries));
      else
        for (const { id, state, action, severity, title, place, unparsed } of report.entries) {
          const partly = unparsed.length === 0 ? "" : "  (not enforced as a whole)";
          say(
            `${state.padEnd(8)}${action.padEnd(18)}${severity.padEnd(10)}${id}  ${title}${partly}`,
          );
          say(`        ${place}`);
        }
      if (report.problems.length === 0) return;
      throw new CommandError(EXIT.no, "shield.invalid", report.problems.map(visible).join("\n"));
    });
}

function ackCommand(): Command {
  return new Command("ack")
    .description("acknowledge that a part of an entry cannot be enforced, so that its file loads")
    .argument("<id...>", "ids of entries, as `bylaw shield lint` names them")
    .addOption(fileOption())
    .option("--as <user>", "who acknowledges (default: you)", currentUser())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "The acknowledgement stands with name and time in shield-acks.yaml beside the configuration, to",
        "be reviewed with it, and ends when the entry changes.",
        "",
        "Example:",
        "  $ bylaw shield ack d1316e44 --file SHIELD.md",
      ].join("\n"),
    )
    .action((ids: readonly string[], options: Options & { readonly as: string }) => {
      const config = configured(options.config, options.file);
      const done = acknowledgeShield(config, ids, options.as);
      if (!done.ok) throw new CommandError(EXIT.no, "shield.ack", visible(done.error));
      if (options.json) return console.log(JSON.stringify(done.value));
      for (const { id } of done.value) say(`${id}: acknowledged by ${options.as}`);
      say(`written to ${config.shield.acks}`);
    });
}

function exportCommand(): Command {
  return new Command("export")
    .description("the entries in force as the list of a SHIELD.md")
    .option("--context", "the form for a model's context: 25 entries, strongest first, shortened")
    .addOption(fileOption())
    .addOption(configOption())
    .addHelpText(
      "after",
      "\nA model's context is advice to it; what is enforced is in the files.\n\nExample:\n  $ bylaw shield export --context --file feed.json > context.md",
    )
    .action((options: Options & { readonly context?: boolean }) => {
      const config = configured(options.config, options.file);
      const list = exportShieldList(config, options.context === true);
      if (!list.ok)
        throw new CommandError(EXIT.no, "shield.invalid", list.error.map(visible).join("\n"));
      process.stdout.write(list.value.split("\n").map(visible).join("\n"));
    });
}
