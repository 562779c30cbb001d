import { type GrantFinding, renderError, reviewGrants } from "@bylaw/bundle";
import type { LedgerRecord } from "@bylaw/core";
import { currentUser, wallClock } from "@bylaw/server/client";
import { Command } from "commander";
import { type AdminClient, adminClient } from "../../admin-client.ts";
import { directoryOf } from "../../directory.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { logUse } from "../../log-use.ts";
import {
  type DataOption,
  dataFolder,
  dataOption,
  durationOption,
  jsonOption,
} from "../../place.ts";
import { visible } from "../../visible.ts";

interface Options extends DataOption {
  readonly config?: string;
  readonly unused: number;
  readonly apply: readonly string[];
  readonly as: string;
  readonly json?: boolean;
}

const UNUSED_DEFAULT = "30d";
const DAY_MS = 86_400_000;

export function reviewCommand(): Command {
  return new Command("review")
    .description("grants that are unused, wider than their use, without an end or an owner")
    .addOption(
      durationOption(
        "--unused <time>",
        `how long without a use counts as unused (default: ${UNUSED_DEFAULT})`,
      ).default(30 * DAY_MS),
    )
    .option("--apply <id>", "narrow or revoke this grant as proposed; may be given again", also, [])
    .option("--as <user>", "who accepts it (default: you)", currentUser())
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw grant review --unused 14d",
        "  $ bylaw grant review --apply grant-20260203-1f0c2a --as maria",
        "",
        "What was used is read from the log of this data folder. A grant that is wider than its use is",
        "narrowed by --apply, one that is unused is revoked; the log says who accepted it.",
        "",
        "Exit codes: 0 nothing to look at, or applied, 1 findings, 2 usage, 3 no gateway runs (--apply).",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const folder = dataFolder(options);
      const findings = await findingsOf(folder, options);
      const applied: string[] = [];
      for (const id of options.apply) {
        await apply(adminClient(folder), id, findings, options.as);
        applied.push(id);
      }
      if (options.json) console.log(JSON.stringify({ findings, applied }));
      else tell(findings, applied);
      const open = findings.filter(({ grant }) => !applied.includes(grant));
      if (open.length > 0) process.exitCode = EXIT.no;
    });
}

function also(id: string, previous: readonly string[]): readonly string[] {
  return [...previous, id];
}

async function findingsOf(folder: string, options: Options): Promise<readonly GrantFinding[]> {
  // The other commands on grants need none of it.
  const { readConfig } = await import("../../read-config.ts");
  const { readRules } = await import("@bylaw/server");
  const config = readConfig(options.config);
  const read = await readRules(config);
  if (!read.ok) throw new CommandError(EXIT.usage, "policy.invalid", read.error.join("\n"));
  const history = grantHistory();
  const use = await logUse(folder, history.see);
  const found = await reviewGrants({
    sources: read.value.sources,
    directory: directoryOf(config),
    now: wallClock(),
    use,
    given: history.given,
    unusedMs: options.unused,
  });
  if (!found.ok)
    throw new CommandError(EXIT.usage, "policy.invalid", found.error.map(renderError).join("\n"));
  return found.value.filter(({ grant }) => !history.revoked.has(grant));
}

/** When grants were given, and which were revoked since: the newest record of each counts. */
function grantHistory(): {
  readonly see: (record: LedgerRecord) => void;
  readonly given: ReadonlyMap<string, number>;
  readonly revoked: ReadonlySet<string>;
} {
  const given = new Map<string, number>();
  const revoked = new Set<string>();
  return {
    given,
    revoked,
    see: (record) => {
      if (record.kind !== "change" || record.subject !== "grant") return;
      if (record.before === null && record.after !== null)
        given.set(record.id, Date.parse(record.at));
      if (record.before !== null && record.after === null) revoked.add(record.id);
    },
  };
}

/** Revokes what is unused, narrows what is wider; the other findings are for people. */
async function apply(
  client: AdminClient,
  id: string,
  findings: readonly GrantFinding[],
  as: string,
): Promise<void> {
  const mine = findings.filter(({ grant }) => grant === id);
  const path = `/grants/${encodeURIComponent(id)}`;
  const unused = mine.find(({ kind }) => kind === "unused");
  const wider = mine.find(({ text }) => text !== null);
  if (unused !== undefined)
    return void (await client.post(`${path}/revoke`, { reason: `review: ${unused.message}`, as }));
  if (wider !== undefined) {
    const reason = "review: narrowed to what the log shows was used";
    return void (await client.post(`${path}/narrow`, { text: wider.text, reason, as }));
  }
  const message = `nothing is proposed for \`${id}\`; see: bylaw grant review`;
  throw new CommandError(EXIT.no, "grant.nothing_proposed", message);
}

function tell(findings: readonly GrantFinding[], applied: readonly string[]): void {
  for (const { grant, kind, message, text } of findings) {
    console.log(
      visible(`${kind.padEnd(8)} ${message}${applied.includes(grant) ? " - applied" : ""}`),
    );
    for (const line of text?.trimEnd().split("\n") ?? []) console.log(visible(`         ${line}`));
  }
  if (findings.length === 0) return console.log("no grant needs a look");
  if (applied.length === 0)
    console.log("\nTo narrow or revoke one as proposed: bylaw grant review --apply ID");
}
