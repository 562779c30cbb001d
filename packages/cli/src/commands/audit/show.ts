import { decisionBlock, type LedgerRecord } from "@bylaw/core";
import type { LogArchive } from "@bylaw/ledger";
import { Command } from "commander";
import { type Entry, readEntries } from "../../audit/entries.ts";
import { entryAt, storyOf } from "../../audit/find.ts";
import { jsonOf, lineOf } from "../../audit/line.ts";
import { tellStory } from "../../audit/story.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { withArchive } from "../../log.ts";
import { openOutput } from "../../output.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { visible } from "../../visible.ts";

interface Options extends DataOption {
  readonly last: string;
  readonly json?: boolean;
}

export function showCommand(): Command {
  return new Command("show")
    .description("the latest records, one record, or the whole story of one action")
    .argument("[record]", "a record by its index, or an action or approval by its id")
    .option("--last <count>", "how many records; `all` for every one", "50")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "The story of an action is everything the log holds about it: what it was to do, what was",
        "decided and why, who approved, and what came back.",
        "",
        "Examples:",
        "  $ bylaw audit show",
        "  $ bylaw audit show 41 --json",
        "  $ bylaw audit show act_0f8c5d0e-9d5f-4a43-a3f1-6a1d7a9b6c11",
      ].join("\n"),
    )
    .action((record: string | undefined, options: Options) =>
      withArchive(dataFolder(options), async (archive) => {
        if (record === undefined) return list(archive, options);
        const index = /^\d{1,15}$/.test(record) ? Number(record) : null;
        if (index !== null) {
          const entry = await entryAt(archive, index);
          console.log(JSON.stringify(entry.record, null, options.json ? 0 : 2));
          if (!options.json) printThreats(entry.record);
          return;
        }
        const story = await storyOf(archive, record);
        if (options.json) console.log(JSON.stringify(story.map(shown)));
        else process.stdout.write(tellStory(story));
      }),
    );
}

/** The DECISION block of every SHIELD entry that a recorded decision rests on. */
function printThreats(record: LedgerRecord): void {
  if (!("decision" in record)) return;
  for (const reason of record.decision.reasons) {
    const lines = decisionBlock(reason);
    if (lines !== null) console.log(`\n${lines.map(visible).join("\n")}`);
  }
}

/** The last records; all of them for a machine that does not say how many. */
async function list(archive: LogArchive, options: Options): Promise<void> {
  const { size } = await archive.head();
  const from = options.json ? 0 : Math.max(0, size - countOf(options.last));
  const output = openOutput(undefined);
  let first = true;
  if (options.json) await output.write("[");
  for await (const entries of readEntries(archive, from, size)) {
    const text = options.json
      ? entries.map((entry) => jsonOf(entry).trimEnd()).join(",")
      : entries.map(lineOf).join("");
    if (!(await output.write(options.json && !first ? `,${text}` : text))) return;
    first = false;
  }
  if (options.json) await output.write("]\n");
}

function shown({ index, record }: Entry): Pick<Entry, "index" | "record"> {
  return { index, record };
}

function countOf(text: string): number {
  if (text === "all") return Number.MAX_SAFE_INTEGER;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new CommandError(EXIT.usage, "usage.last", `\`${text}\` is not a number of records`);
}
