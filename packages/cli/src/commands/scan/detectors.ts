import { createReadStream } from "node:fs";
import { type Kind, type Scanner, scanner, scanWindows } from "@bylaw/facts";
import { Command, Option } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { openOutput } from "../../output.ts";
import { jsonOption } from "../../place.ts";
import { readItem, runBatch } from "../../scan/batch.ts";
import { filesBelow, firstLine, readText } from "../../scan/files.ts";
import { type FileReport, forMachines, forPeople, sarif } from "../../scan/report.ts";
import { version } from "../../version.ts";
import { visible } from "../../visible.ts";

interface Options {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly plain?: boolean;
}

/** `bylaw scan NAME`: what the detectors of some kinds find in a batch of texts, or in files. */
export function detectorsCommand(
  name: string,
  description: string,
  kinds: ReadonlySet<Kind>,
  examples: string,
): Command {
  return new Command(name)
    .description(description)
    .argument(
      "[paths...]",
      'files and folders; without any, standard input as lines of {"id", "text"}',
    )
    .addOption(jsonOption())
    .addOption(new Option("--sarif", "print SARIF 2.1.0").conflicts("json"))
    .option("--plain", "read a file of JSON lines as text, too")
    .addHelpText("after", examples)
    .action(async (paths: readonly string[], options: Options) => {
      const scan = scanner(kinds);
      if (paths.length === 0) return await batch(process.stdin, scan);
      const [only] = paths;
      if (
        only !== undefined &&
        paths.length === 1 &&
        options.plain !== true &&
        (await isBatch(only))
      )
        return await batch(createReadStream(only), scan);
      await inFiles(filesBelow(paths), scan, options);
    });
}

/** Named like JSON lines, or not, the first line decides: it is an item of a batch. */
async function isBatch(path: string): Promise<boolean> {
  if (!/\.(?:jsonl|ndjson)$/.test(path)) return false;
  try {
    return readItem(await firstLine(path)) !== null;
  } catch {
    throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${path}\``);
  }
}

async function batch(input: AsyncIterable<Uint8Array>, scan: Scanner): Promise<void> {
  const output = openOutput(undefined);
  const answer = (text: string): Readonly<Record<string, unknown>> => {
    const { findings, complete } = scan(text);
    return complete ? { findings } : { findings, complete };
  };
  const problems = await runBatch(input, answer, (text) => output.write(text));
  await output.finish();
  if (problems > 0)
    throw new CommandError(EXIT.no, "scan.malformed", `${problems} lines could not be read`);
}

async function inFiles(files: readonly string[], scan: Scanner, options: Options): Promise<void> {
  const output = openOutput(undefined);
  const reports: FileReport[] = [];
  let [findings, skipped] = [0, 0];
  for (const file of files) {
    const text = await readText(file).catch(() => null);
    if (text === null) {
      skipped += 1;
      continue;
    }
    const report: FileReport = { file, text, ...scanWindows(text, scan) };
    findings += report.findings.length;
    if (options.sarif === true) reports.push(report);
    else if (options.json === true) await output.write(`${JSON.stringify(forMachines(report))}\n`);
    else for (const line of forPeople(report)) await output.write(`${line}\n`);
    if (!report.complete) console.error(`bylaw: \`${visible(file)}\` was not scanned to its end`);
  }
  if (options.sarif === true)
    await output.write(`${JSON.stringify(sarif(reports, version()), null, 2)}\n`);
  await output.finish();
  if (options.json !== true && options.sarif !== true)
    console.error(
      `${findings} findings in ${files.length - skipped} files${skipped === 0 ? "" : `; ${skipped} not read: binary, unreadable or too large`}`,
    );
  if (findings > 0) process.exitCode = EXIT.no;
}
