import type { Person } from "@bylaw/server";
import { currentUser } from "@bylaw/server/client";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { say } from "../say.ts";
import { addCommand } from "./person/add.ts";
import { enrolCommand } from "./person/enrol.ts";
import { recoverCommand } from "./person/recover.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

interface ByOptions extends Options {
  readonly as: string;
}

export function personCommand(): Command {
  return new Command("person")
    .description("people, and the factors by which they prove who they are")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(addCommand())
    .addCommand(enrolCommand())
    .addCommand(removeCommand())
    .addCommand(resetCommand())
    .addCommand(recoverCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("everybody of the directory, and who has which factor")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw person list")
    .action(async (options: Options) => {
      const people = await adminClient(dataFolder(options)).get<readonly Person[]>("/factors");
      if (options.json) return console.log(JSON.stringify(people));
      for (const { name, groups, factors, needed } of people) {
        const none = needed ? "NO FACTOR: can approve nothing" : "no factor, none is needed yet";
        say(`${name}  ${groups.join(", ")}${factors.length === 0 ? `  ${none}` : ""}`);
        for (const { id, kind, created, addedBy, accepted } of factors) {
          const counts = accepted ? "" : "  NOT ACCEPTED (`factors.accept`)";
          say(`    ${id}  ${kind}  since ${created}, vouched for by ${addedBy}${counts}`);
        }
      }
    });
}

function removeCommand(): Command {
  return new Command("remove")
    .description("take one factor from a person")
    .argument("<factor>", "id of the factor, as `bylaw person list` shows it")
    .option("--person <name>", "whose it is (default: you)", currentUser())
    .option("--as <user>", "who vouches for it, with a factor (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw person remove fac_1f0c2a --person maria")
    .action((id: string, options: ByOptions & { readonly person: string }) =>
      remove(options.person, id, options),
    );
}

function resetCommand(): Command {
  return new Command("reset")
    .description("take all factors from a person who has lost them")
    .argument("<name>", "the person")
    .option("--as <user>", "who vouches for it, with a factor (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw person reset maria --as dana")
    .action((name: string, options: ByOptions) => remove(name, null, options));
}

async function remove(person: string, id: string | null, options: ByOptions): Promise<void> {
  const client = adminClient(dataFolder(options));
  const body = { person, id, as: options.as };
  const done = await client.post<{ readonly removed: number }>("/factors/remove", body);
  if (options.json) return console.log(JSON.stringify(done));
  say(`${person}: ${done.removed} removed`);
}
