import { rmSync } from "node:fs";
import type { FactorRow, PendingPasskey, PendingTotp } from "@bylaw/server";
import { currentUser } from "@bylaw/server/client";
import { keyId, newSealedKey, PASSPHRASE_MIN } from "@bylaw/server/factors";
import { Command } from "commander";
import { adminClient } from "../../admin-client.ts";
import { keyFile, writeKey } from "../../factors/keys.ts";
import { newPassphrase } from "../../factors/passphrase.ts";
import { atTerminal } from "../../factors/terminal.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly person: string;
  readonly as: string;
  readonly generate?: boolean;
  readonly json?: boolean;
}

export function enrolCommand(): Command {
  return new Command("enrol")
    .description("give a person a factor; the first of all is trusted, later ones need one")
    .addCommand(passphraseCommand())
    .addCommand(totpCommand())
    .addCommand(passkeyCommand());
}

function common(kind: string, description: string): Command {
  return new Command(kind)
    .description(description)
    .option("--person <name>", "whose it is (default: you)", currentUser())
    .option("--as <user>", "who vouches for it, with a factor (default: you)", currentUser())
    .addOption(dataOption())
    .addOption(jsonOption());
}

function passphraseCommand(): Command {
  return common("passphrase", "a signing key that lies on this machine, sealed by a passphrase")
    .option("--generate", "make up a passphrase and show it once")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw person enrol passphrase",
        "  $ bylaw person enrol passphrase --generate --person dana --as maria",
        "",
        `A passphrase has at least ${PASSPHRASE_MIN} characters: whoever can read your files can copy the sealed`,
        "key and try passphrases for years. It is asked for at the terminal and nowhere else.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const key = await newSealedKey(await newPassphrase(options.generate === true));
      const { person, as } = options;
      const file = keyFile(keyId(key.publicKey));
      writeKey(file, key); // first: a factor whose key is nowhere would shut its person out
      const body = { person, as, publicKey: key.publicKey };
      const client = adminClient(dataFolder(options));
      const added = await client.post<FactorRow>("/factors/keys", body).catch((error: unknown) => {
        rmSync(file, { force: true });
        throw error;
      });
      if (options.json) return console.log(JSON.stringify({ ...added, file }));
      say(`${person}: ${added.id} is enrolled; the sealed key is ${file}`);
    });
}

function totpCommand(): Command {
  return common("totp", "codes of an authenticator app; weak unless Bylaw runs as another user")
    .addHelpText(
      "after",
      [
        "",
        "Example:",
        "  $ bylaw person enrol totp --person maria",
        "",
        "The gateway has to hold the secret, so whoever can read its data folder can make codes:",
        "`factors.accept` has to name totp, which is for gateways that run as another user.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const { person, as } = options;
      const client = adminClient(dataFolder(options));
      const begun = await client.post<PendingTotp>("/factors/totp", { person, as });
      const code = await atTerminal(async (terminal) => {
        terminal.say("Give this to your authenticator app; it is shown once:");
        terminal.say(`  ${begun.uri}`);
        return (await terminal.secret("The code that it shows now: ")).replaceAll(/\s/g, "");
      });
      const path = `/factors/totp/${encodeURIComponent(begun.id)}/confirm`;
      const added = await client.post<FactorRow>(path, { code });
      if (options.json) return console.log(JSON.stringify(added));
      say(`${person}: ${added.id} is enrolled`);
    });
}

function passkeyCommand(): Command {
  return common(
    "passkey",
    "a key of your phone, computer or security key, asked for in the browser",
  )
    .addHelpText(
      "after",
      [
        "",
        "Example:",
        "  $ bylaw person enrol passkey --person maria",
        "",
        "Shows a link, at the terminal alone, that makes one passkey within ten minutes. The gateway has",
        "to serve the page: `factors.listen` in bylaw.yaml says where.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const { person, as } = options;
      const client = adminClient(dataFolder(options));
      await atTerminal(async () => undefined); // no link is made that nobody could be shown
      const begun = await client.post<PendingPasskey>("/factors/passkey", { person, as });
      await atTerminal(async (terminal) => {
        terminal.say("Open this in your browser; it is good once:");
        terminal.say(`  ${begun.link}`);
      });
      const { expires } = begun;
      if (options.json) return console.log(JSON.stringify({ person, expires }));
      say(`until ${expires}; then: bylaw person`);
    });
}
