import { currentUser } from "@bylaw/server/client";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";

interface Options extends DataOption {
  readonly reason: string;
  readonly as: string;
  readonly json?: boolean;
}

export function revokeCommand(): Command {
  return new Command("revoke")
    .description("end a grant for good, from the next action on")
    .argument("<id>", "id of the grant")
    .requiredOption("--reason <text>", "why; goes into the log")
    .option("--as <user>", "who revokes it (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      '\nExample:\n  $ bylaw grant revoke grant-20260203-1f0c2a --reason "the clean-up is done"\n\nIts id is never used again; with PostgreSQL it ends on every gateway at once.',
    )
    .action(async (id: string, options: Options) => {
      const path = `/grants/${encodeURIComponent(id)}/revoke`;
      const { reason, as } = options;
      const revoked = await adminClient(dataFolder(options)).post(path, { reason, as });
      console.log(options.json ? JSON.stringify(revoked) : `${id}: revoked`);
    });
}
