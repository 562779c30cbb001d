import type { HeldAction } from "@bylaw/server";
import { currentUser } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

/** What agents and servers called things never reaches the terminal as it is. */
function say(line: string): void {
  console.log(visible(line));
}

export function approvalsCommand(): Command {
  return new Command("approvals")
    .description("actions that wait for a person")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(voteCommand("approve", "let exactly this action run, once"))
    .addCommand(voteCommand("reject", "refuse this action"));
}

function listCommand(): Command {
  return new Command("list")
    .description("what waits for a decision")
    .option("--all", "also what was decided, expired or used")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options & { readonly all?: boolean }) => {
      const path = options.all ? "/approvals?all" : "/approvals";
      const held = await adminClient(dataFolder(options)).get<readonly HeldAction[]>(path);
      if (options.json) return console.log(JSON.stringify(held));
      if (held.length === 0) return console.log("nothing waits for you");
      for (const action of held) {
        const what = `${action.upstream} ${action.target ?? action.operation}`;
        say(`${action.id}  ${action.state}  ${action.agent} wants ${what}`);
        for (const effect of action.effects) say(`    ${effect}`);
      }
      console.log("\nAnswer with: bylaw approvals approve ID   or: bylaw approvals reject ID");
    });
}

function showCommand(): Command {
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
      for (const effect of held.effects) say(`effect     ${effect}`);
      for (const need of held.requirements) {
        say(`bylaw      ${need.policy}: ${need.reason}`);
        say(`approvers  ${need.approvers.join(", ")} (${need.quorum} needed)`);
      }
      for (const vote of held.votes) say(`answered   ${vote.user}: ${vote.verdict}`);
      say(`expires    ${held.expires}`);
      console.log(`arguments  ${JSON.stringify(held.arguments, null, 2)}`);
    });
}

function voteCommand(verdict: "approve" | "reject", description: string): Command {
  return new Command(verdict)
    .description(description)
    .argument("<id>", "id of the held action")
    .option("--as <user>", "who answers (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (id: string, options: Options & { readonly as: string }) => {
      const path = `/approvals/${encodeURIComponent(id)}/votes`;
      const held = await adminClient(dataFolder(options)).post<HeldAction>(path, {
        as: options.as,
        verdict,
      });
      if (options.json) return console.log(JSON.stringify(held));
      say(`${held.id}: ${held.state}`);
      if (held.state === "waiting")
        console.log("more approvers are needed; see: bylaw approvals show");
    });
}
