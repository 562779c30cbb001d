import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ExpectedFailures,
  GATEWAYS,
  type GatewayName,
  holds,
  type Kept,
  type Run,
  type Satisfaction,
  type Scenario,
  satisfactionByFile,
  satisfactionOf,
} from "@bylaw/scenario";
import { wallClock } from "@bylaw/server/client";
import { Command, Option } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { junitSuites } from "../junit.ts";
import { jsonOption } from "../place.ts";
import { expectedFailures, mistakeText, readScenarios, scenarioFiles } from "../scenario/files.ts";
import {
  attackAll,
  attackText,
  playAll,
  playWithout,
  type Without,
  withoutText,
} from "../scenario/modes.ts";
import { countsOf, runText, satisfactionText, shareText, suiteOf } from "../scenario/report.ts";
import { ruleMistakes } from "../scenario/rules.ts";
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
  readonly without?: boolean;
  readonly mutate?: number;
  readonly seed?: number;
  readonly keep?: string;
  readonly expected?: string;
  readonly holdout?: string;
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
    .option("--without", "leave out one deciding policy after the other: each must be needed")
    .option("--mutate <count>", "try so many variants of every refused call", wholeNumber)
    .option("--seed <number>", "with --mutate: the variants of an earlier run", wholeNumber)
    .option(
      "--keep <folder>",
      "with --mutate: write each variant that came off better as a scenario",
    )
    .option("--expected <file>", "expected failures (default: expected-failures.yaml beside them)")
    .option(
      "--holdout <folder>",
      "also play these, and say how many are satisfied and nothing else",
    )
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
        "  $ bylaw scenario run scenarios --without",
        "  $ bylaw scenario run scenarios --mutate 10 --seed 7",
        "  $ bylaw scenario run scenarios --mutate 200 --keep scenarios/found",
        "  $ bylaw scenario run scenarios --holdout ../held-out",
        "  $ bylaw scenario run scenarios --json --junit results.xml",
        "",
        "docs/scenarios.md explains how to write one.",
        "Exit codes: 0 all as expected, 1 something is not, 2 a file did not read.",
      ].join("\n"),
    )
    .action(async (paths: readonly string[], options: Options) => {
      const { ungoverned, without, mutate, junit } = options;
      const modes = [ungoverned === true, without === true, mutate !== undefined];
      if (options.holdout !== undefined && modes.some(Boolean))
        throw new CommandError(EXIT.usage, "usage.conflict", "`--holdout` goes with a plain run");
      if (modes.filter(Boolean).length > 1 || (junit !== undefined && (modes[1] || modes[2])))
        throw new CommandError(EXIT.usage, "usage.conflict", "these options do not go together");
      if (options.keep !== undefined && mutate === undefined)
        throw new CommandError(EXIT.usage, "usage.conflict", "`--keep` goes with `--mutate`");
      const files = scenarioFiles(paths.length === 0 ? ["scenarios"] : paths);
      const expected = expectedFailures(options.expected, files);
      const scenarios = readAll(files);
      const good =
        mutate !== undefined
          ? await attack(scenarios, mutate, options)
          : without === true
            ? await leaveOut(scenarios, expected, options)
            : await play(scenarios, expected, options);
      process.exitCode = good ? EXIT.ok : EXIT.no;
    });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text)) return number;
  throw new CommandError(EXIT.usage, "usage.number", `\`${text}\` is not a whole number`);
}

async function play(
  scenarios: readonly Scenario[],
  expected: ExpectedFailures,
  options: Options,
): Promise<boolean> {
  const gateways = options.ungoverned === true ? [null] : gatewaysOf(options);
  const heldOut = options.holdout === undefined ? null : readHoldout(options.holdout);
  const runs = await playAll(scenarios, gateways, (run) => say(options, runText(run, expected)));
  if (options.junit !== undefined) write(options.junit, runs, expected);
  const held = heldOut === null ? null : await playHoldout(heldOut, gateways);
  print(runs, expected, held, options);
  const passed = satisfactionByFile(runs, expected).every((one) => one.passed);
  return passed && (held?.passed ?? true);
}

