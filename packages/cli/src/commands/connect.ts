import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ClientId } from "@bylaw/gateway";
import {
  addUpstreams,
  type Config,
  environmentWithoutBylaw,
  type Status,
  variable,
} from "@bylaw/server";
import { Argument, Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { confirmed } from "../confirm.ts";
import { connectFolder, readWhole, realFile, writeBackup, writeWhole } from "../connect/backup.ts";
import type { Client, ConfigFile } from "../connect/client.ts";
import { CLIENTS } from "../connect/clients.ts";
import {
  type Hook,
  hookCommand,
  hookIsCurrent,
  makeHook,
  readConnection,
  writeConnection,
} from "../connect/connection.ts";
import { commandLine } from "../connect/hooks.ts";
import { type FilePlan, type Plan, planConnect, type Surroundings } from "../connect/plan.ts";
import { CommandError, EXIT } from "../exit.ts";
import { lineDiff } from "../line-diff.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly config?: string;
  readonly agent?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly project?: boolean;
  readonly managed?: boolean;
  readonly json?: boolean;
}

export function connectCommand(): Command {
  return new Command("connect")
    .description("let a client reach its tools through Bylaw, reversibly")
    .addArgument(clientArgument())
    .argument("[file]", "its configuration file (default: every one that is there)")
    .option("--agent <name>", "agent that the client is (default: the client's name)")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml)")
    .option("--project", "hooks for this folder alone, instead of for you everywhere")
    .option("--managed", "hooks for everybody on this machine, which users cannot switch off")
    .option("--yes", "do not ask")
    .option("--dry-run", "show what would change, and change nothing")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw connect claude-code",
        "  $ bylaw connect codex --managed",
        "  $ bylaw connect copilot-cli --dry-run",
        "  $ bylaw connect cursor --project",
        "  $ bylaw connect vscode",
        "  $ bylaw connect claude-desktop --dry-run",
        "  $ bylaw connect mcp-json ./mcp.json --agent reviewer",
        "",
        "It shows the changes and asks. The servers, with their secrets, become upstreams of bylaw.yaml;",
        "a running gateway reads that at its next start. `bylaw disconnect` puts the file back.",
        "claude-code, codex, gemini, copilot-cli and cursor get hooks, which ask Bylaw before every tool call;",
        "`bylaw doctor` shows that they work. Nobody has seen Cursor itself run them.",
      ].join("\n"),
    )
    .action(async (id: string, file: string | undefined, options: Options) => {
      const client = clientOf(id);
      const data = dataFolder(options);
      const config = readConfig(options.config);
      const agent = options.agent ?? client.id;
      const tokenFile = join(data, "connect", `${agent}.token`);
      const files = filesOf(client, file, options);
      const hook = client.hook === undefined ? null : makeHook();
      const plan = planConnect(
        client,
        files,
        surroundings(options, data, agent, tokenFile, hook),
        config,
        data,
      );
      if (!plan.ok) throw new CommandError(EXIT.usage, plan.error.code, plan.error.message);
      if (plan.value.files.length === 0) throw nothingThere(client, files);
      const target =
        config.file ?? resolve(options.config ?? variable("BYLAW_CONFIG") ?? "bylaw.yaml");
      const configuration = configurationOf(target, plan.value);
      const changed = plan.value.files.filter(({ now, edit }) => now !== edit.text);
      if (!options.json) show(plan.value, target, changed);
      const unready =
        hook !== null && (readConnection(data, agent) === null || !hookIsCurrent(data));
      const todo = (changed.length > 0 || unready) && options.dryRun !== true;
      if (todo && options.yes !== true && !(await confirmed("connect"))) return notDone();
      if (todo)
        await apply({
          client,
          data,
          agent,
          tokenFile,
          hook,
          config,
          target,
          configuration,
          changed,
        });
      report(client, plan.value, changed, todo, options);
    });
}

export function clientArgument(): Argument {
  return new Argument("<client>", `one of ${CLIENTS.map(({ id }) => id).join(", ")}`).choices(
    CLIENTS.map(({ id }) => id),
  );
}

export function clientOf(id: string): Client {
  const client = CLIENTS.find((one) => one.id === id);
  if (client === undefined) throw new Error(`no client \`${id}\``);
  return client;
}

/** The files of a client, or the one that is named. */
function filesOf(
  client: Client,
  named: string | undefined,
  { project = false, managed = false }: Options,
): readonly ConfigFile[] {
  const scope = managed ? "managed" : project ? "project" : "user";
  if (client.hook === undefined && (project || managed))
    throw new CommandError(EXIT.usage, "usage.scope", `${client.title} has no hooks to choose for`);
  const files = client
    .files(homedir(), process.cwd())
    .filter((file) => client.hook === undefined || file.scope === scope);
  if (named === undefined) {
    if (files.length > 0) return files;
    throw new CommandError(
      EXIT.usage,
      "connect.file",
      `name the file: bylaw connect ${client.id} FILE`,
    );
  }
  const path = resolve(named);
  if (!existsSync(path))
    throw new CommandError(EXIT.usage, "connect.missing", `\`${path}\` is not there`);
  return [files.find((file) => file.path === path) ?? { path, scope: "project", create: false }];
}

