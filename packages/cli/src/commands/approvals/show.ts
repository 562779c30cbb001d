import type { HeldAction } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

export function showCommand(): Command {
  return new Command("show")
    .description("one held action with its arguments")
    .argument("<id>", "id of the held action")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (id: string, options: Options) => {
      const path = `/approvals/${encodeURIComponent(id)}`;
      const held = await adminClient(dataFolder(options)).get<HeldAction>(path);
      if (options.json) return console.log(JSON.stringify(held));
      say(`${held.id}  ${held.state}`);
      say(`agent      ${held.agent} (session ${held.session})`);
      say(`wants      ${held.upstream} ${held.operation} ${held.target ?? ""}`);
      for (const line of held.summary) say(`in all     ${line}`);
      for (const effect of held.effects) say(`effect     ${effect}`);
      for (const need of held.requirements) {
        say(`bylaw      ${need.policy}: ${need.reason}`);
        say(`approvers  ${need.approvers.join(", ")} (${need.quorum} needed)`);
      }
      for (const { user, verdict, reason } of held.votes)
        say(`answered   ${user}: ${verdict}${reason === null ? "" : ` - ${reason}`}`);
      say(`expires    ${held.expires}`);
      if (held.original !== null) say("edited     the agent had asked for other arguments");
      for (const line of JSON.stringify(held.arguments, null, 2).split("\n"))
        say(`           ${line}`);
    });
}
