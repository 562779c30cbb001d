import type { DefinitionRow, DefinitionVersion } from "@bylaw/server";
import { Command } from "commander";
import { type AdminClient, adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { lineDiff } from "../line-diff.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly all?: boolean;
  readonly digest?: string;
  readonly json?: boolean;
}

/** What servers call and describe things never reaches the terminal as it is. */
function say(line: string): void {
  console.log(visible(line));
}

export function definitionsCommand(): Command {
  return new Command("definitions")
    .description("what servers say about themselves, and what you made of it")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(diffCommand())
    .addCommand(judgeCommand("accept", "accepted", "let agents see and use what waits"))
    .addCommand(judgeCommand("reject", "rejected", "keep what a server says away from agents"));
}

function listCommand(): Command {
  return new Command("list")
    .description("what waits, what was rejected, and what something was found about")
    .argument("[server]", "one upstream alone")
    .option("--all", "everything, also what is accepted and what was in force earlier")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (server: string | undefined, options: Options) => {
      const path = server === undefined ? "" : `?server=${encodeURIComponent(server)}`;
      const admin = adminClient(dataFolder(options));
      const rows = await admin.get<readonly DefinitionRow[]>(`/definitions${path}`);
      if (options.json) return console.log(JSON.stringify(rows));
      if (rows.length === 0) return console.log("no server has shown anything yet");
      for (const row of rows.filter((one) => options.all || isNotable(one))) sayRow(row);
      for (const line of countsOf(rows)) say(line);
      if (rows.some(({ state }) => state === "waiting"))
        console.log("\nLook: bylaw definitions diff REF   Answer: bylaw definitions accept REF");
    });
}

function isNotable({ state, findings }: DefinitionRow): boolean {
  return (
    state === "waiting" || state === "rejected" || (state === "accepted" && findings.length > 0)
  );
}

function sayRow({ ref, state, by, digest, findings }: DefinitionRow): void {
  say(`${ref}  ${state}${by === null ? "" : ` by ${by}`}  ${short(digest)}`);
  for (const { rule, severity, path, about } of findings)
    say(
      `    ${severity} ${rule} at ${path === "" ? "/" : path}${about === "" ? "" : ` like ${about}`}`,
    );
}

function countsOf(rows: readonly DefinitionRow[]): readonly string[] {
  return [...new Set(rows.map(({ server }) => server))].map((server) => {
    const own = rows.filter((row) => row.server === server);
    const count = (state: string): number => own.filter((row) => row.state === state).length;
    return `${server}: ${count("accepted")} accepted, ${count("waiting")} waiting, ${count("rejected")} rejected`;
  });
}

function short(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

function showCommand(): Command {
  return new Command("show")
    .description("one definition as the server shows it")
    .argument("<ref>", "server/tool, server#instructions or server#identity")
    .option(
      "--digest <digest>",
      "this version (default: the one that waits, else the one in force)",
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (ref: string, options: Options) => {
      const versions = await versionsOf(adminClient(dataFolder(options)), ref);
      const version = chosen(versions, ref, options.digest);
      if (options.json) return console.log(JSON.stringify(version));
      sayRow(version);
      say(`first seen ${version.firstSeen}`);
      for (const line of textOf(version).split("\n")) say(line);
    });
}

function diffCommand(): Command {
  return new Command("diff")
    .description("what a server has changed since it was accepted")
    .argument("<ref>", "server/tool, server#instructions or server#identity")
    .option("--digest <digest>", "the version to compare with the one in force")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ bylaw definitions diff files/read_file\n\nExit codes: 0 nothing differs, 1 something does.",
    )
    .action(async (ref: string, options: Options) => {
      const versions = await versionsOf(adminClient(dataFolder(options)), ref);
      const before = versions.find(({ state }) => state === "accepted") ?? null;
      const after = chosen(versions, ref, options.digest);
      if (options.json) console.log(JSON.stringify({ ref, before, after }));
      else sayDiff(before, after);
      if (before?.digest !== after.digest) process.exitCode = EXIT.no;
    });
}