interface Holdout extends Satisfaction {
  /** Whether every file of it reached what it asks for. */
  readonly passed: boolean;
}

/**
 * Plays a folder of which nothing but counts is ever told, so that whoever writes code against the other
 * scenarios does not write it against these: no name, no step, no reason, also not of what does not read.
 */
async function playHoldout(
  { scenarios, expected }: HeldOut,
  gateways: readonly (GatewayName | null)[],
): Promise<Holdout> {
  const runs = await playAll(scenarios, gateways, () => undefined);
  const passed = satisfactionByFile(runs, expected).every((one) => one.passed);
  return { ...satisfactionOf(runs, expected), passed };
}

interface HeldOut {
  readonly scenarios: readonly Scenario[];
  readonly expected: ExpectedFailures;
}

function readHoldout(folder: string): HeldOut {
  const files = scenarioFiles([folder]);
  const expected = heldBack(() => expectedFailures(undefined, files));
  const { scenarios, refused } = heldBack(() => readScenarios(files));
  if (refused.length > 0) throw notRead();
  return { scenarios, expected };
}

function heldBack<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw notRead();
  }
}

function notRead(): CommandError {
  const message = "a file of the holdout does not read; check it where it may be seen";
  return new CommandError(EXIT.usage, "scenario.holdout", message);
}

async function leaveOut(
  scenarios: readonly Scenario[],
  expected: ExpectedFailures,
  options: Options,
): Promise<boolean> {
  const [gateway = "mcp"] = gatewaysOf(options);
  const whole = await playAll(scenarios, [gateway], () => undefined);
  const broken = whole.filter((run) => !holds(run, expected));
  for (const run of broken) say(options, runText(run, expected));
  const tell = (one: Without): void => say(options, withoutText(one));
  const results = await playWithout(scenarios, gateway, expected, whole, tell);
  const count = (...of: readonly string[]): number =>
    results.filter(({ result }) => of.includes(result)).length;
  const failed = count("not needed", "error") + broken.length;
  const needed = count("weaker", "other reason");
  if (options.json === true) console.log(JSON.stringify({ needed, failed, results }));
  else
    console.log(
      `${count("weaker")} weaker, ${count("other reason")} for another reason\n${needed} passed, ${failed} failed`,
    );
  return failed === 0;
}

async function attack(
  scenarios: readonly Scenario[],
  count: number,
  options: Options,
): Promise<boolean> {
  const seed = options.seed ?? wallClock() % 1_000_000;
  say(options, `seed ${seed}`);
  const keep = options.keep ?? null;
  const attacks = { count, seed, keep };
  const results = await attackAll(scenarios, gatewaysOf(options), attacks, (one) => {
    say(options, attackText(one));
    if (keep !== null) for (const kept of one.kept) keepFile(keep, kept, options);
  });
  const mutants = results.reduce((sum, one) => sum + one.mutants, 0);
  const weaker = results.reduce((sum, one) => sum + one.weaker.length, 0);
  const errors = results.filter(({ error }) => error !== null).length;
  if (options.json === true)
    console.log(JSON.stringify({ seed, mutants, weaker, errors, results }));
  else console.log(`${mutants - weaker} passed, ${weaker + errors} failed`);
  return weaker === 0 && errors === 0 && mutants > 0;
}

