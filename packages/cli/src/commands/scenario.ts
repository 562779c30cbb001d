import { writeFileSync } from "node:fs";
import { type ExpectedFailures, GATEWAYS, type GatewayName, holds, type Run, runScenario, type Scenario } from "@bylaw/scenario";
import { Command, Option } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { junitSuites } from "../junit.ts";
import { jsonOption } from "../place.ts";
import { expectedFailures, mistakeText, readScenarios, scenarioFiles } from "../scenario/files.ts";
import { scenarioOps } from "../scenario/ops.ts";
import { ruleMistakes } from "../scenario/rules.ts";
import { countsOf, runText, suiteOf } from "../scenario/report.ts";
import { inOrder } from "../scenario/in-order.ts";
import { visible } from "../visible.ts";

export function scenarioCommand(): Command {
  return new Command("scenario")
    .description("incidents as text, played through real gateways")
    .addCommand(runCommand())
    .addCommand(checkCommand());
}

interface Options {
  readonly gateway: string;
  readonly ungoverned?: boolean;
  readonly expected?: string;
  readonly junit?: string;
  readonly json?: boolean;
}

function runCommand(): Command {
  return new Command("run")
    .description("play scenarios and compare verdicts, the world and the log with what they say")
    .argument("[paths...]", "scenario files or folders (default: scenarios)")
    .addOption(
      new Option("--gateway <name>", "the way of the calls")
        .choices([...GATEWAYS, "all"])
        .default("all"),
    )
    .option("--ungoverned", "without Bylaw: every scenario must show its damage")
    .option("--expected <file>", "expected failures (default: expected-failures.yaml beside them)")
    .option("--junit <file>", "also write the results as JUnit XML")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw scenario run",
        "  $ bylaw scenario run incident.yaml --gateway mcp",
        "  $ bylaw scenario run scenarios --ungoverned",
        "  $ bylaw scenario run scenarios --json --junit results.xml",
        "",
        "docs/scenarios.md explains how to write one.",
        "Exit codes: 0 all as expected, 1 something is not, 2 a file did not read.",
      ].join("\n"),
    )
    .action(async (paths: readonly string[], options: Options) => {
      const files = scenarioFiles(paths.length === 0 ? ["scenarios"] : paths);
      const expected = expectedFailures(options.expected, files);
      const scenarios = readAll(files);
      const shown = options.json !== true;
      const plays = gatewaysOf(options).flatMap((gateway) =>
        scenarios.map((scenario) => ({ scenario, gateway })),
      );
      const runs = await inOrder(
        plays,
        ({ scenario, gateway }) => play(scenario, gateway),
        (run) => shown && console.log(runText(run, expected)),
      );
      if (options.junit !== undefined) write(options.junit, runs, expected);
      print(runs, expected, options);
      process.exitCode = runs.every((run) => holds(run, expected)) ? EXIT.ok : EXIT.no;
    });
}

function gatewaysOf({ gateway, ungoverned }: Options): readonly (GatewayName | null)[] {
  if (ungoverned === true) return [null];
  return GATEWAYS.filter((one) => gateway === "all" || gateway === one);
}

/** Nothing is played while a file does not read: half of an answer looks like a whole one. */
function readAll(files: readonly string[]): readonly Scenario[] {
  const { scenarios, refused } = readScenarios(files);
  if (refused.length === 0) return scenarios;
  throw new CommandError(EXIT.usage, refused[0]?.code ?? "scenario.invalid", refused.map(mistakeText).join("\n"));
}

function play(scenario: Scenario, gateway: GatewayName | null): Promise<Run> {
  const clock = (): number => performance.now();
  return runScenario(scenario, { gateway, clock }, scenarioOps());
}

function write(file: string, runs: readonly Run[], expected: ExpectedFailures): void {
  const suites = runs.map((run) => suiteOf(run, expected));
  try {
    writeFileSync(file, junitSuites("bylaw scenario run", suites));
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    const message = `${file}: cannot be written (${code})`;
    throw new CommandError(EXIT.usage, "scenario.unwritable", message);
  }
}

function print(runs: readonly Run[], expected: ExpectedFailures, { json }: Options): void {
  const counts = runs.map((run) => countsOf(run, expected));
  const sum = (pick: (one: (typeof counts)[number]) => number): number =>
    counts.reduce((total, one) => total + pick(one), 0);
  const [passed, failed, known] = [
    sum((one) => one.passed),
    sum((one) => one.failed),
    sum((one) => one.expected),
  ];
  if (json)
    return console.log(
      JSON.stringify({ passed, failed, expectedFailures: known, gateways: expected.gateways, runs }),
    );
  for (const [name, why] of Object.entries(expected.gateways))
    console.log(`~     ${visible(name).padEnd(11)} not played: ${visible(why)}`);
  console.log(`${passed} passed, ${failed} failed, ${known} expected failures`);
}

function checkCommand(): Command {
  return new Command("check")
    .description("read scenarios, their policies and their tools as strictly as `run` does, and play nothing")
    .argument("<paths...>", "scenario files or folders")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ bylaw scenario check incident.yaml")
    .action(async (paths: readonly string[], { json }: { readonly json?: boolean }) => {
      const files = scenarioFiles(paths);
      const { scenarios, refused } = readScenarios(files);
      const mistakes = [...refused.map(mistakeText)];
      for (const scenario of scenarios)
        for (const text of await ruleMistakes(scenario))
          mistakes.push(`${scenario.file}: ${text} (scenario.rules)`);
      if (json) console.log(JSON.stringify({ files: files.length, errors: mistakes }));
      else if (mistakes.length === 0)
        for (const { file, title, when } of scenarios)
          console.log(`ok    ${visible(file)}  ${visible(title)}, ${when.length} steps`);
      else for (const one of mistakes) for (const line of one.split("\n")) console.log(visible(line));
      process.exitCode = mistakes.length === 0 ? EXIT.ok : EXIT.usage;
    });
}
