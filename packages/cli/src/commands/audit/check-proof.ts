import { checkProof, decodeCanonical, PROOF_BYTES_MAX } from "@bylaw/ledger";
import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { InputTooLarge, readInput } from "../../input-file.ts";
import { jsonOption } from "../../place.ts";
import { visible } from "../../visible.ts";

interface Options {
  readonly key: string;
  readonly json?: boolean;
}

export function checkProofCommand(): Command {
  return new Command("check-proof")
    .description("check a proof with the log's public key, and nothing else")
    .argument("<file>", "what `bylaw audit prove` wrote")
    .requiredOption("--key <vkey>", "verifier key of the log, as in its log.vkey")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Take the key from where you trust it, never from where the proof came from.",
        "",
        "Example:",
        '  $ bylaw audit check-proof record-41.tlog-proof --key "$(cat log.vkey)"',
        "",
        "Exit codes: 0 the log holds exactly this record, 1 it is not shown that it does.",
      ].join("\n"),
    )
    .action((file: string, options: Options) => {
      const checked = checkProof(read(file), options.key);
      if (!checked.ok) {
        const { code, message } = checked.error;
        const exit = code === "key.malformed" ? EXIT.usage : EXIT.no;
        throw new CommandError(exit, code, `not shown: ${message} (${code})`);
      }
      const { index, entry, checkpoint } = checked.value;
      const record = decodeCanonical(entry)?.value ?? null;
      const { origin, size } = checkpoint;
      if (options.json)
        return console.log(JSON.stringify({ ok: true, origin, size, index, record }));
      console.log(
        visible(`proved: record ${index} of ${origin}, under its checkpoint of ${size} records`),
      );
      const text =
        record === null ? Buffer.from(entry).toString("utf8") : JSON.stringify(record, null, 2);
      for (const line of text.split("\n")) console.log(visible(line));
    });
}

function read(file: string): string {
  try {
    return readInput(file, PROOF_BYTES_MAX);
  } catch (error) {
    if (error instanceof InputTooLarge)
      throw new CommandError(EXIT.no, "proof.malformed", "not shown: larger than any proof");
    throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${file}\``);
  }
}
