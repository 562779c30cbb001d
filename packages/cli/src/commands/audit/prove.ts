import { writeFileSync } from "node:fs";
import { checkProof, encodeProof, type LogArchive, proveEntry } from "@bylaw/ledger";
import { Command } from "commander";
import { storyOf } from "../../audit/find.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { keyOf, withArchive } from "../../log.ts";
import { type DataOption, dataFolder, dataOption } from "../../place.ts";

interface Options extends DataOption {
  readonly out?: string;
}

export function proveCommand(): Command {
  return new Command("prove")
    .description("a proof that the log holds a record, for somebody who has nothing of yours")
    .argument("<record>", "a record by its index, or an action by its id: its decision is proved")
    .option("--out <file>", "where to write it (default: standard output)")
    .addOption(dataOption())
    .addHelpText(
      "after",
      [
        "",
        "The file holds the record, the hashes that lead from it to a signed checkpoint, and that",
        "checkpoint: C2SP tlog-proof, with the record as its extra data. Give the verifier key",
        "(log.vkey) to whoever checks it by another way.",
        "",
        "Examples:",
        "  $ bylaw audit prove 41 --out record-41.tlog-proof",
        "  $ bylaw audit prove act_0f8c5d0e-9d5f-4a43-a3f1-6a1d7a9b6c11 > decision.tlog-proof",
        "",
        "Exit codes: 0 proved, 1 no such record, not signed yet, or the log was changed.",
      ].join("\n"),
    )
    .action((record: string, options: Options) => {
      const folder = dataFolder(options);
      const { vkey } = keyOf(folder);
      return withArchive(folder, async (archive) => {
        const index = await indexOf(archive, record);
        const text = await proofOf(archive, index, vkey);
        if (options.out === undefined) process.stdout.write(text);
        else write(options.out, text);
      });
    });
}

async function indexOf(archive: LogArchive, record: string): Promise<number> {
  if (/^\d{1,15}$/.test(record)) return Number(record);
  const story = await storyOf(archive, record);
  // What was decided is what others ask about; an approval has no decision of its own.
  const decided = story.filter(({ record: { kind } }) => kind === "intent" || kind === "refusal");
  const [chosen] = [...decided, ...story];
  return chosen?.index ?? -1;
}

/** The proof, checked as its reader will: a log that was changed must not give one in good faith. */
async function proofOf(archive: LogArchive, index: number, vkey: string): Promise<string> {
  const proof = await proveEntry(archive, index);
  if (!proof.ok) {
    const { size } = await archive.head();
    const missing = proof.error.code === "proof.range" && index >= size;
    const early = proof.error.code === "proof.range" && index < size;
    if (missing) throw no("record.not_found", `the log has no record \`${index}\``);
    if (early) throw no("proof.unsigned", "no checkpoint covers this record yet; try in a second");
    throw no("log.unreadable", `${proof.error.message}; run: bylaw audit verify`);
  }
  const text = encodeProof(proof.value);
  const checked = checkProof(text, vkey);
  if (checked.ok) return text;
  throw no("proof.invalid", `the log was changed (${checked.error.code}); run: bylaw audit verify`);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.usage, "file.unwritable", `cannot write \`${file}\`: ${why}`);
  }
}

function no(code: string, message: string): CommandError {
  return new CommandError(EXIT.no, code, message);
}
