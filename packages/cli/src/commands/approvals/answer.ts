import { readFileSync } from "node:fs";
import { isObject, type JsonObject, parseStrict } from "@bylaw/core";
import type { BatchAnswered, HeldAction } from "@bylaw/server";
import { currentUser } from "@bylaw/server/client";
import { Command, Option } from "commander";
import { adminClient } from "../../admin-client.ts";
import { CommandError, EXIT } from "../../exit.ts";
import { count } from "../../grant-terms.ts";
import {
  type DataOption,
  dataFolder,
  dataOption,
  durationOption,
  jsonOption,
} from "../../place.ts";
import { say } from "../../say.ts";

interface Options extends DataOption {
  readonly as: string;
  readonly reason?: string;
  readonly for?: number;
  readonly session?: boolean;
  readonly uses?: number;
  readonly arguments?: string;
  readonly json?: boolean;
}

/** How often a yes for more of the same holds where nobody says. */
const USES_DEFAULT = 10;
/** How long one for a session holds where nobody says: eight hours, in milliseconds. */
const SESSION_MS = 28_800_000;

/** The two commands that answer a held action, or a batch of them. */
export function answerCommands(): readonly Command[] {
  return [approveCommand(), rejectCommand()];
}

function approveCommand(): Command {
  return common("approve", "let exactly this action run, once; or more of the same for a while")
    .addOption(
      durationOption("--for <time>", "also others of the same within this time, at most 24h"),
    )
    .option("--session", "also others of the same in its session, for 8h unless --for says less")
    .addOption(
      new Option(
        "--uses <n>",
        `how many others, with --for or --session (default: ${USES_DEFAULT})`,
      ).argParser(count),
    )
    .option("--arguments <file>", "run it with these arguments instead: a JSON object")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw approvals approve apr_1f0c",
        "  $ bylaw approvals approve apr_1f0c --arguments ./fewer-rows.json",
        "  $ bylaw approvals approve bat_77aa --as dana",
        "  $ bylaw approvals approve apr_1f0c --for 10m --uses 5",
        "",
        "The same: this agent and its person, this tool, and no effect that is larger or wider than",
        'what was shown. The bylaw has to allow it with @waivable("scoped").',
      ].join("\n"),
    )
    .action((id: string, options: Options) => answer(id, "approve", options));
}

function rejectCommand(): Command {
  return common("reject", "refuse this action, and tell the agent why")
    .addHelpText(
      "after",
      '\nExample:\n  $ bylaw approvals reject apr_1f0c --reason "not before the backup"\n\nA rejection stands until the request would have expired: asking again changes nothing.',
    )
    .action((id: string, options: Options) => answer(id, "reject", options));
}

function common(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument("<id>", "id of the held action, or of a batch as `bylaw approvals` lists it")
    .option("--as <user>", "who answers (default: you)", currentUser())
    .option("--reason <text>", "what for, or why not; the log keeps it")
    .addOption(dataOption())
    .addOption(jsonOption());
}

async function answer(id: string, verdict: "approve" | "reject", options: Options): Promise<void> {
  const body = {
    as: options.as,
    verdict,
    reason: options.reason ?? null,
    waiver: waiverOf(options),
    arguments: options.arguments === undefined ? null : readArguments(options.arguments),
  };
  const path = `/approvals/${encodeURIComponent(id)}/votes`;
  const client = adminClient(dataFolder(options));
  const answered = await client.post<HeldAction | BatchAnswered>(path, body);
  if (options.json) return console.log(JSON.stringify(answered));
  const all = "answered" in answered ? answered.answered : [answered];
  for (const held of all) say(`${held.id}: ${held.state}`);
  if (all.some(({ state }) => state === "waiting"))
    console.log("more approvers are needed; see: bylaw approvals show");
  if (body.waiver !== null) console.log("what holds for more of the same: bylaw approvals waivers");
}

/** Read as strictly as what agents send: what was decided is what runs. */
function readArguments(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `cannot read \`${file}\` (${code ?? "unknown"})`;
    throw new CommandError(EXIT.usage, "file.unreadable", message);
  }
  const parsed = parseStrict(text);
  if (parsed.ok && isObject(parsed.value)) return parsed.value;
  const message = `\`${file}\` does not hold one JSON object`;
  throw new CommandError(EXIT.usage, "usage.arguments", message);
}

function waiverOf({ for: forMs, session = false, uses }: Options): object | null {
  if (forMs === undefined && !session) {
    if (uses === undefined) return null;
    const message = "--uses belongs to --for or --session";
    throw new CommandError(EXIT.usage, "usage.uses", message);
  }
  return { forMs: forMs ?? SESSION_MS, session, uses: uses ?? USES_DEFAULT };
}
