import { type CheckpointPolicy, type LogReader, type VerifyReport, verify } from "@bylaw/ledger";
import { runningGateway, wallClock } from "@bylaw/server/client";
import { LogUnreachable, remoteLog } from "@bylaw/server/log";
import { isShared, pendingEntries } from "@bylaw/store";
import { Command } from "commander";
import { describePending, describeReport } from "../../audit/report.ts";
import { type Assured, assurance, readCosigned, readKept, readPolicy } from "../../audit/trust.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { archiveOf, keyOf, originOf } from "../../log.ts";
import {
  type DataOption,
  dataFolder,
  dataOption,
  durationOption,
  jsonOption,
} from "../../place.ts";

interface Options extends DataOption {
  readonly json?: boolean;
  readonly checkpoint: readonly string[];
  readonly receipt: readonly string[];
  readonly key?: string;
  readonly policy?: string;
  readonly maxAge?: number;
}

export function verifyCommand(): Command {
  return new Command("verify")
    .description("recompute the whole log and say what was changed, if anything was")
    .argument("[url]", "a published log, such as https://host/log (default: the data folder)")
    .option("--checkpoint <file>", "a checkpoint kept elsewhere; may be given again", collect, [])
    .option("--receipt <file>", "a receipt that came with a reply; may be given again", collect, [])
    .option("--key <vkey>", "verifier key (default: log.vkey of the data folder)")
    .option("--policy <file>", "witnesses that must have cosigned (C2SP tlog-policy)")
    .addOption(durationOption("--max-age <time>", "how old their cosignatures may be, such as 1h"))
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "A log that nobody else has seen can be replaced by an older one of its owner. Keep the output",
        "of `bylaw audit checkpoint`, or receipts of replies, in another place and hand them in, or",
        "have witnesses cosign the log: then that is found too. A receipt file holds the reply's",
        "`_meta`, its `bylaw-receipt` header or a checkpoint, as it came.",
        "",
        "Examples:",
        "  $ bylaw audit verify",
        "  $ bylaw audit verify --checkpoint ./kept-last-month.txt --json",
        "  $ bylaw audit verify --receipt ./reply-41.json --receipt ./reply-97.json",
        "  $ bylaw audit verify --policy ./witnesses.policy --max-age 1h",
        "  $ bylaw audit verify https://host/log --key bylaw/1a2b+… --policy ./witnesses.policy",
        "",
        "Exit codes: 0 verified, 1 something is wrong, or the last records are not signed or not yet",
        "in the database and no gateway runs that would do that, 2 nothing to verify, 3 the log cannot be reached.",
      ].join("\n"),
    )
    .action((url: string | undefined, options: Options) =>
      url === undefined ? verifyFolder(options) : verifyRemote(url, options),
    );
}

async function verifyFolder(options: Options): Promise<void> {
  const folder = dataFolder(options);
  const archive = await archiveOf(folder);
  try {
    const policy = options.policy === undefined ? null : readPolicy(options.policy);
    const vkey = options.key ?? keyOf(folder).vkey;
    const { size, signed } = await report(archive, vkey, policy, readCosigned(folder), options);
    if (runningGateway(folder) !== null) return;
    const pending = isShared(folder) ? 0 : pendingEntries(folder);
    if (pending > 0) console.error(describePending(pending));
    // A log that is at rest was cut off before its end was signed, or written to by somebody else.
    if (signed < size || pending > 0) process.exitCode = EXIT.no;
  } finally {
    await archive.close();
  }
}

async function verifyRemote(url: string, options: Options): Promise<void> {
  if (!/^https?:\/\//.test(url))
    throw new CommandError(EXIT.usage, "usage.url", `\`${url}\` is not an http address`);
  const policy = options.policy === undefined ? null : readPolicy(options.policy);
  const vkey = options.key ?? onlyLogOf(policy);
  const log = remoteLog(url);
  try {
    // One checkpoint from beginning to end: the log goes on meanwhile.
    const note = await log.checkpoint();
    await report({ ...log, checkpoint: async () => note }, vkey, policy, note, options);
  } catch (error) {
    if (!(error instanceof LogUnreachable)) throw error;
    throw new CommandError(EXIT.unreachable, error.code, error.message);
  }
}

function onlyLogOf(policy: CheckpointPolicy | null): string {
  const [log, ...others] = policy?.logs ?? [];
  if (log !== undefined && others.length === 0) return log.vkey;
  const message = "name the log's key with --key, or in a `log` line of the policy";
  throw new CommandError(EXIT.usage, "key.missing", message);
}

async function report(
  log: LogReader,
  vkey: string,
  policy: CheckpointPolicy | null,
  offered: string | null,
  options: Options,
): Promise<VerifyReport> {
  const kept = [...options.checkpoint, ...options.receipt].map(readKept);
  const notes = kept.flatMap(({ checkpoint }) => checkpoint ?? []);
  const receipts = kept.flatMap((one) => ("index" in one ? [one] : []));
  const assured: Assured | null =
    policy === null
      ? null
      : assurance(policy, vkey, [...(offered === null ? [] : [offered]), ...notes], {
          now: wallClock(),
          maxAgeMs: options.maxAge ?? null,
        });
  const verified = await verify(log, {
    origin: originOf(vkey),
    vkeys: [vkey],
    checkpoints: [...notes, ...(assured === null ? [] : [assured.note])],
    receipts,
    records: true,
  });
  if (!verified.ok) {
    const { code } = verified.error;
    const message = `the key, a checkpoint or a receipt from elsewhere does not hold (${code})`;
    throw new CommandError(EXIT.no, code, message);
  }
  if (options.json) {
    const witnessed = assured && { witnesses: assured.witnesses, oldest: assured.oldest };
    console.log(JSON.stringify({ ...verified.value, policy: witnessed }));
  } else console.log(describeReport(verified.value, assured));
  if (!verified.value.ok) process.exitCode = EXIT.no;
  return verified.value;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
