import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { Status } from "@bylaw/server";
import { runningGateway } from "@bylaw/server/client";
import { Command, Option } from "commander";
import { adminClient } from "../admin-client.ts";
import { type BypassOptions, runBypass } from "../bypass/run.ts";
import { backupsOf } from "../connect/backup.ts";
import { CLIENTS } from "../connect/clients.ts";
import {
  type Connection,
  connectionsIn,
  hookCommand,
  hookCopy,
  hookIsCurrent,
} from "../connect/connection.ts";
import { HOOK_PROGRAM } from "../connect/hooks.ts";
import { CAPABILITIES, type Route } from "../doctor/capabilities.ts";
import { probeAll, type Result } from "../doctor/probe.ts";
import { CommandError, EXIT } from "../exit.ts";
import { dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";

interface Options extends BypassOptions {
  readonly json?: boolean;
}

/** What was found about one agent that a client is. */
interface Diagnosis {
  readonly agent: string;
  readonly client: string;
  readonly title: string;
  readonly results: readonly Result[];
  /** When the client itself last asked; null: not since the gateway was started. */
  readonly heard: string | null;
  /** Version that was seen running; null where there was none. */
  readonly seen: string | null;
  readonly routes: readonly Route[];
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("try out what stands between the connected clients and their tools")
    .argument("[client]", "only this client, or this agent")
    .option("--bypass", "try the routes around the gateway instead, as this user")
    .option("--user <name>", "with --bypass: as this user; needs root")
    .option("--config <file>", "with --bypass: bylaw.yaml (default: the running gateway's)")
    .addOption(
      new Option(
        "--expect <level>",
        "with --bypass: the level to hold (default: what it claims)",
      ).choices(["advisory", "enforcing"]),
    )
    .addOption(new Option("--canaries").hideHelp())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw doctor",
        "  $ bylaw doctor claude-code --json",
        "  $ bylaw doctor copilot-cli",
        "  $ bylaw doctor --bypass",
        "  $ sudo bylaw doctor --bypass --user maria --expect enforcing",
        "",
        "Each client's own hook program asks the running gateway for a call that passes and one that does",
        "not, and is then given no gateway, a slow one, a broken one and a false one. What it prints as",
        "`open` no hook can close. It ends with 1 when something that should refuse did not.",
        "",
        "With --bypass it does what an agent with a shell would: it opens Bylaw's files, asks its sockets,",
        "starts and calls the upstreams, and changes nothing. It ends with 1 when a route is open that",
        "the level closes, and with 3 when no gateway runs.",
      ].join("\n"),
    )
    .action(async (wanted: string | undefined, options: Options) => {
      if (options.bypass === true || options.canaries === true) return await runBypass(options);
      const data = dataFolder(options);
      const connections = connectionsIn(data).filter(
        ([agent, { name }]) => wanted === undefined || wanted === agent || wanted === name,
      );
      if (connections.length === 0) throw nothingConnected(wanted);
      if (runningGateway(data) === null) {
        const message = `no gateway runs in \`${data}\`, so nothing may run; start one with: bylaw up`;
        throw new CommandError(EXIT.unreachable, "gateway.not_running", message);
      }
      const { hooks } = await adminClient(data).get<Status>("/status");
      const found: Diagnosis[] = [];
      for (const [agent, connection] of connections)
        found.push(await diagnose(data, agent, connection, hooks));
      if (options.json) console.log(JSON.stringify(found));
      else for (const one of found) tell(one);
      if (found.some(({ results }) => results.some(({ good }) => !good)))
        process.exitCode = EXIT.no;
    });
}

function nothingConnected(wanted: string | undefined): CommandError {
  const known = CLIENTS.filter(({ hook }) => hook !== undefined).map(({ id }) => id);
  const what = wanted === undefined ? "no client with hooks is" : `\`${wanted}\` is not`;
  const message = `${what} connected; connect one with: bylaw connect ${known.join("|")}`;
  return new CommandError(EXIT.no, "connect.none", message);
}

