import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { jsonOption } from "../place.ts";

export function demoCommand(): Command {
  return new Command("demo")
    .description("replay the incident of the 1,200 deleted records against a real database")
    .option("--ungoverned", "the same agent without Bylaw")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ bylaw demo\n  $ bylaw demo --ungoverned")
    .action(async (options: { readonly ungoverned?: boolean; readonly json?: boolean }) => {
      const { demo } = await import("@bylaw/demo");
      const [node, script] = process.argv;
      const asPromised = await demo({
        bylaw: [node ?? process.execPath, script ?? "bylaw"],
        ungoverned: options.ungoverned ?? false,
        json: options.json ?? false,
        write: (text) => process.stdout.write(text),
        colour: process.stdout.isTTY === true,
      });
      if (!asPromised)
        throw new CommandError(EXIT.no, "demo.failed", "the demo did not end as promised");
    });
}
