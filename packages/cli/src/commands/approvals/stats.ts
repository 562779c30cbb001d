import type { ApprovalStats } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

const SECOND_MS = 1_000;

export function statsCommand(): Command {
  return new Command("stats")
    .description("how people answer: how fast, how often yes, and who hardly reads")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw approvals stats\n\nIn haste: a yes less than three seconds after the request, of all answers of that person.",
    )
    .action(async (options: Options) => {
      const path = "/approvals/stats";
      const stats = await adminClient(dataFolder(options)).get<ApprovalStats>(path);
      if (options.json) return console.log(JSON.stringify(stats));
      say(
        `${stats.requests} requests, ${stats.waiting} waiting, ${stats.expired} expired unanswered`,
      );
      for (const { user, answers, approved, medianMs, hasty, brokenGlass } of stats.reviewers) {
        const glass = brokenGlass === 0 ? "" : `, broke the glass ${brokenGlass} times`;
        const time = `${(medianMs / SECOND_MS).toFixed(1)} s`;
        say(
          `${user}: ${answers} answers, ${share(approved)} yes, half within ${time}, ${share(hasty)} in haste${glass}`,
        );
      }
    });
}

function share(part: number): string {
  return `${Math.round(part * 100)}%`;
}
