import { createReadStream } from "node:fs";
import { createShellScanner, type Scanned, type ShellScanner, wallClock } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { openOutput } from "../../output.ts";
import { jsonOption } from "../../place.ts";
import { readItem, runBatch } from "../../scan/batch.ts";
import { filesBelow, firstLine, readText } from "../../scan/files.ts";
import { visible } from "../../visible.ts";

interface Options {
  readonly pack: string;
  readonly workspace: string;
  readonly json?: boolean;
  readonly plain?: boolean;
}

/** `bylaw scan shell`: what commands would do, and what a pack says to an agent that runs them. */
export function shellCommand(): Command {
  return new Command("shell")
    .description("tell what shell commands would do, and what a policy pack says to them")
    .argument(
      "[paths...]",
      'scripts and folders; without any, standard input as lines of {"id", "text"}',
    )
    .option("--pack <name>", "pack that decides, together with base", "coding-agent")
    .option("--workspace <dir>", "folder that the commands run in, and may work in", ".")
    .addOption(jsonOption())
    .option("--plain", "read a file of JSON lines as a script, too")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw scan shell scripts/release.sh             for people, with line numbers",
        "  $ bylaw scan shell --pack starter commands.jsonl  one answer for each line",
        `  $ echo '{"id":1,"text":"git push -f"}' | bylaw scan shell`,
        "",
        "Nothing is run. A batch, from a file or standard input, is answered line by line:",
        '{"id", "verdict", "codes", "effects": [{"action", "resource", "quantity", "source",',
        '"findings", "line", "outcome"}]}; a quantity of null is unknown. A line that cannot be read is',
        'answered with {"id", "error": {"code", "message", "line"}}.',
        "",
        "Exit codes: 0 ok, 1 a script is blocked or asked about, or a line could not be read, 2 usage.",
      ].join("\n"),
    )
    .action(async (paths: readonly string[], options: Options) => {
      const made = await createShellScanner({ ...options, now: wallClock() });
      if (!made.ok) throw new CommandError(EXIT.usage, "scan.options", made.error.join("\n"));
      const scan = made.value;
      const [only] = paths;
      if (only === undefined) return await batch(process.stdin, scan);
      if (paths.length === 1 && options.plain !== true && (await isBatch(only)))
        return await batch(createReadStream(only), scan);
      await scripts(filesBelow(paths), scan, options.json === true);
    });
}

/** Named like JSON lines, or not, the first line decides: it is an item of a batch. */
async function isBatch(path: string): Promise<boolean> {
  try {
    return readItem(await firstLine(path)) !== null;
  } catch {
    throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${path}\``);
  }
}

async function batch(input: AsyncIterable<Uint8Array>, scan: ShellScanner): Promise<void> {
  const output = openOutput(undefined);
  const problems = await runBatch(
    input,
    (text) => ({ ...scan(text) }),
    (text) => output.write(text),
  );
  await output.finish();
  if (problems > 0)
    throw new CommandError(EXIT.no, "scan.malformed", `${problems} lines could not be read`);
}

async function scripts(files: readonly string[], scan: ShellScanner, json: boolean): Promise<void> {
  const output = openOutput(undefined);
  let [stopped, skipped] = [0, 0];
  for (const file of files) {
    const text = await readText(file).catch(() => null);
    if (text === null) {
      skipped += 1;
      console.error(`bylaw: \`${visible(file)}\` was not read: binary, unreadable or too large`);
      continue;
    }
    const scanned = scan(text);
    if (scanned.verdict === "block" || scanned.verdict === "require_approval") stopped += 1;
    const lines = json ? [JSON.stringify({ id: file, ...scanned })] : forPeople(file, scanned);
    await output.write(`${lines.join("\n")}\n`);
  }
  await output.finish();
  if (stopped > 0 || skipped > 0) process.exitCode = EXIT.no;
}

const WORDS = { block: "block", require_approval: "ask", log: "log", allow: "allow" } as const;

/** The verdict, then one line per effect in the order of the script: `release.sh:12: ask …`. */
function forPeople(file: string, { verdict, codes, effects }: Scanned): readonly string[] {
  const name = visible(file);
  const rows = [...effects]
    .sort((a, b) => a.line - b.line)
    .map(({ line, outcome, action, resource, quantity, source, findings }) => {
      const amount = quantity === null ? "unknown amount" : `${quantity}`;
      const notes = [amount, ...(source === "parsed" ? [] : [source]), ...findings].join(", ");
      return `${name}:${line}: ${WORDS[outcome].padEnd(5)} ${action} ${visible(resource)} (${notes})`;
    });
  return [`${name}: ${WORDS[verdict]} (${codes.join(", ")})`, ...rows];
}
