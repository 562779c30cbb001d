import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { passportCommand, rekeyCommand } from "./passport.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

interface AgentRow {
  readonly id: string;
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly suspended: boolean;
}

export function agentCommand(): Command {
  return new Command("agent")
    .description("agents and their credentials")
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(suspendCommand("suspend", true))
    .addCommand(suspendCommand("resume", false))
    .addCommand(passportCommand())
    .addCommand(rekeyCommand());
}

function addCommand(): Command {
  return new Command("add")
    .description("register an agent and print its token, once")
    .argument("<name>", "name of the agent, as policies see it")
    .option("--user <name>", "the person it acts for (default: you; see also --autonomous)")
    .option("--autonomous", "it acts for nobody; policies see a chain without a person")
    .option("--group <name>", "group it belongs to; may be given again", collect, [])
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw agent add coder --group developers\n  $ BYLAW_TOKEN=byl_… bylaw mcp --upstream files",
    )
    .action(async (id: string, options: Options & AddOptions) => {
      const body = { id, ...owner(options), groups: options.group };
      const added = await adminClient(dataFolder(options)).post<{ agent: string; token: string }>(
        "/agents",
        body,
      );
      if (options.json) return console.log(JSON.stringify(added));
      console.log(`agent  ${added.agent}`);
      console.log(`token  ${added.token}`);
      console.log("\nKept as a hash only: this is the one time it is shown.");
      console.log("Give it to the client as `Authorization: Bearer …` or as $BYLAW_TOKEN.");
    });
}

interface AddOptions {
  readonly user?: string;
  readonly autonomous?: boolean;
  readonly group: readonly string[];
}

function owner(options: AddOptions): { readonly user?: string | null } {
  if (options.autonomous) return { user: null };
  return options.user === undefined ? {} : { user: options.user };
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function listCommand(): Command {
  return new Command("list")
    .description("registered agents")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const agents = await adminClient(dataFolder(options)).get<readonly AgentRow[]>("/agents");
      if (options.json) return console.log(JSON.stringify(agents));
      if (agents.length === 0)
        return console.log("no agents yet; add one with: bylaw agent add NAME");
      for (const agent of agents) {
        const groups = agent.groups.length === 0 ? "" : `  groups ${agent.groups.join(", ")}`;
        const state = agent.suspended ? "  suspended" : "";
        console.log(`${agent.id}  for ${agent.user ?? "nobody (autonomous)"}${groups}${state}`);
      }
    });
}

function suspendCommand(verb: "suspend" | "resume", suspended: boolean): Command {
  return new Command(verb)
    .description(suspended ? "refuse an agent from its next action on" : "let an agent act again")
    .argument("<name>", "name of the agent")
    .addOption(dataOption())
    .action(async (id: string, options: Options) => {
      const path = `/agents/${encodeURIComponent(id)}/suspend`;
      await adminClient(dataFolder(options)).post(path, { suspended });
      console.log(`${id}: ${suspended ? "suspended" : "active"}`);
    });
}
