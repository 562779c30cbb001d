import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { archiveOf } from "../../log.ts";
import { type DataOption, dataFolder, dataOption } from "../../place.ts";

export function checkpointCommand(): Command {
  return new Command("checkpoint")
    .description("print the newest signed checkpoint, to be kept in another place")
    .addOption(dataOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw audit checkpoint > /elsewhere/bylaw-checkpoint.txt",
    )
    .action(async (options: DataOption) => {
      const archive = await archiveOf(dataFolder(options));
      try {
        const note = await archive.checkpoint();
        if (note === null)
          throw new CommandError(EXIT.no, "checkpoint.missing", "the log was never signed");
        process.stdout.write(note);
      } finally {
        await archive.close();
      }
    });
}
