import type { Halt } from "@bylaw/core";
import { currentUser, type Halted } from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { describeHalt, haltedWhat } from "../halts.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

interface HaltOptions extends Options {
  readonly agent?: string;
  readonly user?: string;
  readonly upstream?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly as: string;
}

export function haltCommand(): Command {
  return (
    targeted("halt", "the kill switch: refuse every action from the next one on")
      // Else `--json` after `list` would belong to `halt`.
      .enablePositionalOptions()
      .addHelpText(
        "after",
        [
          "",
          "What is held for a person stays held, and does not run when it is approved.",
          "",
          "Examples:",
          '  $ bylaw halt --agent coder --reason "deletes what it should not"',
          '  $ bylaw halt --all --reason "incident 12"',
        ].join("\n"),
      )
      .action(async (options: HaltOptions) => {
        const done = await adminClient(dataFolder(options)).post<Halted>("/halt", bodyOf(options));
        if (options.json) console.log(JSON.stringify(done));
        else for (const line of linesOf(done, bodyOf(options))) console.log(line);
      })
      .addCommand(listCommand())
  );
}

export function resumeCommand(): Command {
  return targeted("resume", "let go on what was halted")
    .addHelpText(
      "after",
      [
        "",
        "With `halt.resume: two_people` somebody else than who halted has to do it.",
        "",
        "Example:",
        '  $ bylaw resume --agent coder --as dana --reason "its catalog entry was wrong"',
      ].join("\n"),
    )
    .action(async (options: HaltOptions) => {
      const done = await adminClient(dataFolder(options)).post("/resume", bodyOf(options));
      if (options.json) return console.log(JSON.stringify(done));
      console.log(`${haltedWhat(bodyOf(options))}: resumed`);
    });
}

function targeted(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .option("--agent <name>", "an agent and the agents it started")
    .option("--user <name>", "everything on behalf of a person")
    .option("--upstream <name>", "everything that goes to an upstream")
    .option("--all", "everything, of every gateway of this store")
    .option("--reason <text>", "why (required); refused agents read it, and it goes into the log")
    .option("--as <user>", "who does it (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption());
}

function listCommand(): Command {
  return new Command("list")
    .description("what is halted, by whom and why")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const halts = await adminClient(dataFolder(options)).get<readonly Halt[]>("/halts");
      if (options.json) return console.log(JSON.stringify(halts));
      if (halts.length === 0) return console.log("nothing is halted");
      for (const halt of halts) console.log(describeHalt(halt));
    });
}

interface Body extends Pick<Halt, "scope" | "subject" | "reason"> {
  readonly as: string;
}

function bodyOf(options: HaltOptions): Body {
  const { agent, user, upstream, all, reason, as } = options;
  const named = Object.entries({ agent, user, upstream }).flatMap(([scope, subject]) =>
    subject === undefined ? [] : [{ scope: scope as Halt["scope"], subject }],
  );
  const targets = [...named, ...(all === true ? [{ scope: "all" as const, subject: "" }] : [])];
  const [target] = targets;
  if (target === undefined || targets.length > 1)
    throw new CommandError(
      EXIT.usage,
      "usage.target",
      "say one of --agent, --user, --upstream and --all",
    );
  // Not a required option of the command: `halt list` would have to give it as well.
  if (reason === undefined || reason.trim() === "")
    throw new CommandError(EXIT.usage, "usage.reason", "say why with --reason");
  return { ...target, reason, as };
}

function linesOf({ halt, already, recorded, known }: Halted, asked: Body): readonly string[] {
  const what = haltedWhat(asked);
  if (halt === null) return [`${what}: resumed in the meantime`];
  return [
    already ? `${what}: halted already` : `${what}: halted`,
    ...(already ? [describeHalt(halt)] : []),
    ...(known ? [] : ["warning: this gateway knows nothing of that name; see: bylaw status"]),
    ...(recorded ? [] : ["warning: it holds, and the log could not be written"]),
  ];
}
