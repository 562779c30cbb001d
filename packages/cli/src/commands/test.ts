import { writeFileSync } from "node:fs";
import { PACKS, packTestFile } from "@bylaw/bundle";
import type { Config } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { junitOf } from "../junit.ts";
import { jsonOption } from "../place.ts";
import { type Coverage, coverageOf, type FileRun, runFile, testFilesIn } from "../policy-tests.ts";
import { readConfig } from "../read-config.ts";
import { coverageText, fileText, percentOf } from "../test-report.ts";

interface Options {
  readonly config?: string;
  readonly packs?: boolean;
  readonly coverage?: boolean;
  readonly coverageMin?: string;
  readonly junit?: string;
  readonly json?: boolean;
}

export function testCommand(): Command {
  return new Command("test")
    .description("decide the cases that stand beside the policies, and compare")
    .argument("[paths...]", "test files or folders (default: the configuration's `policies`)")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .option("--packs", "also run the tests of the packs in use, and count their policies")
    .option("--coverage", "list the policies that decide no case")
    .option("--coverage-min <percent>", "fail when fewer of the policies decide some case")
    .option("--junit <file>", "also write the results as JUnit XML")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw test policies/",
        "  $ bylaw test policies/ --coverage-min 100 --junit results.xml",
        "  $ bylaw test --packs --coverage",
        "",
        "docs/policy-tests.md explains how to write a test.",
        "Exit codes: 0 all as expected, 1 a case failed or too few policies decide, 2 a file did not run.",
      ].join("\n"),
    )
    .action(async (paths: readonly string[], options: Options) => {
      const least = leastOf(options.coverageMin);
      const config = readConfig(options.config);
      const files = filesOf(paths, config, options.packs === true);
      const runs: FileRun[] = [];
      for (const file of files) runs.push(await runFile(file, config.packs));
      const coverage = coverageOf(runs, options.packs === true);
      if (options.junit !== undefined) writeResults(options.junit, junitOf(runs));
      print(runs, coverage, options);
      process.exitCode = exitCode(runs, coverage, least);
    });
}

function leastOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const percent = Number(text);
  if (text.trim() !== "" && percent >= 0 && percent <= 100) return percent;
  const message = `\`${text}\` is not a percentage from 0 to 100`;
  throw new CommandError(EXIT.usage, "usage.percent", message);
}

/** No test at all is not a passed test. */
function filesOf(paths: readonly string[], config: Config, withPacks: boolean): readonly string[] {
  const named = testFilesIn(paths).concat(paths.length > 0 ? [] : beside(config));
  const packs = PACKS.filter((pack) => config.packs.includes(pack));
  const files = [...named, ...(withPacks ? packs.map(packTestFile) : [])];
  if (files.length > 0) return files;
  const message = "no policy tests found; name a file or folder with `*.test.yaml`, or use --packs";
  throw new CommandError(EXIT.usage, "test.none", message);
}

/** Tests in the folders that the configuration takes policies from; a single policy file has none of its own. */
function beside({ policies }: Config): readonly string[] {
  return testFilesIn(policies).filter((file) => file.endsWith(".test.yaml"));
}

function writeResults(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    const message = `${file}: cannot be written (${code})`;
    throw new CommandError(EXIT.usage, "test.unwritable", message);
  }
}

function exitCode(runs: readonly FileRun[], coverage: Coverage, least: number): number {
  if (runs.some(({ refused }) => refused.length > 0)) return EXIT.usage;
  const failed = runs.some(({ results }) => results.some(({ failure }) => failure !== null));
  const short = coverage.determining * 100 < least * coverage.policies;
  return failed || short ? EXIT.no : EXIT.ok;
}

function print(runs: readonly FileRun[], coverage: Coverage, options: Options): void {
  const cases = runs.flatMap(({ results }) => results);
  const failed = cases.filter(({ failure }) => failure !== null).length;
  if (options.json) {
    const files = runs.map(({ file, results, refused }) => ({ file, results, refused }));
    const { policies, determining, missing } = coverage;
    const share = { policies, determining, percent: percentOf(coverage), missing };
    const summary = { cases: cases.length, failed, coverage: share };
    return console.log(JSON.stringify({ ...summary, files }));
  }
  for (const run of runs) console.log(fileText(run));
  const refused = runs.filter((run) => run.refused.length > 0).length;
  const unread = refused === 0 ? "" : `, ${refused} of ${runs.length} files did not run`;
  console.log(`${cases.length - failed} passed, ${failed} failed${unread}`);
  if (options.coverage === true || options.coverageMin !== undefined)
    console.log(coverageText(coverage));
}
