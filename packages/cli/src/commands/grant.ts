import { Command } from "commander";
import { addCommand } from "./grant/add.ts";
import { listCommand } from "./grant/list.ts";
import { proposeCommand } from "./grant/propose.ts";
import { reviewCommand } from "./grant/review.ts";
import { revokeCommand } from "./grant/revoke.ts";

export function grantCommand(): Command {
  return new Command("grant")
    .description("rights with an owner and an end")
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(proposeCommand())
    .addCommand(reviewCommand());
}
