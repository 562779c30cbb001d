import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MAX_BUNDLE_CHARS } from "@bylaw/bundle";
import { type NoteSigner, parseSigningKey } from "@bylaw/ledger";
import {
  BundleFolderError,
  type BundleState,
  buildBundle,
  bundleFolder,
  currentUser,
  loadRules,
  type PolicyStatus,
  type Version,
  verifyBundle,
} from "@bylaw/server";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { readInput } from "../input-file.ts";
import { keyOf } from "../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { describePolicy } from "../policy.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

/** Bytes of a bundle file: each of its characters may take four. */
const BUNDLE_BYTES_MAX = 4 * MAX_BUNDLE_CHARS;

interface Options extends DataOption {
  readonly json?: boolean;
}

/** What people and agents wrote never reaches the terminal as it is. */
function say(text: string): void {
  for (const line of text.split("\n")) console.log(visible(line));
}

export function policyCommand(): Command {
  return new Command("policy")
    .description("versions of the policies: what is in force, what was, and going back")
    .addCommand(historyCommand())
    .addCommand(showCommand())
    .addCommand(reloadCommand())
    .addCommand(rollbackCommand())
    .addCommand(releaseCommand())
    .addCommand(buildCommand())
    .addCommand(verifyCommand());
}

function historyCommand(): Command {
  return new Command("history")
    .description("every version that was in force, the newest last")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw policy history")
    .action((options: Options) => {
      const { active, ignored, quarantined, versions } = stateOf(dataFolder(options));
      const rows = versions.map((version) => ({
        ...version,
        active: version.name === active,
        quarantined: quarantined.includes(version.digest),
      }));
      if (options.json)
        return console.log(JSON.stringify({ rolledBack: ignored !== null, versions: rows }));
      for (const row of rows) {
        const marks = `${row.active ? "  in force" : ""}${row.quarantined ? "  QUARANTINED" : ""}`;
        const number = String(row.version).padStart(5);
        say(`${number}  ${row.created}  ${row.digest.slice(0, 19)}  by ${row.acceptedBy}${marks}`);
      }
      if (ignored !== null) say("rolled back: the policy files say something else");
    });
}

function showCommand(): Command {
  return new Command("show")
    .description("the policies and the catalog of one version, as they were signed")
    .argument("[version]", "number or digest (default: the one in force)")
    .option("--text", "print the files as well")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  $ bylaw policy show\n  $ bylaw policy show 3 --text")
    .action((wanted: string | undefined, options: Options & { readonly text?: boolean }) => {
      const folder = dataFolder(options);
      const version = chosen(stateOf(folder), wanted);
      const file = folderOf(folder).get(version.name);
      if (!file.ok) throw new CommandError(EXIT.no, "bundle.unusable", file.error.join("\n"));
      if (options.json) return console.log(JSON.stringify(file.value));
      say(`version   ${version.version} of ${version.created}, accepted by ${version.acceptedBy}`);
      say(`bundle    ${version.digest}`);
      for (const { file: name, text } of [...file.value.sources, ...file.value.catalog]) {
        say(options.text ? `\n// ${name}\n${text.trimEnd()}` : `          ${name}`);
      }
    });
}

function reloadCommand(): Command {
  return new Command("reload")
    .description("read policies and catalog again and put them in force, all or nothing")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw policy reload\n\nWhat does not check is refused, and what was in force stays: exit code 1. Ends a rollback.",
    )
    .action(async (options: Options) => {
      const status = await adminClient(dataFolder(options)).post<PolicyStatus>(
        "/policy/reload",
        {},
      );
      if (options.json) console.log(JSON.stringify(status));
      else if (status.refused.length === 0) say(describePolicy(status));
      else for (const problem of status.refused) say(problem);
      if (status.refused.length === 0) return;
      if (!options.json) say(`refused; version ${status.version} stays in force`);
      process.exitCode = EXIT.no;
    });
}

function rollbackCommand(): Command {
  return new Command("rollback")
    .description("put an earlier version in force, at once; the files stay as they are")
    .argument("[version]", "number or digest (default: the one before)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ bylaw policy rollback\n  $ bylaw policy rollback 3\n\nHolds across a restart, until the files change or `bylaw policy reload`.",
    )
    .action(async (version: string | undefined, options: Options) => {
      const body = { to: version ?? null };
      const client = adminClient(dataFolder(options));
      const status = await client.post<PolicyStatus>("/policy/rollback", body);
      if (options.json) return console.log(JSON.stringify(status));
      say(describePolicy(status));
    });
}

function releaseCommand(): Command {
  return new Command("release")
    .description("let a quarantined bundle decide again, after somebody has looked")
    .argument("<digest>", "digest of the bundle, as `bylaw status` shows it")
    .requiredOption("--reason <text>", "what was found; goes into the log")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      '\nExample:\n  $ bylaw policy release sha256:… --reason "reported upstream, policy rewritten"',
    )
    .action(async (digest: string, options: Options & { readonly reason: string }) => {
      const client = adminClient(dataFolder(options));
      const body = { digest, reason: options.reason };
      const status = await client.post<PolicyStatus>("/policy/release", body);
      if (options.json) return console.log(JSON.stringify(status));
      say(describePolicy(status));
    });
}

