import { KINDS } from "@bylaw/facts";
import { Command } from "commander";
import { detectorsCommand } from "./scan/detectors.ts";
import { shellCommand } from "./scan/shell.ts";

const SECRETS_HELP = `
Examples:
  $ bylaw scan secrets src config.yaml          for people: values are masked
  $ bylaw scan secrets --sarif src > out.sarif
  $ bylaw scan secrets texts.jsonl              one answer for each line {"id", "text"}

A batch, from a file or standard input, is answered line by line:
{"id", "findings": [{"rule", "start", "end"}]}, offsets in UTF-16 units. It ends with 0 unless a line
could not be read; files end with 1 when something was found.`;

const TEXT_HELP = `
Examples:
  $ bylaw scan text README.md
  $ bylaw scan text < texts.jsonl

The same as \`bylaw scan secrets\`, with the detectors of every kind.`;

export function scanCommand(): Command {
  return new Command("scan")
    .description("look for what should not be in a text")
    .addCommand(
      detectorsCommand(
        "secrets",
        "find credentials in texts or files",
        new Set(["secret"]),
        SECRETS_HELP,
      ),
    )
    .addCommand(
      detectorsCommand(
        "text",
        "find what any detector knows, in texts or files",
        new Set(KINDS),
        TEXT_HELP,
      ),
    )
    .addCommand(shellCommand());
}