function sayDiff(before: DefinitionVersion | null, after: DefinitionVersion): void {
  if (before?.digest === after.digest) return say(`${after.ref}: nothing has changed`);
  say(`- ${before === null ? "nothing is in force" : `in force   ${before.digest}`}`);
  say(`+ ${after.state.padEnd(10)} ${after.digest}`);
  for (const line of lineDiff(before === null ? "" : textOf(before), textOf(after))) say(line);
  sayRow(after);
  console.log(
    `\nAnswer with: bylaw definitions accept ${quoted(after.ref)} --digest ${short(after.digest)}`,
  );
}

/** A name from outside must not become a command where the line is copied to. */
function quoted(ref: string): string {
  return /^[\w#/.-]+$/.test(ref) ? ref : `'${visible(ref).replaceAll("'", "")}'`;
}

/**
 * Long texts on lines of their own, so that a change in one shows what changed. A bar stands before each
 * further line: a text with line ends must not look like the definition around it.
 */
function textOf({ content }: DefinitionVersion): string {
  return JSON.stringify(content, null, 2).replaceAll("\\n", "\n    | ");
}

function judgeCommand(
  verb: "accept" | "reject",
  verdict: "accepted" | "rejected",
  description: string,
): Command {
  return new Command(verb)
    .description(description)
    .argument(
      "<ref>",
      "server/tool, server#instructions, server#identity, or a server: all that waits",
    )
    .option(
      "--digest <digest>",
      "exactly this version, as `diff` shows it; its first 12 digits are enough",
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `\nExamples:\n  $ bylaw definitions ${verb} files/read_file --digest sha256:1f0c2b9d4e5a\n  $ bylaw definitions ${verb} files`,
    )
    .action(async (ref: string, options: Options) => {
      const admin = adminClient(dataFolder(options));
      const wanted = await versionsToJudge(admin, ref, verdict, options.digest);
      const judged: DefinitionRow[] = [];
      for (const { server, kind, name, digest } of wanted) {
        const body = { server, kind, name, digest, verdict };
        judged.push(await admin.post<DefinitionRow>("/definitions/verdicts", body));
      }
      if (options.json) return console.log(JSON.stringify(judged));
      for (const row of judged) sayRow(row);
    });
}

async function versionsToJudge(
  admin: AdminClient,
  ref: string,
  verdict: "accepted" | "rejected",
  digest: string | undefined,
): Promise<readonly DefinitionRow[]> {
  if (/[/#]/.test(ref)) return [chosen(await versionsOf(admin, ref), ref, digest)];
  const rows = await admin.get<readonly DefinitionRow[]>(
    `/definitions?server=${encodeURIComponent(ref)}`,
  );
  const waiting = rows.filter(({ state }) => state === "waiting");
  if (waiting.length > 0) return waiting;
  const message = `nothing of \`${ref}\` waits to be ${verdict}`;
  throw new CommandError(EXIT.no, "definition.not_found", message);
}

function versionsOf(admin: AdminClient, ref: string): Promise<readonly DefinitionVersion[]> {
  const [, server = "", mark, rest = ""] = /^([^/#]+)([/#])(.+)$/s.exec(ref) ?? [];
  if (mark === undefined) {
    const message = `\`${ref}\` is neither server/tool nor server#instructions nor server#identity`;
    throw new CommandError(EXIT.usage, "definition.reference", message);
  }
  const [kind, name] = mark === "/" ? ["tool", rest] : [rest, ""];
  const query = new URLSearchParams({ server, kind, name });
  return admin.get(`/definition?${query.toString()}`);
}

/** The version with this digest, or its first digits; else what waits, else what is in force. */
function chosen(
  versions: readonly DefinitionVersion[],
  ref: string,
  digest: string | undefined,
): DefinitionVersion {
  const bare = digest?.replace(/^sha256:/, "");
  const matching =
    bare === undefined
      ? [
          versions.find(({ state }) => state === "waiting") ??
            versions.find(({ state }) => state === "accepted") ??
            versions.at(-1),
        ]
      : versions.filter((one) => bare.length >= 12 && one.digest.startsWith(`sha256:${bare}`));
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const message = `\`${ref}\` has no such version; see: bylaw definitions show`;
  throw new CommandError(EXIT.no, "definition.not_found", message);
}
