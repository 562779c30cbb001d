import type { Halt } from "@bylaw/core";
import type { Halted } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import {
  describeHalt,
  type HaltOptions,
  type HaltRequest,
  haltedWhat,
  requestOf,
  targeted,
} from "../halts.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function haltCommand(): Command {
  return targeted("halt", "the kill switch: refuse every action from the next one on")
    .enablePositionalOptions()
    .addHelpText(
      "after",
      [
        "",
        "What is held for a person stays held, and does not run when it is approved.",
        "",
        "Examples:",
        '  $ bylaw halt --agent coder --reason "deletes what it should not"',
        '  $ bylaw halt --all --reason "incident 12"',
      ].join("\n"),
    )
    .action(async (options: HaltOptions) => {
      const done = await adminClient(dataFolder(options)).post<Halted>("/halt", requestOf(options));
      if (options.json) console.log(JSON.stringify(done));
      else for (const line of linesOf(done, requestOf(options))) console.log(line);
    })
    .addCommand(listCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("what is halted, by whom and why")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const halts = await adminClient(dataFolder(options)).get<readonly Halt[]>("/halts");
      if (options.json) return console.log(JSON.stringify(halts));
      if (halts.length === 0) return console.log("nothing is halted");
      for (const halt of halts) console.log(describeHalt(halt));
    });
}

function linesOf(
  { halt, already, recorded, known }: Halted,
  asked: HaltRequest,
): readonly string[] {
  const what = haltedWhat(asked);
  if (halt === null) return [`${what}: resumed in the meantime`];
  return [
    already ? `${what}: halted already` : `${what}: halted`,
    ...(already ? [describeHalt(halt)] : []),
    ...(known ? [] : ["warning: this gateway knows nothing of that name; see: bylaw status"]),
    ...(recorded ? [] : ["warning: it holds, and the log could not be written"]),
  ];
}
