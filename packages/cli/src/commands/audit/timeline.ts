import { Command } from "commander";
import { tellTimeline } from "../../audit/tell-timeline.ts";
import { timelineOf } from "../../audit/timeline.ts";
import { withArchive } from "../../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function timelineCommand(): Command {
  return new Command("timeline")
    .description("the story of one session: what it read, tried, was stopped at, and who approved")
    .argument("<session>", "id of the session, as `bylaw audit show` names it")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "The log holds what an agent did through Bylaw, not what it was told elsewhere: what it was",
        "asked shows where the prompt came through a gateway.",
        "",
        "Examples:",
        "  $ bylaw audit timeline 7nq0kX1h",
        "  $ bylaw audit timeline 7nq0kX1h --json",
        "",
        "Exit codes: 0 told, 1 no such session.",
      ].join("\n"),
    )
    .action((session: string, options: Options) =>
      withArchive(dataFolder(options), async (archive) => {
        const timeline = await timelineOf(archive, session);
        if (options.json) console.log(JSON.stringify(timeline));
        else process.stdout.write(tellTimeline(timeline));
      }),
    );
}
