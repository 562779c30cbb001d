import { createReadStream } from "node:fs";
import { homedir } from "node:os";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Json } from "@bylaw/core";
import {
  claudeRecording,
  createSimulation,
  createSummary,
  defaultConfig,
  otelRecording,
  type Recording,
  type RuleSummary,
  type Simulated,
  type SimulatedCall,
  wallClock,
} from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { linesOf } from "../scan/lines.ts";
import { visible } from "../visible.ts";

/** Bytes of one line: a call with a large result. */
const LINE_BYTES_MAX = 67_108_864;
/** Characters of the arguments that an example shows. */
const EXAMPLE_CHARS_MAX = 120;

interface Options {
  readonly config?: string;
  readonly pack: string;
  readonly group: readonly string[];
  readonly prompt: boolean;
  readonly json?: boolean;
}

export function simulateCommand(): Command {
  return new Command("simulate")
    .description(
      "decide what an agent did without Bylaw: what would have been stopped, asked, passed",
    )
    .argument(
      "<files...>",
      "transcripts of Claude Code or OTel GenAI traces, JSON lines; .gz is read too",
    )
    .option("--config <file>", "bylaw.yaml whose packs, policies and catalog decide")
    .option(
      "--pack <name>",
      "policy pack, together with base, where no --config is given",
      "coding-agent",
    )
    .option("--group <name...>", "groups of the agent", [])
    .option("--no-prompt", "decide as where nobody sees what the person wrote")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Nothing is run and nothing is changed. Files are not looked at either: a command that runs a",
        "script is judged without what is in it. Examples are shown without secrets.",
        "",
        "Examples:",
        "  $ bylaw simulate ~/.claude/projects/*/*.jsonl",
        "  $ bylaw simulate --config bylaw.yaml traces.jsonl.gz",
      ].join("\n"),
    )
    .action(async (files: readonly string[], options: Options) => {
      const { summary, skipped } = await run(files, options);
      if (options.json) return console.log(JSON.stringify({ ...summary, skipped }));
      for (const line of report(summary, skipped)) console.log(line);
    });
}

async function run(
  files: readonly string[],
  options: Options,
): Promise<{ readonly summary: Simulated; readonly skipped: number }> {
  const base = defaultConfig(process.cwd());
  const config =
    options.config === undefined
      ? { ...base, packs: [...new Set(["base", options.pack])] }
      : readConfig(options.config);
  const simulation = await createSimulation({
    config,
    groups: options.group,
    promptSeen: options.prompt,
    home: homedir(),
    now: wallClock(),
  });
  if (!simulation.ok)
    throw new CommandError(EXIT.usage, "policy.invalid", simulation.error.join("\n"));
  const tally = createSummary();
  let skipped = 0;
  for (const file of files) {
    const recordings = [claudeRecording(), otelRecording()];
    skipped += await readFile(file, recordings);
    const sessions = recordings.flatMap((recording) => recording.sessions());
    for (const session of sessions) tally.add(simulation.value(session));
  }
  const summary = tally.summary();
  if (summary.calls === 0)
    throw new CommandError(
      EXIT.usage,
      "simulate.unreadable",
      "there is no call of a tool in these files that this version can read",
    );
  return { summary, skipped };
}

/** Out: how many lines no format knows. */
async function readFile(file: string, recordings: readonly Recording[]): Promise<number> {
  const source = createReadStream(file);
  const bytes = file.endsWith(".gz")
    ? pipeline(source, createGunzip(), () => undefined) // the error comes out of the iteration
    : source;
  let skipped = 0;
  try {
    for await (const line of linesOf(bytes as AsyncIterable<Uint8Array>, LINE_BYTES_MAX)) {
      if (line.ok && line.text.trim() === "") continue;
      const value = line.ok ? parsed(line.text) : null;
      if (!recordings.some((recording) => recording.take(value))) skipped += 1;
    }
  } catch (error) {
    const why = `${visible(file)}: ${visible((error as Error).message)}`;
    throw new CommandError(EXIT.usage, "simulate.unreadable", why);
  }
  return skipped;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function* report(
  { sessions, calls, outcomes, rules }: Simulated,
  skipped: number,
): Generator<string> {
  yield `${counted(calls, "call")} in ${counted(sessions, "session")}`;
  yield `  blocked ${outcomes.block}, asked ${outcomes.require_approval}, passed and raised ${outcomes.log}, passed ${outcomes.allow}`;
  if (skipped > 0) yield `  left out, as neither message nor span: ${counted(skipped, "line")}`;
  for (const rule of rules) yield* ruleLines(rule);
}

function* ruleLines(rule: RuleSummary): Generator<string> {
  const verb = rule.outcome === "block" ? "blocks" : "asks";
  yield "";
  yield `${rule.policy ?? rule.code} ${verb} ${counted(rule.calls, "call")} in ${counted(rule.sessions, "session")} (${rule.code})`;
  if (rule.reason !== "") yield `  ${visible(rule.reason)}`;
  for (const example of rule.examples) yield `  - ${exampleOf(example)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function exampleOf({ tool, arguments: args }: SimulatedCall): string {
  const text = args === null ? "(not shown)" : JSON.stringify(args);
  const short = text.length > EXAMPLE_CHARS_MAX ? `${text.slice(0, EXAMPLE_CHARS_MAX)}…` : text;
  return `${visible(tool)} ${visible(short)}`;
}
