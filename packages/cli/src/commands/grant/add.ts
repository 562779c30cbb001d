import { ACTIONS, RESOURCE_TYPES } from "@bylaw/core";
import type { GrantAdded } from "@bylaw/server";
import { Command, Option } from "commander";
import { adminClient } from "../../admin-client.ts";
import { CommandError, EXIT } from "../../exit.ts";
import {
  count,
  entityOf,
  newGrantId,
  type TermOptions,
  termsOf,
  withTerms,
} from "../../grant-terms.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { visible } from "../../visible.ts";

interface Options extends DataOption, TermOptions {
  readonly agent?: string;
  readonly group?: string;
  readonly user?: string;
  readonly action: readonly string[];
  readonly resource?: string;
  readonly type?: string;
  readonly in?: string;
  readonly tool?: string;
  readonly atMost?: number;
  readonly reason: string;
  readonly id?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addCommand(): Command {
  const command = new Command("add")
    .description("permit something for a while: written as a policy, checked and put in force")
    .option("--agent <name>", "the agent that may")
    .option("--group <name>", "the group that may")
    .option("--user <name>", "the person that may")
    .addOption(
      new Option("--action <action>", "what it may do; may be given again")
        .choices(ACTIONS)
        .argParser((value: string, previous: readonly string[]) => [...previous, known(value)])
        .default([], ""),
    )
    .option("--resource <entity>", "with exactly this, such as Table::customers")
    .addOption(new Option("--type <type>", "with resources of this type").choices(RESOURCE_TYPES))
    .option("--in <entity>", "with resources in this one, such as Environment::test")
    .option("--tool <name>", "through this tool only, such as files/write_file")
    .addOption(
      new Option("--at-most <n>", "no more things at once; an unknown number is more").argParser(
        count,
      ),
    );
  return withTerms(command)
    .requiredOption("--reason <text>", "what for; people read it, and it goes into the log")
    .option("--id <name>", "name of the policy (default: a new one)")
    .option("--dry-run", "show and check the policy, and write nothing")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (options: Options) => {
      const body = { ...wishOf(options), dryRun: options.dryRun === true };
      const added = await adminClient(dataFolder(options)).post<GrantAdded>("/grants", body);
      if (options.json) return console.log(JSON.stringify(added));
      tellAdded(added);
    });
}

const HELP = [
  "",
  "Examples:",
  '  $ bylaw grant add --agent cleaner --action delete --type Table --in Environment::test --uses 10 --for 2h --reason "clean-up of test data"',
  '  $ bylaw grant add --group intake --action read --resource Table::tickets --until 2027-01-01T00:00:00Z --owner Group::support --reason "triage" --dry-run',
  "",
  "Exit codes: 0 in force (or checked, with --dry-run), 1 refused, 2 usage, 3 no gateway runs.",
].join("\n");

/** Says what stands in the new file, and where. */
export function tellAdded({ id, text, file, added }: GrantAdded): void {
  for (const line of text.trimEnd().split("\n")) console.log(visible(line));
  console.log(visible(added ? `\n${id} is in force: ${file}` : `\nchecked; not written: ${file}`));
}

function known(action: string): string {
  if ((ACTIONS as readonly string[]).includes(action)) return action;
  const message = `\`${action}\` is none of ${ACTIONS.join(", ")}`;
  throw new CommandError(EXIT.usage, "usage.action", message);
}

function wishOf(options: Options): object {
  const { resource, type, in: inside, tool, atMost, reason } = options;
  if (options.action.length === 0)
    throw new CommandError(EXIT.usage, "usage.action", "say with --action what it may do");
  if ((resource === undefined) === (type === undefined && inside === undefined))
    throw new CommandError(
      EXIT.usage,
      "usage.resource",
      "say with what: either --resource, or --type, --in or both",
    );
  return {
    id: options.id ?? newGrantId(),
    principal: principalOf(options),
    actions: [...new Set(options.action)],
    resource: resource === undefined ? null : entityOf(resource),
    type: type ?? null,
    inside: inside === undefined ? null : entityOf(inside),
    tool: tool ?? null,
    atMost: atMost ?? null,
    reason,
    ...termsOf(options),
  };
}

function principalOf({ agent, group, user }: Options): object {
  const given = [
    ["Agent", agent],
    ["Group", group],
    ["User", user],
  ].filter(([, id]) => id !== undefined);
  const [only] = given;
  if (given.length === 1 && only !== undefined) return { type: only[0], id: only[1] };
  throw new CommandError(EXIT.usage, "usage.principal", "say who: --agent, --group or --user");
}
