import { currentUser, REASON_MAX, runningGateway } from "@bylaw/server/client";
import { type Pruned, type Shredded, type Store, StoreError } from "@bylaw/store";
import { Command } from "commander";
import { type AdminClient, adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { archiveOf } from "../log.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";

/** Milliseconds that reading through a large log may take. */
const PRUNE_MAX_MS = 600_000;

interface Options extends DataOption {
  readonly yes?: boolean;
  readonly reason: string;
  readonly json?: boolean;
}

export function shredCommand(): Command {
  return new Command("shred")
    .description("destroy the key of the digests in the log, and go on with a new one")
    .requiredOption("--reason <text>", "why; it goes into the log")
    .option("--yes", "really: nothing brings the key back")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Arguments and results are in the log as keyed digests. Without the key nobody can test a guess",
        "of what they stand for, and nobody can tell whether an old digest and a new one are of the same",
        "thing. The log still verifies. What waits for approval has to be asked for again. Copies of the",
        "key in backups are not reached.",
        "",
        "Example:",
        '  $ bylaw audit shred --yes --reason "customer 4711 asked to be forgotten"',
        "",
        "Exit codes: 0 destroyed, 1 refused, 2 usage, 3 the gateway does not answer.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      const { reason } = confirmed(options, "destroys the key for good");
      const shredded = await erase<Shredded>(options, {
        running: (admin) => admin.post("/erase/shred", { reason }),
        stopped: (store) => store.shred({ by: currentUser(), reason }),
      });
      if (options.json) return console.log(JSON.stringify(shredded));
      console.log(
        `${shredded.before} is destroyed; digests are made with ${shredded.after} from now on`,
      );
    });
}

export function pruneCommand(): Command {
  return new Command("prune")
    .description("delete the Facts kept beside old records; the records stay")
    .requiredOption(
      "--before <time>",
      "a day or a time in UTC, as 2026-01-31 or 2026-01-31T09:00:00Z",
    )
    .requiredOption("--reason <text>", "why; it goes into the log")
    .option("--yes", "really: nothing brings them back")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "The log names Facts by their hash, so it still verifies, and `bylaw audit verify` says how many",
        "are gone. A record says who deleted what and why. A decision whose Facts are gone cannot be",
        "decided again. To delete by age without being asked, set `log.bodies` in bylaw.yaml.",
        "",
        "Example:",
        '  $ bylaw audit prune --before 2026-01-01 --yes --reason "kept for 90 days"',
        "",
        "Exit codes: 0 deleted, 1 refused, 2 usage, 3 the gateway does not answer.",
      ].join("\n"),
    )
    .action(async (options: Options & { readonly before: string }) => {
      const before = timeOf(options.before);
      const { reason } = confirmed(options, "deletes Facts for good");
      const pruned = await erase<Pruned>(options, {
        running: (admin) => admin.post("/erase/prune", { before, reason }, PRUNE_MAX_MS),
        stopped: (store) => store.prune(before, { by: currentUser(), reason }),
      });
      if (options.json) return console.log(JSON.stringify(pruned));
      console.log(`${pruned.bodies} deleted; those of record ${pruned.until} and later stay`);
    });
}

function confirmed({ yes, reason }: Options, what: string): { readonly reason: string } {
  if (yes !== true)
    throw new CommandError(EXIT.usage, "usage.confirm", `this ${what}; say --yes if you mean it`);
  if (reason.trim() !== "" && reason.length <= REASON_MAX) return { reason };
  const message = `a reason has 1 to ${REASON_MAX} characters`;
  throw new CommandError(EXIT.usage, "usage.reason", message);
}

function timeOf(text: string): number {
  const written = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text);
  const time = written ? Date.parse(text) : Number.NaN;
  if (time >= 0) return time;
  throw new CommandError(EXIT.usage, "usage.time", `\`${text}\` is not a day or a time in UTC`);
}

/** Asks the gateway that owns the folder, or does it here where none runs. */
async function erase<T>(
  options: Options,
  how: {
    readonly running: (admin: AdminClient) => Promise<T>;
    readonly stopped: (store: Store) => Promise<T>;
  },
): Promise<T> {
  const folder = dataFolder(options);
  if (runningGateway(folder) !== null) return how.running(adminClient(folder));
  await (await archiveOf(folder)).close(); // there is a log: opening a store would make one
  try {
    const { openStopped } = await import("@bylaw/server"); // the other commands on the log need none of it
    const store = await openStopped(folder);
    try {
      return await how.stopped(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(EXIT.no, error.code, error.message);
  }
}
