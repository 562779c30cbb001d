import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { variable } from "@bylaw/server/client";
import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options {
  readonly group: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
}

export function addCommand(): Command {
  return new Command("add")
    .description("write a person into the directory, which is `people` of bylaw.yaml")
    .argument("<name>", "name of the person, as policies and approvers see it")
    .option(
      "--group <name>",
      "group it belongs to; may be given again",
      (group: string, previous: readonly string[]) => [...previous, group],
      [],
    )
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw person add dana --group dba\n\nThe gateway knows the person when it has been started again.",
    )
    .action(async (name: string, options: Options) => {
      const { addPerson } = await import("@bylaw/server"); // the other commands on people need none of it
      const file = resolve(options.config ?? variable("BYLAW_CONFIG") ?? "bylaw.yaml");
      const changed = addPerson(file, textOf(file), name, options.group);
      if (!changed.ok) throw new CommandError(EXIT.usage, "person.refused", changed.error);
      writeFileSync(`${file}.new`, changed.value, { mode: 0o644, flush: true });
      renameSync(`${file}.new`, file);
      if (options.json) return console.log(JSON.stringify({ person: name, file }));
      say(`${name} stands in ${file}; next: bylaw down, bylaw up, bylaw person enrol passphrase`);
    });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `cannot read \`${file}\` (${code ?? "unknown"}); see: bylaw init`;
    throw new CommandError(EXIT.usage, "config.unreadable", message);
  }
}