function surroundings(
  options: Options,
  data: string,
  agent: string,
  tokenFile: string,
  hook: Hook | null,
): Surroundings {
  const [, script = ""] = process.argv;
  const own = environmentWithoutBylaw();
  return {
    home: homedir(),
    folder: process.cwd(),
    bylaw: [process.execPath, realFile(resolve(script))],
    data: options.data === undefined ? [] : ["--data", data],
    tokenFile,
    environment: (name) => own[name] ?? null,
    hook: hookCommand(data, agent, hook !== null && hook.snapshot !== null),
  };
}

function nothingThere(client: Client, files: readonly ConfigFile[]): CommandError {
  const places = files.map(({ path }) => `  ${path}`).join("\n");
  const message = `${client.title} has no configuration at any of these places:\n${places}`;
  return new CommandError(EXIT.usage, "connect.missing", message);
}

/** What bylaw.yaml becomes; null where it stays. */
function configurationOf(target: string, { upstreams }: Plan): string | null {
  if (upstreams.size === 0) return null;
  const text = existsSync(target) ? readFileSync(target, "utf8") : null;
  const added = addUpstreams(target, text, upstreams);
  if (added.ok) return added.value;
  throw new CommandError(EXIT.usage, "config.invalid", added.error);
}

function show(plan: Plan, target: string, changed: readonly FilePlan[]): void {
  for (const { path, edit } of plan.files) {
    console.log(visible(path));
    for (const note of edit.notes) console.log(`  ${note}`);
  }
  for (const { path, now, edit } of changed) {
    console.log(`\n${visible(path)}`);
    const lines = lineDiff(mask(now ?? "", edit.secrets), mask(edit.text, edit.secrets));
    for (const line of lines) console.log(visible(line));
  }
  if (plan.upstreams.size > 0)
    console.log(`\n${target}: adds ${[...plan.upstreams.keys()].join(", ")} to \`upstreams\``);
}

/** Longer secrets first: one may be a part of another. */
function mask(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((a, b) => b.length - a.length)
    .flatMap((secret) => [JSON.stringify(secret).slice(1, -1), secret])
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

interface Work {
  readonly client: Client;
  readonly data: string;
  readonly agent: string;
  readonly tokenFile: string;
  /** Null for clients without hooks. */
  readonly hook: Hook | null;
  readonly config: Config;
  readonly target: string;
  readonly configuration: string | null;
  readonly changed: readonly FilePlan[];
}

/** The client's own file comes last: whatever fails before leaves it as it was. */
async function apply({
  client,
  data,
  agent,
  tokenFile,
  hook,
  target,
  configuration,
  changed,
}: Work): Promise<void> {
  await ensureToken(data, agent, tokenFile);
  if (client.hook !== undefined && hook !== null)
    await prepareHook(client.id, client.hook, data, agent, tokenFile, hook);
  if (configuration !== null) {
    const file = realFile(target);
    // It holds what the client's file held: nobody else on this machine needs to read that.
    writeWhole(file, configuration, (readWhole(file)?.mode ?? 0o600) & 0o700);
  }
  for (const { path, edit, mode, backup, now } of changed) {
    const found = readWhole(path);
    if ((found?.bytes.toString("utf8") ?? null) !== now)
      throw new CommandError(
        EXIT.no,
        "connect.changed",
        `\`${path}\` was changed meanwhile; try again`,
      );
    writeBackup(data, backup);
    writeWhole(path, edit.text, mode);
  }
}

/** The agent's token, in a file that the bridge reads: client files are often shared or committed. */
async function ensureToken(data: string, agent: string, tokenFile: string): Promise<void> {
  if (existsSync(tokenFile)) return;
  const client = adminClient(data);
  const added = await client.post<{ token: string }>("/agents", { id: agent, groups: [] });
  connectFolder(data);
  writeWhole(tokenFile, `${added.token}\n`, 0o600);
}

/** What the client's hooks start has to be there before any of them does. */
async function prepareHook(
  name: string,
  client: ClientId,
  data: string,
  agent: string,
  tokenFile: string,
  hook: Hook,
): Promise<void> {
  const { hooks } = await adminClient(data).get<Status>("/status");
  const token = readFileSync(tokenFile, "utf8").trim();
  const [, script = ""] = process.argv;
  const bylaw = commandLine([process.execPath, realFile(resolve(script))]);
  writeConnection(agent, { ...hooks, name, client, token, data, bylaw }, hook);
}

function notDone(): void {
  console.log("nothing was changed");
  process.exitCode = EXIT.no;
}

function report(
  client: Client,
  plan: Plan,
  changed: readonly FilePlan[],
  done: boolean,
  options: Options,
): void {
  if (options.json) {
    const files = plan.files.map(({ path, edit, now }) => ({
      path,
      changed: now !== edit.text,
      notes: edit.notes,
    }));
    console.log(
      JSON.stringify({ client: client.id, done, files, upstreams: [...plan.upstreams.keys()] }),
    );
    return;
  }
  if (changed.length === 0) return console.log(`\n${client.title} is connected already`);
  if (!done) return console.log("\nnothing was changed");
  if (client.next !== undefined) console.log(`\n${client.next}`);
  console.log(`\n${client.title} is connected; undo with: bylaw disconnect ${client.id}`);
  if (plan.files.some(({ edit }) => edit.secrets.length > 0))
    console.log("bylaw.yaml holds secrets now, and only you can read it; do not commit it");
  if (plan.upstreams.size > 0)
    console.log("restart the gateway to serve the new upstreams: bylaw down, then bylaw up");
}
