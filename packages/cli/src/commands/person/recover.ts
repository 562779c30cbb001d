import { rmSync } from "node:fs";
import type { recoverFactors } from "@bylaw/server";
import { currentUser, REASON_MAX, runningGateway, wallClock } from "@bylaw/server/client";
import { keyId, newSealedKey } from "@bylaw/server/factors";
import { StoreError } from "@bylaw/store";
import { Command } from "commander";
import { CommandError, EXIT } from "../../exit.ts";
import { keyFile, writeKey } from "../../factors/keys.ts";
import { newPassphrase } from "../../factors/passphrase.ts";
import { archiveOf, databaseOf } from "../../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly reason: string;
  readonly generate?: boolean;
  readonly json?: boolean;
}

type Recovered = Awaited<ReturnType<typeof recoverFactors>>;

export function recoverCommand(): Command {
  return new Command("recover")
    .description("replace the factors of a person who has lost them all, when nobody can vouch")
    .argument("<name>", "the person")
    .requiredOption("--reason <text>", "why; it goes into the log")
    .option("--generate", "make up the new passphrase and show it once")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Where somebody else has a factor, `bylaw person reset` asks that person; this asks nobody. So it",
        "works at the machine of the gateway alone, as its user, while it does not run, and leaves an alarm",
        "in the log (`factor.recovered`). It asks for a new passphrase at the terminal.",
        "",
        "Example:",
        "  $ bylaw down",
        '  $ bylaw person recover maria --reason "the laptop with her key is gone"',
        "  $ bylaw up",
        "",
        "Exit codes: 0 replaced, 1 refused, 2 usage.",
      ].join("\n"),
    )
    .action(async (person: string, options: Options) => {
      const { reason } = options;
      if (reason.trim() === "" || reason.length > REASON_MAX)
        throw new CommandError(
          EXIT.usage,
          "usage.reason",
          `a reason has 1 to ${REASON_MAX} characters`,
        );
      const folder = dataFolder(options);
      if (runningGateway(folder) !== null) throw running();
      await (await archiveOf(folder)).close(); // there is a log: opening a store would make one
      const key = await newSealedKey(await newPassphrase(options.generate === true));
      const file = keyFile(keyId(key.publicKey));
      writeKey(file, key); // first: a factor whose key is nowhere would shut its person out
      const recovered = await recover(folder, { person, reason, publicKey: key.publicKey }).catch(
        (error: unknown) => {
          rmSync(file, { force: true });
          throw error;
        },
      );
      if (options.json) return console.log(JSON.stringify({ person, ...recovered, file }));
      const { removed, factor } = recovered;
      say(`${person}: ${removed} removed, ${factor} in their place; the sealed key is ${file}`);
    });
}

function running(): CommandError {
  const message = "a gateway runs on this data folder; stop it first: bylaw down";
  return new CommandError(EXIT.no, "factor.gateway_running", message);
}

async function recover(
  folder: string,
  what: { readonly person: string; readonly reason: string; readonly publicKey: string },
): Promise<Exclude<Recovered, { readonly error: string }>> {
  try {
    // A gateway that starts meanwhile finds the folder taken, as this does where one has started.
    // The other commands on people need none of it.
    const { openStopped, recoverFactors } = await import("@bylaw/server");
    const store = await openStopped(folder, await databaseOf(folder));
    try {
      const done = await recoverFactors(store, { ...what, by: currentUser() }, wallClock());
      if (!("error" in done)) return done;
      const message =
        done.error === "factor.not_found"
          ? `${what.person} has no factor that could be replaced; see: bylaw person enrol`
          : "nothing was changed";
      throw new CommandError(EXIT.no, done.error, message);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(EXIT.no, error.code, error.message);
  }
}
