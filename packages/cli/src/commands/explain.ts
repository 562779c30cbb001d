import {
  type Bundle,
  type Decision,
  deciding,
  type Explanation,
  explain,
  explanationLines,
  type Facts,
  type Json,
} from "@bylaw/core";
import {
  type LogArchive,
  leafHash,
  openCheckpoint,
  parseVerifierKey,
  proveInclusion,
  tileSubtrees,
  verifyInclusion,
} from "@bylaw/ledger";
import { loadPolicies, loadRules } from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { archiveOf, keyOf } from "../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import {
  type DecidedEntry,
  differences,
  entriesOf,
  factsOf,
  gatewayCode,
  isDecided,
  recordOf,
  replay,
} from "../replay.ts";
import { version } from "../version.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly policies?: string;
  readonly json?: boolean;
}

/** What is printed, and given to machines with --json. */
interface Report {
  readonly record: number;
  readonly kind: string;
  readonly at: string;
  readonly action: string;
  /** The entry is in the log's tree; false in `signed` while no checkpoint covers it yet. */
  readonly verified: {
    readonly included: true;
    readonly signed: boolean;
    readonly identical: true;
  };
  /** The block that the gateway gave beside the policies. */
  readonly gateway: { readonly code: string; readonly text: string } | null;
  /** Other decided records of the same action. */
  readonly also: readonly number[];
  /** Null where no facts were recorded, so nobody can decide again. */
  readonly explanation: Explanation | null;
}

export function explainCommand(): Command {
  return new Command("explain")
    .description("decide a recorded action again and say in plain words why it came out so")
    .argument("<record>", "index of the record in the log, or id of the action")
    .option(
      "--policies <where>",
      "bylaw.yaml, policy folder, .cedar or bundle file (default: by the record's digest)",
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw explain 41",
        "  $ bylaw explain 41 --policies ./bylaw.yaml --json",
        "",
        "The record must be in the log's tree, its facts must match their digest, and deciding again",
        "must give the recorded decision byte for byte.",
        "",
        "Exit codes: 0 explained, 1 it does not come out as recorded or cannot be, 2 usage.",
      ].join("\n"),
    )
    .action(async (wanted: string, options: Options) => {
      const folder = dataFolder(options);
      const archive = await archiveOf(folder);
      try {
        const report = await reportOf(folder, archive, wanted, options);
        if (options.json) console.log(JSON.stringify(report));
        else for (const line of linesOf(report)) console.log(visible(line));
      } finally {
        await archive.close();
      }
    });
}

async function reportOf(
  folder: string,
  archive: LogArchive,
  wanted: string,
  options: Options,
): Promise<Report> {
  const { entry, also } = await find(archive, wanted);
  const signed = await included(folder, archive, entry);
  const { record, index } = entry;
  const code = gatewayCode(record.decision);
  const { action, decision } = record;
  const base = {
    record: index,
    kind: record.kind,
    at: record.at,
    verified: { included: true, signed, identical: true } as const,
    gateway: code === null ? null : { code, text: deciding(decision).text },
    also,
  };
  if (action === null) {
    if (code === null) throw await different(archive, index, []);
    return { ...base, action: record.kind === "refusal" ? record.id : "", explanation: null };
  }
  const facts = await factsOf(archive, action.facts, index);
  if (facts === null)
    throw new CommandError(
      EXIT.no,
      "facts.pruned",
      `the facts of record ${index} were deleted, so nobody can decide it again`,
    );
  const bundle = await bundleOf(folder, decision, options.policies);
  const again = replay(bundle, facts, decision);
  if (again.kind === "different" || !belongs(entry, facts))
    throw await different(archive, index, differences(asJson(decision), asJson(again.decision)));
  return {
    ...base,
    gateway: again.kind === "gateway" ? base.gateway : null,
    action: action.id,
    explanation: explain(bundle, facts),
  };
}

/** Facts of another action, put under this record with their own digest, would decide just as well. */
function belongs({ record }: DecidedEntry, facts: Facts): boolean {
  return facts.action.id === record.action?.id && facts.digest === record.action.digest;
}

function asJson(decision: Decision): Json {
  return decision as unknown as Json;
}

interface Found {
  readonly entry: DecidedEntry;
  /** Indices of the earlier decided records of the same action. */
  readonly also: readonly number[];
}

async function find(archive: LogArchive, wanted: string): Promise<Found> {
  const { size } = await archive.head();
  const found = /^\d{1,15}$/.test(wanted)
    ? await findByIndex(archive, Number(wanted), size)
    : await findByAction(archive, wanted, size);
  if (found !== null) return found;
  const message = `the log has no decided record \`${visible(wanted)}\``;
  throw new CommandError(EXIT.no, "record.not_found", message);
}

