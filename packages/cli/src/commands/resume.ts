import type { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { type HaltOptions, haltedWhat, requestOf, targeted } from "../halts.ts";
import { dataFolder } from "../place.ts";

export function resumeCommand(): Command {
  return targeted("resume", "let go on what was halted")
    .addHelpText(
      "after",
      [
        "",
        "With `halt.resume: two_people` somebody else than who halted has to do it.",
        "",
        "Example:",
        '  $ bylaw resume --agent coder --as dana --reason "its catalog entry was wrong"',
      ].join("\n"),
    )
    .action(async (options: HaltOptions) => {
      const done = await adminClient(dataFolder(options)).post("/resume", requestOf(options));
      if (options.json) return console.log(JSON.stringify(done));
      console.log(`${haltedWhat(requestOf(options))}: resumed`);
    });
}
