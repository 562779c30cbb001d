import type { GrantRow } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { visible } from "../../visible.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function listCommand(): Command {
  return new Command("list")
    .description("every grant: what it permits, how often it was used, when it ends")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw grant list\n\nWhat has expired, was spent or revoked stays in the list until its file is removed.",
    )
    .action(async (options: Options) => {
      const rows = await adminClient(dataFolder(options)).get<readonly GrantRow[]>("/grants");
      if (options.json) return console.log(JSON.stringify(rows));
      if (rows.length === 0) return console.log("no grants; add one with: bylaw grant add");
      for (const row of rows) for (const line of linesOf(row)) console.log(visible(line));
    });
}

function linesOf(row: GrantRow): readonly string[] {
  const uses =
    row.usesMax === null
      ? "any number of uses"
      : `${row.uses ?? 0} of ${row.usesMax} used, ${row.left ?? 0} left`;
  const end = row.expires === null ? "no end" : `ends ${row.expires}`;
  return [
    `${row.id}  ${row.state}  ${uses}  ${end}  owned by ${row.owner}`,
    `    ${row.permits}`,
    `    ${row.reason}`,
  ];
}
