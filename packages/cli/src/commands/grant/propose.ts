import { type GrantScope, headText, type NoProposal, proposedGrants } from "@bylaw/bundle";
import type { RefusalRecord } from "@bylaw/core";
import type { GrantAdded } from "@bylaw/server";
import { Command } from "commander";
import { type AdminClient, adminClient } from "../../admin-client.ts";
import { readEntries } from "../../audit/entries.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { newGrantId, type TermOptions, termsOf, withTerms } from "../../grant-terms.ts";
import { withArchive } from "../../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../../place.ts";
import { visible } from "../../visible.ts";
import { tellAdded } from "./add.ts";

interface Options extends DataOption, TermOptions {
  readonly accept?: boolean;
  readonly reject?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

interface Refused {
  readonly index: number;
  readonly record: RefusalRecord;
}

/** What a proposal holds for where nobody says otherwise. */
const DEFAULT_USES = 1;
const DEFAULT_HOURS = 1;
const HOUR_MS = 3_600_000;

const EXPLANATIONS: Readonly<Record<NoProposal, string>> = {
  "proposal.forbidden": "a bylaw forbids this action, and no grant is stronger than a bylaw",
  "proposal.no_action": "the record does not say what the action does",
  "proposal.permitted": "the action is permitted; what it lacked was a person's approval",
  "proposal.too_many": "the action lacked more permissions than one proposal can name",
};

export function proposeCommand(): Command {
  const command = new Command("propose")
    .description("the narrowest grant under which a refused action would have been permitted")
    .argument("<record>", "index of the refusal in the log, or id of the action")
    .option("--accept", "give it, as shown")
    .option("--reject", "turn it down; the log keeps who did, and why");
  return withTerms(command)
    .option("--reason <text>", "what for, or why not; required with --reject")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action(async (wanted: string, options: Options) => {
      const folder = dataFolder(options);
      const refused = await find(folder, wanted);
      const scopes = scopesOf(refused);
      if (options.reject) return await decline(adminClient(folder), refused, options);
      const reason = options.reason ?? `proposed for record ${refused.index}`;
      const wishes = scopes.map((scope) => wishOf(scope, options, reason));
      const added = await give(adminClient(folder), wishes, options.accept === true);
      if (options.json)
        return console.log(JSON.stringify({ record: refused.index, grants: added }));
      for (const grant of added) tellAdded(grant);
      if (!options.accept) for (const line of choices(refused, scopes)) console.log(visible(line));
    });
}

const HELP = [
  "",
  "Examples:",
  "  $ bylaw grant propose 41",
  "  $ bylaw grant propose act_0f8c5d0e --accept --uses 10 --for 2h --owner maria",
  '  $ bylaw grant propose 41 --reject --reason "not this agent\'s work"',
  "",
  `A proposal holds for ${DEFAULT_USES} use and ${DEFAULT_HOURS} hour unless --uses, --for, --until or --no-end say otherwise.`,
  "",
  "Exit codes: 0 proposed, given or turned down, 1 no grant would help, 2 usage, 3 no gateway runs.",
].join("\n");

async function find(folder: string, wanted: string): Promise<Refused> {
  const found = await withArchive(folder, async (archive) => {
    const { size } = await archive.head();
    const index = /^\d{1,15}$/.test(wanted) ? Number(wanted) : null;
    const [from, to] = index === null ? [0, size] : [index, Math.min(index + 1, size)];
    let last: Refused | null = null;
    for await (const entries of readEntries(archive, from, to))
      for (const { index: at, record } of entries)
        if (at < to && record.kind === "refusal" && (index !== null || record.id === wanted))
          last = { index: at, record };
    return last;
  });
  if (found !== null) return found;
  const message = `no refused action \`${wanted}\`; see: bylaw audit query --outcome block`;
  throw new CommandError(EXIT.no, "record.not_found", message);
}

function scopesOf({ record }: Refused): readonly GrantScope[] {
  const proposed = proposedGrants(record);
  if (proposed.ok) return proposed.value;
  throw new CommandError(EXIT.no, proposed.error, EXPLANATIONS[proposed.error]);
}

function wishOf(scope: GrantScope, options: Options, reason: string): object {
  const ends = options.for !== undefined || options.until !== undefined || !options.end;
  const terms = termsOf(ends ? options : { ...options, for: DEFAULT_HOURS * HOUR_MS });
  return { id: newGrantId(), ...scope, ...terms, uses: options.uses ?? DEFAULT_USES, reason };
}

/** Each is checked before the first is given: half a proposal would permit nothing and stand there. */
async function give(
  client: AdminClient,
  wishes: readonly object[],
  accept: boolean,
): Promise<readonly GrantAdded[]> {
  const ask = async (dryRun: boolean): Promise<readonly GrantAdded[]> => {
    const added: GrantAdded[] = [];
    for (const wish of wishes)
      added.push(await client.post<GrantAdded>("/grants", { ...wish, dryRun }));
    return added;
  };
  const checked = await ask(true);
  return accept ? ask(false) : checked;
}

async function decline(client: AdminClient, { record }: Refused, options: Options): Promise<void> {
  const { reason, as, json } = options;
  if (reason === undefined)
    throw new CommandError(EXIT.usage, "usage.reason", "say with --reason why not");
  await client.post("/grants/declined", { action: record.id, reason, as });
  console.log(json ? JSON.stringify({ declined: record.id }) : `${record.id}: turned down`);
}

function choices({ index }: Refused, scopes: readonly GrantScope[]): readonly string[] {
  return [
    "",
    ...(scopes.some(({ atMost }) => atMost === null)
      ? ["How many things it would touch is not known, so the grant does not limit them."]
      : []),
    `Accept:  bylaw grant propose ${index} --accept`,
    ...scopes.map((scope) => `Edit:    ${editText(scope)}`),
    `Reject:  bylaw grant propose ${index} --reject --reason "…"`,
  ];
}

function editText(scope: GrantScope): string {
  const { principal, actions, resource, tool, atMost } = scope;
  const what =
    resource === null ? headText(scope) : `${resource.type}::${JSON.stringify(resource.id)}`;
  const words = [
    `--${principal.type.toLowerCase()} ${quoted(principal.id)}`,
    ...actions.map((action) => `--action ${action}`),
    `--resource ${quoted(what)}`,
    ...(tool === null ? [] : [`--tool ${quoted(tool)}`]),
    ...(atMost === null || atMost === 0 ? [] : [`--at-most ${atMost}`]),
  ];
  return `bylaw grant add ${words.join(" ")} --uses 1 --for 1h --reason "…"`;
}

/** One word for a shell: what an agent called things is copied by people, and must run nothing. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