async function diagnose(
  data: string,
  agent: string,
  connection: Connection,
  hooks: Status["hooks"],
): Promise<Diagnosis> {
  const words = hookCommand(data, agent).words;
  const [command, ...args] = words;
  const program = [command, ...args.slice(0, -1)] as const;
  const { title, seen, routes } = CAPABILITIES[connection.client];
  const results = [
    configured(data, connection),
    heeded(data, connection),
    shipped(data),
    pinned(connection, hooks),
    ...(await probeAll(program, connection)),
  ];
  const heard = hooks.heard[`agent:${agent}`] ?? null;
  return { agent, client: connection.name, title, results, heard, seen, routes };
}

/** The client's own file may have been changed since. */
function configured(data: string, { name, client }: Connection): Result {
  const known = CLIENTS.find(({ id }) => id === name);
  const written = backupsOf(data, name).map(({ file }) => file);
  const usual = known?.files(homedir(), process.cwd()).map(({ path }) => path) ?? [];
  const places = [...new Set([...written, ...usual])];
  const there = places.filter((path) => existsSync(path) && asks(readFileSync(path, "utf8")));
  const detail =
    there.length > 0
      ? `${there.join(", ")} asks Bylaw`
      : `no file of ${client} asks Bylaw; connect it again: bylaw connect ${name}`;
  return { name: "configuration", good: there.length > 0, detail };
}

/** The client may have been told since to run no hooks; managed ones run whatever users say. */
function heeded(data: string, { name }: Connection): Result {
  const client = CLIENTS.find(({ id }) => id === name);
  const [home, cwd] = [homedir(), process.cwd()];
  const usual = client?.files(home, cwd) ?? [];
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const managed = usual.filter(({ scope, path }) => scope === "managed" && asks(read(path)));
  const own = [
    ...backupsOf(data, name).map(({ file }) => file),
    ...usual.map(({ path }) => path),
    ...(client?.muted?.files(home, cwd) ?? []),
  ];
  const places = managed.length > 0 ? managed.map(({ path }) => path) : [...new Set(own)];
  const reasons = places.flatMap((path) => {
    const why = client?.muted?.why(path, read(path)) ?? null;
    return why === null ? [] : [`${path} ${why}`];
  });
  const detail = reasons.length === 0 ? "nothing keeps them from running" : reasons.join("; ");
  return { name: "its hooks", good: reasons.length === 0, detail };
}

function asks(text: string): boolean {
  return text.includes(HOOK_PROGRAM);
}

function shipped(data: string): Result {
  const good = hookIsCurrent(data);
  const again =
    "is not of this version of Bylaw and Node; start the gateway again, or connect again";
  const detail = good ? hookCopy(data) : `\`${hookCopy(data)}\` ${again}: bylaw connect`;
  return { name: "hook program", good, detail };
}

function pinned({ key, socket, name }: Connection, hooks: Status["hooks"]): Result {
  const same = key === hooks.key && socket === hooks.socket;
  const detail = same ? "knows this gateway's key" : `is another one's: bylaw connect ${name}`;
  return { name: "gateway", good: same, detail };
}

function tell({ agent, title, results, heard, seen, routes }: Diagnosis): void {
  console.log(`${title}, agent ${agent}`);
  for (const { name, good, detail } of results)
    console.log(`  ${good ? "ok    " : "FAILED"}  ${name.padEnd(14)}  ${visible(detail)}`);
  const last = heard ?? "never since the gateway was started: does the client run its hooks?";
  console.log(`          last heard      ${last}`);
  const version =
    seen === null ? "from its documentation, never seen running" : `seen with ${seen}`;
  console.log(`\n  what Bylaw reaches in it (${version})`);
  for (const { what, reach, because } of routes)
    console.log(`  ${reach.padEnd(8)}  ${what}: ${because}`);
  console.log("");
}
