import type { Halt } from "@bylaw/core";
import { currentUser } from "@bylaw/server/client";
import { Command } from "commander";
import { CommandError, EXIT } from "./exit.ts";
import { type DataOption, dataOption, jsonOption } from "./place.ts";
import { visible } from "./visible.ts";

/** What a halt is about, in words. */
export function haltedWhat({ scope, subject }: Pick<Halt, "scope" | "subject">): string {
  return visible(scope === "all" ? "everything" : `${scope} ${subject}`);
}

/** One line about a halt in force. */
export function describeHalt(halt: Halt): string {
  return visible(`${haltedWhat(halt)}: by ${halt.by} at ${halt.at}: ${halt.reason}`);
}

/** What `bylaw halt` and `bylaw resume` are told. */
export interface HaltOptions extends DataOption {
  readonly json?: boolean;
  readonly agent?: string;
  readonly user?: string;
  readonly upstream?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly as: string;
}

/** A command that says what is to be halted or resumed, why and by whom. */
export function targeted(verb: string, description: string): Command {
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

/** What the gateway is asked. */
export interface HaltRequest extends Pick<Halt, "scope" | "subject" | "reason"> {
  readonly as: string;
}

/** Throws a CommandError where not exactly one target, or no reason, is given. */
export function requestOf(options: HaltOptions): HaltRequest {
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
