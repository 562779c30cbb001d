import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { runningGateway, variable } from "@bylaw/server/client";
import { Command } from "commander";
import { confirmed } from "../confirm.ts";
import { CommandError, EXIT } from "../exit.ts";
import { type Layout, layoutOf } from "../isolate/layout.ts";
import { type IsolationPlan, planIsolation } from "../isolate/plan.ts";
import { isolate, system, undo } from "../isolate/work.ts";
import { type DataOption, dataOption, jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly config?: string;
  readonly user: string;
  readonly owner?: string;
  readonly script?: boolean;
  readonly undo?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function isolateCommand(): Command {
  return new Command("isolate")
    .description("run the gateway, its data and the upstreams' credentials as a user of its own")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml)")
    .option("--user <name>", "the system user, made where it is not there", "bylaw")
    .option("--owner <name>", "whose gateway it was (default: who called sudo)")
    .option("--script", "a script to start it, also where systemd runs")
    .option("--undo", "take everything back")
    .option("--dry-run", "show what would be done, and do nothing")
    .option("--yes", "do not ask")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw isolate --dry-run",
        "  $ sudo bylaw isolate",
        "  $ sudo bylaw doctor --bypass --user maria --expect enforcing",
        "  $ sudo bylaw isolate --undo",
        "",
        "It shows everything and asks. The configuration goes to /etc/bylaw, the data folder to",
        "/var/lib/bylaw, and the gateway runs under systemd, or by a script where there is none. Clients",
        "that are connected stay connected; administration needs root from then on:",
        "  $ sudo bylaw approvals --data /var/lib/bylaw",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      if (!/^[a-z][a-z0-9-]{0,30}$/.test(options.user))
        throw new CommandError(EXIT.usage, "usage.user", `\`${options.user}\` is no system user`);
      const layout = layoutOf(options.user);
      if (options.undo === true) return await takeBack(layout, options);
      const plan = planOf(layout, options);
      if (options.json !== true) show(plan);
      const dry = options.dryRun === true;
      if (!dry) needRoot();
      if (!dry && options.yes !== true && !(await confirmed("isolate"))) return notDone();
      if (!dry) isolate(plan);
      if (options.json === true) console.log(JSON.stringify({ done: !dry, plan: told(plan) }));
      else if (dry) console.log("\nnothing was changed");
      else console.log(`\nit runs as ${layout.user}; see what holds: bylaw doctor --bypass`);
    });
}

function planOf(layout: Layout, options: Options): IsolationPlan {
  const owner = options.owner ?? variable("SUDO_USER") ?? "root";
  const data = resolve(options.data ?? join(homeOf(owner), ".local", "state", "bylaw"));
  if (runningGateway(data) !== null)
    throw new CommandError(EXIT.no, "isolate.running", "the gateway runs: first bylaw down");
  const [, script = ""] = process.argv;
  const plan = planIsolation({
    layout,
    program: { node: realpathSync(process.execPath), script: realpathSync(resolve(script)) },
    config: readConfig(options.config),
    data,
    owner,
    systemd: options.script !== true && existsSync("/run/systemd/system"),
  });
  if (plan.ok) return plan.value;
  const [code, message] = plan.error;
  throw new CommandError(EXIT.no, code, message);
}

function homeOf(user: string): string {
  const home = system("getent", "passwd", user).trim().split(":")[5];
  if (home === undefined || home === "")
    throw new CommandError(EXIT.usage, "usage.user", `\`${user}\` has no home folder`);
  return home;
}

function needRoot(): void {
  if (process.getuid?.() !== 0)
    throw new CommandError(EXIT.unreachable, "isolate.not_root", "only root can do this");
}

async function takeBack(layout: Layout, options: Options): Promise<void> {
  if (options.dryRun === true) {
    const message = `everything that ${layout.journal} lists would be taken back, newest first`;
    return console.log(options.json === true ? JSON.stringify({ done: false }) : message);
  }
  needRoot();
  if (options.yes !== true && !(await confirmed("take everything back"))) return notDone();
  const left = undo(layout);
  if (options.json === true) return console.log(JSON.stringify({ done: true, left }));
  console.log("everything was taken back; the gateway is down");
  for (const path of left) console.log(`kept for you to look at: ${path}`);
}

function notDone(): void {
  console.log("nothing was changed");
  process.exitCode = EXIT.no;
}

/** What `--json` prints: places, not the text of the configuration, which may hold credentials. */
function told({ layout, copies, data, systemd, notes, unit, script }: IsolationPlan): object {
  const [file, text] = systemd ? [layout.unit, unit] : [layout.script, script];
  return { layout, copies, data, file, text, notes };
}

function show({ layout, copies, data, systemd, notes, unit, script }: IsolationPlan): void {
  const { user } = layout;
  console.log(`a system user \`${user}\`, without a password or a shell`);
  console.log(`\n${layout.config}/bylaw.yaml (root, for ${user} to read)`);
  console.log("  with absolute folders, and the person named; the file here stays as it is");
  for (const { from, to, writable } of copies)
    console.log(`${visible(to)} (${writable ? `${user}'s` : "root"})\n  from ${visible(from)}`);
  console.log(`\n${layout.data} (${user}'s alone)`);
  console.log(`  ${data === null ? "new" : `everything of ${visible(data)} but \`connect\``}`);
  console.log(`${layout.runtime} (${user}'s, for everybody to find)`);
  const [path, text] = systemd ? [layout.unit, unit] : [layout.script, script];
  console.log(`\n${path}`);
  for (const line of text.trimEnd().split("\n")) console.log(`  ${visible(line)}`);
  console.log("");
  for (const each of notes) console.log(`note: ${visible(each)}`);
}
