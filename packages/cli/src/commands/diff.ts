import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type Bundle, canonicalTime, type Facts, parseStrict, readFacts } from "@bylaw/core";
import { loadPolicies } from "@bylaw/server";
import { Command, Option } from "commander";
import { type ChangeGroup, type Comparison, compareBundles, type DiffReport } from "../diff.ts";
import { CommandError, EXIT } from "../exit.ts";
import { archiveOf } from "../log.ts";
import { dataFolder, jsonOption } from "../place.ts";
import { type Decided, entriesOf, factsOf, isDecided, recordOf } from "../replay.ts";
import { visible } from "../visible.ts";

interface Options {
  readonly log?: string;
  readonly facts?: string;
  readonly since?: string;
  readonly until?: string;
  readonly agent?: string;
  readonly failOn: "weaker" | "any" | "none";
  readonly json?: boolean;
}

/** Characters of one line in a file of facts. */
const MAX_FACTS_CHARS = 4_194_304;
/** Decisions between two lines of progress. */
const PROGRESS_EVERY = 2_000;

export function diffCommand(): Command {
  return new Command("diff")
    .description("replay recorded decisions with other policies and list what would change")
    .argument(
      "<old>",
      "bylaw.yaml, policy folder, .cedar or bundle file, or a digest of the history",
    )
    .argument("<new>", "the same for the policies to compare with")
    .option("--log <dir>", "data folder whose log is replayed (default: $BYLAW_DATA or the user's)")
    .option("--facts <file>", "replay Facts from a file instead, one JSON document per line")
    .option(
      "--since <time>",
      "only records at or after this time, for example 2026-02-03T09:00:00Z",
    )
    .option("--until <time>", "only records before this time")
    .option("--agent <id>", "only actions of this agent")
    .addOption(
      new Option("--fail-on <changes>", "which changes end with exit code 1")
        .choices(["weaker", "any", "none"])
        .default("any"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw diff ./policies-now ./policies-next --log /var/lib/bylaw",
        "  $ bylaw diff ./main/bylaw.yaml ./branch/bylaw.yaml --facts ./facts.ndjson --fail-on weaker",
        "",
        "An approval counts for the new text of the policy that it answered. Records whose facts were",
        "deleted are counted and left out.",
        "",
        "Exit codes: 0 no change, 1 changes of the asked kind, 2 usage, or nothing to replay.",
      ].join("\n"),
    )
    .action(async (old: string, next: string, options: Options) => {
      const folder = dataFolder(options.log === undefined ? {} : { data: options.log });
      const comparison = compareBundles(await policies(old, folder), await policies(next, folder));
      if (options.facts === undefined) await replayLog(folder, comparison, options);
      else await replayFile(options.facts, comparison, options);
      const report = comparison.report();
      if (report.replayed === 0)
        throw new CommandError(EXIT.usage, "diff.nothing", nothing(report));
      if (options.json) console.log(JSON.stringify(report));
      else for (const line of linesOf(report)) console.log(visible(line));
      if (fails(report, options.failOn)) process.exitCode = EXIT.no;
    });
}

async function policies(where: string, folder: string): Promise<Bundle> {
  const loaded = await loadPolicies(where, folder);
  if (loaded.ok) return loaded.value;
  throw new CommandError(EXIT.usage, loaded.error.code, loaded.error.message);
}

function fails({ weaker, stronger, other }: DiffReport, on: Options["failOn"]): boolean {
  if (on === "none") return false;
  return weaker > 0 || (on === "any" && stronger + other > 0);
}

function nothing({ skipped }: DiffReport): string {
  const gone = skipped.pruned + skipped.without;
  return gone === 0
    ? "there is nothing to replay"
    : `there is nothing to replay: ${gone} records, and none has facts`;
}

