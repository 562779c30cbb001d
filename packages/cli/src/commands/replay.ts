import { createReadStream, readFileSync, statSync } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import { createReplay, type Replay, readTools, readTrace } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { type Output, openOutput } from "../output.ts";
import { jsonOption } from "../place.ts";
import { createProgress } from "../progress.ts";
import { visible } from "../visible.ts";

/** UTF-16 units of one session. */
const LINE_UNITS_MAX = 67_108_864;

interface Options {
  readonly traces: string;
  readonly tools: string;
  readonly pack: string;
  readonly out: string;
  readonly reasons?: string;
  readonly prompt: boolean;
  readonly json?: boolean;
}

/** What a replay came to. */
interface Tally {
  readonly sessions: number;
  readonly steps: number;
  readonly stopped: number;
}

export function replayCommand(): Command {
  return new Command("replay")
    .description("decide recorded sessions as the gateway would have, step by step")
    .requiredOption("--traces <file>", "sessions, one JSON object a line; .gz is read too")
    .requiredOption("--tools <file>", "tool definitions by suite, JSON")
    .requiredOption("--out <file>", "verdicts, one line for each session")
    .option("--reasons <file>", "why: policies, and which value came from which text")
    .option("--pack <name>", "policy pack, together with base", "assistant")
    .option("--no-prompt", "decide as where nobody sees what the person wrote")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        'A trace is {"id", "suite", "prompt", "steps": [{"tool", "args", "result", "error"}]}. Every step is',
        "decided before its result is read, from inferred effects and from where its values came from.",
        "",
        "Example:",
        "  $ bylaw replay --traces sessions.jsonl.gz --tools tools.json --out verdicts.jsonl",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const tally = await run(options);
      if (options.json) return console.log(JSON.stringify(tally));
      console.log(
        `${tally.sessions} sessions, ${tally.steps} steps, ${tally.stopped} held or blocked`,
      );
    });
}

async function run(options: Options): Promise<Tally> {
  const tools = readTools(textOf(options.tools));
  if (!tools.ok) throw unreadable(options.tools, null, tools.error);
  const { pack, prompt: promptSeen } = options;
  const replay = await createReplay({ pack, tools: tools.value, promptSeen });
  if (!replay.ok) throw new CommandError(EXIT.usage, "policy.invalid", replay.error.join("\n"));
  const verdicts = openOutput(options.out);
  const reasons = options.reasons === undefined ? null : openOutput(options.reasons);
  try {
    const tally = await decideAll(options.traces, replay.value, verdicts, reasons);
    await verdicts.finish();
    await reasons?.finish();
    return tally;
  } catch (error) {
    verdicts.abandon();
    reasons?.abandon();
    throw error;
  }
}

/** One session at a time: a file may be larger than memory. */
async function decideAll(
  file: string,
  replay: Replay,
  verdicts: Output,
  reasons: Output | null,
): Promise<Tally> {
  const progress = createProgress("bytes", sizeOf(file));
  let [sessions, steps, stopped] = [0, 0, 0];
  for await (const { line, number, bytes } of linesOf(file)) {
    if (line.trim() === "") continue;
    const trace = readTrace(line);
    if (!trace.ok) throw unreadable(file, number, trace.error);
    const { id } = trace.value;
    const replayed = replay(trace.value);
    sessions += 1;
    steps += replayed.decisions.length;
    stopped += replayed.reasons.length;
    await verdicts.write(`${JSON.stringify({ id, decisions: replayed.decisions })}\n`);
    await reasons?.write(`${JSON.stringify({ id, reasons: replayed.reasons })}\n`);
    progress.at(bytes);
  }
  progress.end();
  return { sessions, steps, stopped };
}

interface Line {
  readonly line: string;
  readonly number: number;
  /** Of the file, read so far. */
  readonly bytes: number;
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  const source = createReadStream(file);
  const text = file.endsWith(".gz")
    ? pipeline(source, createGunzip(), () => undefined) // the error comes out of the iteration
    : source;
  text.setEncoding("utf8");
  let rest = "";
  let number = 0;
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LINE_UNITS_MAX) throw new Error("a line is too long");
      for (const line of lines) yield { line, number: ++number, bytes: source.bytesRead };
    }
  } catch (error) {
    throw error instanceof CommandError ? error : unreadable(file, null, (error as Error).message);
  }
  if (rest !== "") yield { line: rest, number: ++number, bytes: source.bytesRead };
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw unreadable(file, null, (error as Error).message);
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw unreadable(file, null, (error as Error).message);
  }
}

function unreadable(file: string, line: number | null, why: string): CommandError {
  const where = line === null ? file : `${file}:${line}`;
  return new CommandError(EXIT.usage, "replay.unreadable", `${visible(where)}: ${visible(why)}`);
}
