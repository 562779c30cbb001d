import { resolve } from "node:path";
import {
  type CheckFinding,
  type CheckReport,
  check,
  SEVERITIES,
  type Severity,
} from "@bylaw/bundle";
import { type Config, type RuleSources, readRules, shieldCoverage, wallClock } from "@bylaw/server";
import { Command, Option } from "commander";
import { countText, findingText } from "../check-report.ts";
import { directoryOf } from "../directory.ts";
import { CommandError, EXIT } from "../exit.ts";
import { logUse } from "../log-use.ts";
import { jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { sarifOf } from "../sarif.ts";

interface Options {
  readonly config?: string;
  readonly log?: string;
  readonly now?: string;
  readonly deny: Severity;
  readonly sarif?: boolean;
  readonly json?: boolean;
}

export function checkCommand(): Command {
  return new Command("check")
    .description("validate configuration, policies and catalog, and look for mistakes in them")
    .argument("[paths...]", "policy files or folders, in place of the configuration's `policies`")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .option("--log <folder>", "data folder whose log says what permits and grants are used for")
    .option("--now <time>", "ISO time against which grants have ended (default: now)")
    .addOption(
      new Option("--deny <severity>", "the weakest finding that fails the check")
        .choices(SEVERITIES)
        .default("warning"),
    )
    .option("--sarif", "print SARIF 2.1.0, for code scanning")
    .addOption(jsonOption().conflicts("sarif"))
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw check",
        "  $ bylaw check policies/ --log ~/.local/state/bylaw",
        "  $ bylaw check --deny note --sarif > findings.sarif",
        "",
        "docs/check.md explains every rule and how to accept a finding.",
        "Exit codes: 0 nothing denied, 1 findings, 2 a file or the configuration cannot be read.",
      ].join("\n"),
    )
    .action(async (paths: readonly string[], options: Options) => {
      const config = withPaths(readConfig(options.config), paths);
      const read = await readRules(config);
      if (!read.ok) throw new CommandError(EXIT.usage, "policy.invalid", read.error.join("\n"));
      const report = await check({
        sources: read.value.sources,
        closed: read.value.closed,
        shield: read.value.shield?.loaded ?? null,
        now: timeOf(options.now),
        directory: directoryOf(config),
        use: options.log === undefined ? null : await logUse(resolve(options.log)),
      });
      print(report, options, summaryOf(config, read.value, report));
      const coverage = options.json || options.sarif ? null : shieldCoverage(config);
      if (coverage !== null) console.log(`SHIELD ${coverage}`);
      if (report.findings.some((finding) => denied(finding, options.deny)))
        process.exitCode = EXIT.no;
    });
}

/** Policies that the command line names stand in for the configuration's; packs and catalog stay. */
function withPaths(config: Config, paths: readonly string[]): Config {
  return paths.length === 0 ? config : { ...config, policies: paths, grants: null };
}

function timeOf(text: string | undefined): number {
  const now = text === undefined ? wallClock() : Date.parse(text);
  if (!Number.isNaN(now)) return now;
  throw new CommandError(
    EXIT.usage,
    "usage.now",
    `\`${text}\` is not a time such as 2026-02-03T09:00:00Z`,
  );
}

function denied({ severity, accepted }: CheckFinding, deny: Severity): boolean {
  return accepted === null && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(deny);
}

interface Summary {
  readonly bundle: string | null;
  readonly policies: number;
  readonly tools: number;
  readonly upstreams: number;
}

function summaryOf(config: Config, { catalog }: RuleSources, { bundle }: CheckReport): Summary {
  return {
    // What a gateway with this configuration names in its records: threat lists are a part of it.
    bundle: bundle?.digest ?? null,
    policies: bundle?.policies.size ?? 0,
    tools: catalog.tools.size,
    upstreams: Object.keys(config.upstreams).length,
  };
}

function print({ findings }: CheckReport, options: Options, summary: Summary): void {
  if (options.sarif) return console.log(JSON.stringify(sarifOf(findings, process.cwd()), null, 2));
  if (options.json) return console.log(JSON.stringify({ ...summary, findings }));
  for (const finding of findings)
    if (finding.accepted === null) console.log(`${findingText(finding)}\n`);
  if (summary.bundle !== null) {
    console.log(`${summary.policies} policies, ${summary.tools} tools in the catalog: valid`);
    console.log(`bundle ${summary.bundle}`);
  }
  console.log(countText(findings));
}