function keepFile(folder: string, { name, text, steps }: Kept, options: Options): void {
  const file = join(folder, `${name}.yaml`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
  say(options, `  kept ${visible(file)} (${steps} steps)`);
}

function unwritable(file: string, error: unknown): CommandError {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  const message = `${file}: cannot be written (${code})`;
  return new CommandError(EXIT.usage, "scenario.unwritable", message);
}

function say({ json }: Options, text: string): void {
  if (json !== true) console.log(text);
}

function gatewaysOf({ gateway }: Options): readonly GatewayName[] {
  return GATEWAYS.filter((one) => gateway === "all" || gateway === one);
}

/** Nothing is played while a file does not read: half of an answer looks like a whole one. */
function readAll(files: readonly string[]): readonly Scenario[] {
  const { scenarios, refused } = readScenarios(files);
  if (refused.length === 0) return scenarios;
  throw new CommandError(
    EXIT.usage,
    refused[0]?.code ?? "scenario.invalid",
    refused.map(mistakeText).join("\n"),
  );
}

function write(file: string, runs: readonly Run[], expected: ExpectedFailures): void {
  const passed = new Set(
    satisfactionByFile(runs, expected).flatMap((one) => (one.passed ? [one.file] : [])),
  );
  const suites = runs.map((run) =>
    suiteOf(run, expected, run.atLeast !== null && passed.has(run.file)),
  );
  try {
    writeFileSync(file, junitSuites("bylaw scenario run", suites));
  } catch (error) {
    throw unwritable(file, error);
  }
}

function print(
  runs: readonly Run[],
  expected: ExpectedFailures,
  holdout: Holdout | null,
  { json }: Options,
): void {
  const byFile = satisfactionByFile(runs, expected);
  const all = satisfactionOf(runs, expected);
  const allowed = new Set(byFile.filter(({ passed }) => passed).map(({ file }) => file));
  const counts = runs.map((run) => countsOf(run, expected));
  const sum = (pick: (one: (typeof counts)[number]) => number): number =>
    counts.reduce((total, one) => total + pick(one), 0);
  // What fails inside of what its file allows is no failure of the run.
  const missed = counts.reduce(
    (total, { failed }, at) => total + (allowed.has(runs[at]?.file ?? "") ? failed : 0),
    0,
  );
  const [passed, failed, known, skipped] = [
    sum((one) => one.passed),
    sum((one) => one.failed) - missed,
    sum((one) => one.expected),
    sum((one) => one.skipped),
  ];
  if (json)
    return console.log(
      JSON.stringify({
        passed,
        failed,
        expectedFailures: known,
        skipped,
        missed,
        satisfaction: { ...all, files: byFile },
        ...(holdout === null ? {} : { holdout }),
        gateways: expected.gateways,
        runs,
      }),
    );
  for (const [name, why] of Object.entries(expected.gateways))
    console.log(`~     ${visible(name).padEnd(11)} not played: ${visible(why)}`);
  for (const [name, what] of Object.entries(expected.rooms))
    console.log(`~     ${visible(name).padEnd(13)} not there yet: ${visible(what)}`);
  console.log(`~     ${known} expected failures, ${skipped} skipped`);
  for (const line of byFile.flatMap(satisfactionText)) console.log(line);
  console.log(`~     ways: ${shareText(all)}${missed === 0 ? "" : `, ${missed} missed`}`);
  if (holdout !== null)
    console.log(`${(holdout.passed ? "ok" : "FAIL").padEnd(5)} holdout: ${shareText(holdout)}`);
  console.log(`${passed} passed, ${failed} failed`);
}

function checkCommand(): Command {
  return new Command("check")
    .description(
      "read scenarios, their policies and their tools as strictly as `run` does, and play nothing",
    )
    .argument("<paths...>", "scenario files or folders")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ bylaw scenario check incident.yaml")
    .action(async (paths: readonly string[], { json }: { readonly json?: boolean }) => {
      const files = scenarioFiles(paths);
      const { scenarios, refused } = readScenarios(files);
      const mistakes = refused.map(mistakeText);
      for (const scenario of scenarios)
        for (const text of await ruleMistakes(scenario))
          mistakes.push(`${scenario.file}: ${text} (scenario.rules)`);
      if (json) console.log(JSON.stringify({ files: files.length, errors: mistakes }));
      else if (mistakes.length === 0)
        for (const { file, title, when } of scenarios)
          console.log(`ok    ${visible(file)}  ${visible(title)}, ${when.length} steps`);
      else
        for (const one of mistakes) for (const line of one.split("\n")) console.log(visible(line));
      process.exitCode = mistakes.length === 0 ? EXIT.ok : EXIT.usage;
    });
}