function buildCommand(): Command {
  return new Command("build")
    .description("write what the configuration names into one signed bundle file")
    .requiredOption("--out <file>", "where to write it")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .option("--key <file>", "signing key (default: log.key of the data folder)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw policy build --out policies.bundle.json")
    .action(async (options: BuildOptions) => {
      const rules = await loadRules(readConfig(options.config));
      if (!rules.ok) throw new CommandError(EXIT.usage, "policy.invalid", rules.error.join("\n"));
      const folder = dataFolder(options);
      const signer = signerOf(options.key ?? join(folder, "log.key"));
      const number = numberFor(rules.value.name, folderOf(folder, signer.vkey).state());
      const { text, version } = buildBundle(rules.value, number, currentUser(), signer);
      try {
        writeFileSync(options.out, text, { mode: 0o600 });
      } catch (error) {
        const message = `cannot write \`${options.out}\` (${(error as NodeJS.ErrnoException).code})`;
        throw new CommandError(EXIT.usage, "bundle.unwritable", message);
      }
      if (options.json) return console.log(JSON.stringify({ ...version, file: options.out }));
      say(`wrote ${options.out}: version ${version.version}, bundle ${version.digest}`);
      say(`check it elsewhere with: bylaw policy verify ${options.out} --key '${signer.vkey}'`);
    });
}

interface BuildOptions extends Options {
  readonly out: string;
  readonly config?: string;
  readonly key?: string;
}

function verifyCommand(): Command {
  return new Command("verify")
    .description("check a bundle file: key, signature, policies, catalog and digest")
    .argument("<file>", "the bundle file")
    .option("--key <vkey>", "verifier key (default: log.vkey of the data folder)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw policy verify policies.bundle.json\n\nExit codes: 0 sound, 1 it is not, 2 nothing to check.",
    )
    .action(async (path: string, options: Options & { readonly key?: string }) => {
      const vkey = options.key ?? keyOf(dataFolder(options)).vkey;
      const verified = await verifiedFile(path, vkey);
      if (!verified.ok)
        throw new CommandError(EXIT.no, "bundle.refused", verified.error.join("\n"));
      const { version, created, digest, acceptedBy, sources, catalog } = verified.value.file;
      const policies = verified.value.rules.bundle.policies.size;
      const files = [...sources, ...catalog].map(({ file }) => file);
      if (options.json)
        return console.log(
          JSON.stringify({ version, created, digest, acceptedBy, policies, files }),
        );
      say(`sound: version ${version} of ${created}, accepted by ${acceptedBy}`);
      say(`${policies} policies in ${files.length} files, bundle ${digest}`);
    });
}

async function verifiedFile(path: string, vkey: string): ReturnType<typeof verifyBundle> {
  let text: string;
  try {
    text = readInput(path, BUNDLE_BYTES_MAX);
  } catch {
    throw new CommandError(EXIT.usage, "bundle.unreadable", `cannot read \`${path}\``);
  }
  try {
    return await verifyBundle(text, vkey);
  } catch {
    throw new CommandError(EXIT.usage, "key.malformed", "that is not a verifier key");
  }
}

function signerOf(path: string): NoteSigner {
  try {
    const signer = parseSigningKey(readFileSync(path, "utf8"));
    if (signer.ok) return signer.value;
  } catch {
    // As if it were no key.
  }
  const message = `no signing key in \`${path}\`; \`bylaw up\` makes one, or name one with --key`;
  throw new CommandError(EXIT.usage, "key.missing", message);
}

/** The number that a gateway with this history would give it. */
function numberFor(name: string, state: BundleState | null): number {
  const versions = state?.versions ?? [];
  const known = versions.find((version) => version.name === name);
  return known?.version ?? (versions.at(-1)?.version ?? 0) + 1;
}

function folderOf(folder: string, vkey: string = keyOf(folder).vkey) {
  return bundleFolder(folder, vkey);
}

function stateOf(folder: string): BundleState {
  try {
    const state = folderOf(folder).state();
    if (state !== null) return state;
  } catch (error) {
    if (!(error instanceof BundleFolderError)) throw error;
    throw new CommandError(EXIT.no, error.code, error.message);
  }
  throw new CommandError(EXIT.no, "bundle.none", "nothing was in force here yet; run: bylaw up");
}

function chosen({ active, versions }: BundleState, wanted: string | undefined): Version {
  const version = versions.findLast(
    ({ name, version: number, digest }) =>
      (wanted === undefined && name === active) || wanted === String(number) || wanted === digest,
  );
  if (version !== undefined) return version;
  throw new CommandError(EXIT.no, "bundle.not_found", `no version is called \`${wanted}\``);
}
