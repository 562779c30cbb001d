import { Command } from "commander";
import { checkProofCommand } from "./audit/check-proof.ts";
import { checkpointCommand } from "./audit/checkpoint.ts";
import { exportCommand } from "./audit/export.ts";
import { followCommand } from "./audit/follow.ts";
import { proveCommand } from "./audit/prove.ts";
import { queryCommand } from "./audit/query.ts";
import { showCommand } from "./audit/show.ts";
import { timelineCommand } from "./audit/timeline.ts";
import { verifyCommand } from "./audit/verify.ts";
import { pruneCommand, shredCommand } from "./erase.ts";

export function auditCommand(): Command {
  return new Command("audit")
    .description("the log of what was asked, decided, approved and done")
    .addCommand(verifyCommand())
    .addCommand(showCommand())
    .addCommand(queryCommand())
    .addCommand(followCommand())
    .addCommand(timelineCommand())
    .addCommand(exportCommand())
    .addCommand(proveCommand())
    .addCommand(checkProofCommand())
    .addCommand(checkpointCommand())
    .addCommand(pruneCommand())
    .addCommand(shredCommand());
}
