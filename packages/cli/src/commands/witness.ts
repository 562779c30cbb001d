import { resolve } from "node:path";
import {
  createWitnessFolder,
  resetWitness,
  startWitness,
  type WitnessError,
  wallClock,
} from "@bylaw/server";
import { Command, Option } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { durationOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";

/** Where a witness listens unless told otherwise: this machine alone. */
const LISTEN = "127.0.0.1:7118";

interface Options {
  readonly dir: string;
  readonly json?: boolean;
}

export function witnessCommand(): Command {
  return new Command("witness")
    .description("cosign the logs of others, so that they cannot be rewritten unseen")
    .addCommand(initCommand())
    .addCommand(runCommand())
    .addCommand(resetCommand());
}

function dirOption(): Option {
  return new Option("--dir <dir>", "the witness's own folder").makeOptionMandatory();
}

function initCommand(): Command {
  return new Command("init")
    .description("make a witness: a key of its own and a memory that has seen nothing")
    .argument("<name>", "its name in cosignatures, such as example.org/witness-1")
    .addOption(dirOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Put a line `log <vkey> [<url>]` into the file `logs` of its folder for each log to follow.",
        "",
        "Example:",
        "  $ bylaw witness init example.org/witness-1 --dir /var/lib/bylaw-witness",
      ].join("\n"),
    )
    .action((name: string, options: Options) => {
      const made = createWitnessFolder(resolve(options.dir), name);
      if (!made.ok) throw refused(made.error);
      const { vkey } = made.value;
      console.log(options.json ? JSON.stringify({ vkey }) : vkey);
    });
}

function runCommand(): Command {
  return new Command("run")
    .description("cosign what is submitted, and look at every log that has an address")
    .addOption(dirOption())
    .option("--listen <host:port>", "address to listen on; port 0 takes a free one", LISTEN)
    .addOption(
      durationOption("--every <time>", "between two looks at a log").default(10_000, "10s"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Every line it prints begins with what it saw: cosigned, lagging, unreachable, unsigned,",
        "refused, or what speaks against a log: forked, rolled_back, unproven. The signed notes that",
        "prove it are kept in the folder `evidence`.",
        "",
        "Example:",
        "  $ bylaw witness run --dir /var/lib/bylaw-witness --listen 0.0.0.0:7118",
      ].join("\n"),
    )
    .action(async (options: Options & { readonly listen: string; readonly every: number }) => {
      const started = await startWitness({
        folder: resolve(options.dir),
        listen: addressIn(options.listen),
        followMs: options.every,
        say: (line) => console.error(visible(line)),
      });
      if (!started.ok)
        throw new CommandError(EXIT.usage, started.error.code, started.error.message);
      const { address, vkey, logs, stop } = started.value;
      if (options.json) console.log(JSON.stringify({ address, vkey, logs }));
      else console.log(`witness on ${address}, ${logs.length} logs\n${vkey}`);
      await new Promise<void>((done) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
      });
      await stop();
    });
}

function resetCommand(): Command {
  return new Command("reset")
    .description("forget what was cosigned: a person's decision, never the witness's own")
    .addOption(dirOption())
    .option("--log <origin>", "the log to forget; without it, a memory that is lost begins anew")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "A witness without its memory would cosign any history of a log. Before you reset one, find",
        "out from the log's readers or other witnesses what it had cosigned. What is forgotten stays",
        "in the folder `evidence`.",
        "",
        "Example:",
        "  $ bylaw witness reset --dir /var/lib/bylaw-witness --log bylaw/1a2b3c4d5e6f",
      ].join("\n"),
    )
    .action((options: Options & { readonly log?: string }) => {
      const reset = resetWitness(resolve(options.dir), options.log ?? null, wallClock());
      if (!reset.ok) throw refused(reset.error);
      if (options.json) console.log(JSON.stringify({ forgotten: reset.value }));
      else console.log(`forgotten: ${reset.value.length} checkpoints`);
    });
}

function refused({ code, message }: WitnessError): CommandError {
  return new CommandError(EXIT.usage, code, visible(message));
}

function addressIn(text: string): { readonly host: string; readonly port: number } {
  const [, host = "", port = ""] = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535)
    throw new CommandError(EXIT.usage, "usage.listen", `\`${text}\` is not host:port`);
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
