import type { HeldAction } from "@bylaw/server";
import { currentUser } from "@bylaw/server/client";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly as: string;
  readonly reason: string;
  readonly json?: boolean;
}

export function breakGlassCommand(): Command {
  return new Command("break-glass")
    .description("let a held action run in an emergency, without those who are asked")
    .argument("<id>", "id of the held action")
    .requiredOption("--reason <text>", "what the emergency is; an alarm in the log says it")
    .option("--as <user>", "who breaks the glass (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Example:",
        '  $ bylaw approvals break-glass apr_1f0c --reason "payments are down" --as rita',
        "",
        "For those whom `holds.break_glass` names, never for what is done in their own name. Somebody",
        "else has to look at it afterwards: bylaw approvals follow-ups. What a bylaw forbids stays so.",
      ].join("\n"),
    )
    .action(async (id: string, options: Options) => {
      const path = `/approvals/${encodeURIComponent(id)}/break-glass`;
      const { as, reason } = options;
      const held = await adminClient(dataFolder(options)).post<HeldAction>(path, { as, reason });
      if (options.json) return console.log(JSON.stringify(held));
      say(`${held.id}: ${held.state}; somebody else has to look at it: bylaw approvals follow-ups`);
    });
}

export function followUpsCommand(): Command {
  return new Command("follow-ups")
    .description("broken glasses that nobody has looked at since")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw approvals follow-ups\n\nExit codes: 0 none, 1 somebody has to look.",
    )
    .action(async (options: DataOption & { readonly json?: boolean }) => {
      const path = "/approvals/follow-ups";
      const open = await adminClient(dataFolder(options)).get<readonly HeldAction[]>(path);
      if (open.length > 0) process.exitCode = 1;
      if (options.json) return console.log(JSON.stringify(open));
      if (open.length === 0) return console.log("nothing to look at");
      for (const { id, agent, upstream, target, operation, votes, effects } of open) {
        say(`${id}  ${agent} did ${upstream} ${target ?? operation}`);
        for (const { user, reason } of votes) say(`    ${user}: ${reason ?? ""}`);
        for (const effect of effects) say(`    ${effect}`);
      }
      console.log("\nClose one with: bylaw approvals review ID --reason TEXT");
    });
}

export function reviewCommand(): Command {
  return new Command("review")
    .description("say what came of a broken glass, and close it")
    .argument("<id>", "id of the held action")
    .requiredOption("--reason <text>", "what was found; goes into the log")
    .option("--as <user>", "who has looked: not who broke it (default: you)", currentUser())
    .addOption(dataOption())
    .addHelpText(
      "after",
      '\nExample:\n  $ bylaw approvals review apr_1f0c --reason "needed; a bylaw will cover it" --as dana',
    )
    .action(async (id: string, options: Options) => {
      const path = `/approvals/${encodeURIComponent(id)}/review`;
      const { as, reason } = options;
      await adminClient(dataFolder(options)).post(path, { as, reason });
      say(`${id}: looked at by ${as}`);
    });
}
