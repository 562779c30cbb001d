import type { WaiverRow } from "@bylaw/server";
import { currentUser } from "@bylaw/server/client";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function waiversCommand(): Command {
  return new Command("waivers")
    .description("yeses that hold for more of the same")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw approvals waivers")
    .action(async (options: Options) => {
      const path = "/approvals/waivers";
      const rows = await adminClient(dataFolder(options)).get<readonly WaiverRow[]>(path);
      if (options.json) return console.log(JSON.stringify(rows));
      if (rows.length === 0) return console.log("no yes holds for more than one action");
      for (const row of rows) {
        const state = row.revoked ? "ended" : `until ${row.expires}`;
        const where = row.session === null ? "" : `  session ${row.session}`;
        say(`${row.id}  ${state}  ${row.used} of ${row.uses} used  by ${row.by.join(", ")}`);
        say(`    ${row.agent}: ${row.upstream} ${row.target ?? ""}${where}`);
        say(`    answers ${row.policies.join(", ")}, first given for ${row.approval}`);
      }
    });
}

export function endWaiverCommand(): Command {
  return new Command("end-waiver")
    .description("end a yes for more of the same, from the next action on")
    .argument("<id>", "id of the waiver")
    .requiredOption("--reason <text>", "why; goes into the log")
    .option("--as <user>", "who ends it (default: you)", currentUser())
    .addOption(dataOption())
    .addHelpText(
      "after",
      '\nExample:\n  $ bylaw approvals end-waiver waiver:1f0c2a --reason "the clean-up is done"',
    )
    .action(
      async (id: string, options: Options & { readonly as: string; readonly reason: string }) => {
        const path = `/approvals/waivers/${encodeURIComponent(id)}/revoke`;
        const { as, reason } = options;
        await adminClient(dataFolder(options)).post(path, { as, reason });
        say(`${id}: ended`);
      },
    );
}
