import { Command } from "commander";
import { checkpointCommand } from "./audit/checkpoint.ts";
import { showCommand } from "./audit/show.ts";
import { verifyCommand } from "./audit/verify.ts";

export function auditCommand(): Command {
  return new Command("audit")
    .description("the log of what was asked, decided, approved and done")
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(checkpointCommand());
}