async function replayLog(folder: string, to: Comparison, options: Options): Promise<void> {
  const within = window(options);
  const archive = await archiveOf(folder);
  const progress = progressOf();
  try {
    const { size } = await archive.head();
    for await (const { index, bytes } of entriesOf(archive, size)) {
      progress.tick(index, size);
      const record = recordOf(bytes, index);
      if (!isDecided(record) || !within(record.at) || !isOf(record, options.agent)) continue;
      const { action, decision } = record;
      const facts = action === null ? null : await factsOf(archive, action.facts, index);
      if (facts !== null) to.add(index, facts, decision);
      else to.skip(action === null ? "without" : "pruned");
    }
  } finally {
    progress.end();
    await archive.close();
  }
}

function isOf({ action }: Decided, agent: string | undefined): boolean {
  return (
    agent === undefined ||
    action?.chain.some(({ type, id }) => type === "Agent" && id === agent) === true
  );
}

/** Facts beside no log, for a machine that builds: canonical or not, one document on a line. */
async function replayFile(file: string, to: Comparison, options: Options): Promise<void> {
  const within = window(options);
  const input = createReadStream(file, { encoding: "utf8" });
  const progress = progressOf();
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      progress.tick(line, null);
      if (text.trim() === "") continue;
      const facts = parsedFacts(text, file, line);
      const agents = facts.chain.filter(({ type }) => type === "Agent");
      const wanted = options.agent === undefined || agents.some(({ id }) => id === options.agent);
      if (wanted && within(facts.now)) to.add(line, facts, null);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof CommandError || code === undefined) throw error;
    throw new CommandError(EXIT.usage, "facts.unreadable", `cannot read \`${file}\` (${code})`);
  } finally {
    progress.end();
  }
}

function parsedFacts(text: string, file: string, line: number): Facts {
  const parsed = text.length > MAX_FACTS_CHARS ? null : parseStrict(text);
  const facts = parsed?.ok === true ? readFacts(parsed.value) : null;
  if (facts?.ok === true) return facts.value;
  const where = facts === null ? "not one JSON document" : `\`${facts.error}\` is not of its form`;
  throw new CommandError(EXIT.usage, "facts.malformed", `${visible(file)}:${line}: ${where}`);
}

function window({ since, until }: Options): (at: string) => boolean {
  const [from, to] = [instantOf(since), instantOf(until)];
  return (at) => (from === null || at >= from) && (to === null || at < to);
}

/** Canonical time, which orders as text. */
function instantOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const ms = /^\d{4}-\d{2}-\d{2}(T\S+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new CommandError(EXIT.usage, "usage.time", `\`${visible(text)}\` is not a time in UTC`);
  return canonicalTime(ms);
}

/** A line on a terminal that says how far the work is; nothing anywhere else. */
function progressOf(): { tick(at: number, of: number | null): void; end(): void } {
  const shown = process.stderr.isTTY;
  return {
    tick(at, of): void {
      if (shown && at % PROGRESS_EVERY === 0)
        process.stderr.write(`\r${at}${of === null ? "" : ` of ${of}`} records`);
    },
    end(): void {
      if (shown) process.stderr.write("\r\u{1b}[K");
    },
  };
}

function linesOf(report: DiffReport): readonly string[] {
  const { replayed, unchanged, weaker, stronger, other, skipped, unreproduced } = report;
  return [
    `old ${report.old}`,
    `new ${report.new}`,
    `${replayed} decisions replayed: ${weaker} weaker, ${stronger} stronger, ${other} other, ${unchanged} unchanged`,
    ...(skipped.pruned > 0 ? [`${skipped.pruned} left out: their facts were deleted`] : []),
    ...(skipped.without > 0 ? [`${skipped.without} left out: they never had facts`] : []),
    ...(unreproduced.count > 0
      ? [
          `${unreproduced.count} were decided otherwise than the old policies decide (records ${unreproduced.examples.join(", ")})`,
        ]
      : []),
    ...report.groups.flatMap(groupLines),
    ...(report.ungrouped > 0 ? ["", `${report.ungrouped} more in further groups`] : []),
  ];
}

function groupLines({ direction, then, now, count, examples }: ChangeGroup): readonly string[] {
  return [
    "",
    `${direction}: ${count}`,
    `  old  ${then.outcome} by ${then.by.join(", ")}`,
    `  new  ${now.outcome} by ${now.by.join(", ")}`,
    `  for example ${examples.join(", ")}`,
  ];
}
