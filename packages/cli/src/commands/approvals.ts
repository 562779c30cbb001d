import { Command } from "commander";
import { answerCommands } from "./approvals/answer.ts";
import { breakGlassCommand, followUpsCommand, reviewCommand } from "./approvals/glass.ts";
import { listCommand } from "./approvals/list.ts";
import { showCommand } from "./approvals/show.ts";
import { statsCommand } from "./approvals/stats.ts";
import { endWaiverCommand, waiversCommand } from "./approvals/waivers.ts";

export function approvalsCommand(): Command {
  const command = new Command("approvals").description("actions that wait for a person");
  command.addCommand(listCommand(), { isDefault: true }).addCommand(showCommand());
  for (const answer of answerCommands()) command.addCommand(answer);
  return command
    .addCommand(waiversCommand())
    .addCommand(endWaiverCommand())
    .addCommand(breakGlassCommand())
    .addCommand(followUpsCommand())
    .addCommand(reviewCommand())
    .addCommand(statsCommand());
}