async function findByIndex(
  archive: LogArchive,
  wanted: number,
  size: number,
): Promise<Found | null> {
  for await (const { index, bytes } of entriesOf(archive, size, wanted)) {
    if (index !== wanted) continue;
    const record = recordOf(bytes, index);
    if (isDecided(record)) return { entry: { index, bytes, record }, also: [] };
    const message = `record ${index} is a \`${record.kind}\` record; only intents, refusals and holds were decided`;
    throw new CommandError(EXIT.no, "record.not_decided", message);
  }
  return null;
}

/** Of several records of one action, the last one that was decided. */
async function findByAction(
  archive: LogArchive,
  wanted: string,
  size: number,
): Promise<Found | null> {
  const found: DecidedEntry[] = [];
  for await (const { index, bytes } of entriesOf(archive, size)) {
    const record = recordOf(bytes, index);
    if (!isDecided(record)) continue;
    const id = record.action?.id ?? (record.kind === "refusal" ? record.id : null);
    if (id === wanted) found.push({ index, bytes, record });
  }
  const entry = found.pop();
  return entry === undefined ? null : { entry, also: found.map(({ index }) => index) };
}

/** The version of Bylaw that wrote a record, as the start of its run says. */
async function versionThen(archive: LogArchive, index: number): Promise<string> {
  let then = "unknown";
  for await (const entry of entriesOf(archive, index)) {
    const record = recordOf(entry.bytes, entry.index);
    if (record.kind === "start") then = record.version;
  }
  return then;
}

/** Whether a checkpoint covers the entry; throws when it is not in the tree of the log. */
async function included(
  folder: string,
  archive: LogArchive,
  { index, bytes }: DecidedEntry,
): Promise<boolean> {
  const { vkey, origin } = keyOf(folder);
  const key = parseVerifierKey(vkey);
  const note = await archive.checkpoint();
  const opened = note === null || !key.ok ? null : openCheckpoint(note, origin, [key.value]);
  if (opened !== null && !opened.ok)
    throw new CommandError(EXIT.no, "log.unverified", "the newest checkpoint does not verify");
  const covered = opened !== null && index < opened.value.size;
  const { size, root } = covered ? opened.value : await archive.head();
  const proof = await proveInclusion(tileSubtrees(archive, size), index, size);
  if (!proof.ok || !verifyInclusion(index, size, leafHash(bytes), proof.value, root))
    throw new CommandError(
      EXIT.no,
      "log.unverified",
      `record ${index} is not what the log committed to; run: bylaw audit verify`,
    );
  return covered;
}

/** The policies that the record names: from the history, else from the configuration. */
async function bundleOf(
  folder: string,
  { bundle: digest }: Decision,
  where: string | undefined,
): Promise<Bundle> {
  const loaded = await loadPolicies(where ?? digest, folder);
  if (loaded.ok && loaded.value.digest === digest) return loaded.value;
  if (loaded.ok)
    throw new CommandError(
      EXIT.no,
      "bundle.digest",
      `\`${where ?? ""}\` comes to \`${loaded.value.digest}\`; the record was decided by \`${digest}\``,
    );
  const { code, message } = loaded.error;
  if (where === undefined && code === "bundle.not_found") {
    const rules = await loadRules(readConfig(undefined));
    if (rules.ok && rules.value.bundle.digest === digest) return rules.value.bundle;
    throw new CommandError(
      EXIT.no,
      code,
      `${message}, and the configuration here is another one; name the policies with --policies`,
    );
  }
  throw new CommandError(code === "bundle.digest" ? EXIT.no : EXIT.usage, code, message);
}

async function different(
  archive: LogArchive,
  index: number,
  found: readonly string[],
): Promise<CommandError> {
  const then = await versionThen(archive, index);
  const lines = [
    `record ${index} does not come out as recorded.`,
    ...found.map((line) => `  ${visible(line)}`),
    "Either the record or its facts were changed after they were written, or another version of",
    `Bylaw decided it (${visible(then)} then, ${version()} now). To tell which: bylaw audit verify`,
  ];
  return new CommandError(EXIT.no, "record.different", lines.join("\n"));
}

function linesOf({
  record,
  kind,
  at,
  action,
  verified,
  gateway,
  also,
  explanation,
}: Report): readonly string[] {
  const signed = verified.signed ? "signed" : "not signed yet";
  const others = also.length === 0 ? "" : `; other records of it: ${also.join(", ")}`;
  const head = [`record ${record} (${kind}) of ${at}, action ${action}${others}`];
  if (explanation === null) {
    const why = gateway === null ? "" : `${gateway.text} (${gateway.code})`;
    return [
      ...head,
      `verified: in the log, ${signed}`,
      "",
      `Refused by the gateway: ${why}`,
      "No facts were recorded, so there is nothing to decide again.",
    ];
  }
  return [
    ...head,
    `verified: in the log, ${signed}; facts match; decided again, byte for byte the same`,
    "",
    ...(gateway === null
      ? []
      : [`The gateway refused it: ${gateway.text} (${gateway.code}). Of the policies alone:`, ""]),
    ...explanationLines(explanation),
  ];
}
