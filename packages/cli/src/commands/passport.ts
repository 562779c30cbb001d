import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder, dataOption, durationOption, jsonOption } from "../place.ts";

/** A passport is never good for longer. Milliseconds. */
const LIFETIME_MS_MAX = 3_600_000;
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

interface PassportOptions extends DataOption {
  readonly for: number;
  readonly key?: string;
  readonly json?: boolean;
}

/** `bylaw agent passport`: a credential that ends by itself. */
export function passportCommand(): Command {
  return new Command("passport")
    .description("issue a passport to an agent: a credential that ends by itself")
    .argument("<name>", "name of the agent")
    .addOption(
      durationOption("--for <time>", "how long, at most 1h").default(LIFETIME_MS_MAX, "1h"),
    )
    .option(
      "--key <thumbprint>",
      "bind it to the client's key (RFC 7638 thumbprint): each request then needs a DPoP proof",
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ export BYLAW_TOKEN=$(bylaw agent passport coder --for 15m)\n\nStandard output is the passport alone; how long it is good for goes to standard error.",
    )
    .action(async (id: string, options: PassportOptions) => {
      if (options.for < 1_000 || options.for > LIFETIME_MS_MAX)
        throw new CommandError(EXIT.usage, "usage.time", "a passport is good for 1s to 1h");
      if (options.key !== undefined && !THUMBPRINT.test(options.key))
        throw new CommandError(
          EXIT.usage,
          "usage.thumbprint",
          "a thumbprint is 43 characters of base64url, as RFC 7638 says",
        );
      const issued = await adminClient(dataFolder(options)).post<{
        passport: string;
        id: string;
        expires: string;
      }>(`/agents/${encodeURIComponent(id)}/passports`, {
        lifetimeMs: options.for,
        thumbprint: options.key ?? null,
      });
      if (options.json) return console.log(JSON.stringify(issued));
      console.log(issued.passport);
      console.error(`good until ${issued.expires} (${issued.id})`);
    });
}

interface RekeyOptions extends DataOption {
  readonly now?: boolean;
  readonly json?: boolean;
}

/** `bylaw agent rekey`: the key behind all of them. */
export function rekeyCommand(): Command {
  return new Command("rekey")
    .description("sign passports with a new key from now on")
    .option("--now", "end every passport of the old key at once: somebody may have that key")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw agent rekey --now")
    .action(async (options: RekeyOptions) => {
      const atOnce = options.now ?? false;
      const answer = await adminClient(dataFolder(options)).post<{ key: string }>(
        "/passports/rotate",
        { atOnce },
      );
      if (options.json) return console.log(JSON.stringify(answer));
      console.log(`key ${answer.key}`);
      console.log(
        atOnce
          ? "no passport that was issued before is accepted any more"
          : "passports of the old key stay good until they expire, an hour at most",
      );
    });
}
