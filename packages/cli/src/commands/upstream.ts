import { spawn } from "node:child_process";
import {
  type AuthorizerSetup,
  authorizerSetup,
  type Config,
  login,
  openAuthStore,
  wallClock,
} from "@bylaw/server";
import { Command } from "commander";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder, dataOption, durationOption, jsonOption } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly config?: string;
  readonly json?: boolean;
}

interface LoginOptions extends Options {
  readonly browser: boolean;
  readonly wait: number;
}

/** Milliseconds that a person has to log in. */
const WAIT_MS = 300_000;
const CONFIG_OPTION = ["--config <file>", "configuration (default: $BYLAW_CONFIG or ./bylaw.yaml)"];

/** What an authorization server says never reaches the terminal as it is. */
function say(line: string): void {
  console.log(visible(line));
}

export function upstreamCommand(): Command {
  return new Command("upstream")
    .description("how Bylaw is let in at upstreams that want OAuth tokens")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(loginCommand())
    .addCommand(logoutCommand());
}

function listCommand(): Command {
  return new Command("list")
    .description("upstreams that want tokens, and whether Bylaw has one")
    .option(...(CONFIG_OPTION as [string, string]))
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((options: Options) => {
      const config = readConfig(options.config);
      const rows = Object.keys(config.upstreams).flatMap((name) => rowOf(config, name, options));
      if (options.json) return console.log(JSON.stringify(rows));
      if (rows.length === 0) return console.log("no upstream wants tokens");
      for (const { upstream, state, issuer, scopes, expires } of rows) {
        const until = expires === null ? "" : `, until ${expires}`;
        const from = issuer === null ? "" : `  from ${issuer}${until}`;
        say(`${upstream}  ${state}${from}${scopes.length === 0 ? "" : `  ${scopes.join(" ")}`}`);
      }
      const waits = rows.find(({ state }) => state === "login");
      if (waits !== undefined) say(`\nLet it in: bylaw upstream login ${waits.upstream}`);
    });
}

interface Row {
  readonly upstream: string;
  /** `login`: a person has to allow it; `none`: nothing has been asked for yet. */
  readonly state: "token" | "login" | "none";
  readonly issuer: string | null;
  readonly scopes: readonly string[];
  readonly expires: string | null;
}

function rowOf({ upstreams }: Config, upstream: string, options: Options): readonly Row[] {
  const config = upstreams[upstream];
  if (config?.kind !== "http" || config.auth === null) return [];
  const stored = openAuthStore(dataFolder(options), upstream, new URL(config.url).href).read();
  const token = stored?.token ?? null;
  const { expires = null, scopes = [] } = token ?? {};
  return [
    {
      upstream,
      state: stored?.wanted != null ? "login" : token === null ? "none" : "token",
      issuer: token === null ? null : (stored?.issuer ?? null),
      scopes,
      expires: expires === null ? null : new Date(expires).toISOString(),
    },
  ];
}

function loginCommand(): Command {
  return new Command("login")
    .description("let Bylaw in at an upstream, in your browser")
    .argument("<name>", "upstream of bylaw.yaml")
    .option(...(CONFIG_OPTION as [string, string]))
    .option("--no-browser", "only print the address to open")
    .addOption(
      durationOption("--wait <time>", "how long to wait for you (default: 5m)").default(
        WAIT_MS,
        "5m",
      ),
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Example:",
        "  $ bylaw upstream login tickets",
        "",
        "The gateway uses the token with its next request; it need not be restarted.",
        "Exit codes: 0 let in, 1 refused or not in time, 2 the upstream wants no login, 3 nobody answered.",
      ].join("\n"),
    )
    .action(async (name: string, options: LoginOptions) => {
      const config = readConfig(options.config);
      const setup = setupOf(config, name, options);
      if (setup.flow !== "authorization_code")
        throw new CommandError(
          EXIT.usage,
          "upstream.no_login",
          `\`${name}\` is let in by its own credentials; no person has to allow it`,
        );
      const { auth } = config.upstreams[name] as { auth: { callbackPort: number } };
      const done = await login({
        ...setup,
        port: auth.callbackPort,
        waitMs: options.wait,
        open(address) {
          console.error(visible(`Open this address in your browser:\n\n  ${address}\n`));
          if (options.browser) openBrowser(address);
        },
      });
      if (!done.ok)
        throw new CommandError(
          done.error === "upstream.auth_unreachable" ? EXIT.unreachable : EXIT.no,
          done.error,
          `\`${name}\` did not let Bylaw in (${done.error})`,
        );
      if (options.json) return console.log(JSON.stringify({ upstream: name, ...done.value }));
      say(`${name}: let in by ${done.value.issuer}  ${done.value.scopes.join(" ")}`);
    });
}

function logoutCommand(): Command {
  return new Command("logout")
    .description("forget the token and the registration at an upstream")
    .argument("<name>", "upstream of bylaw.yaml")
    .option(...(CONFIG_OPTION as [string, string]))
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const removed = setupOf(readConfig(options.config), name, options).store.remove();
      if (options.json) return console.log(JSON.stringify({ upstream: name, removed }));
      say(removed ? `${name}: forgotten` : `${name}: there was nothing`);
    });
}

function setupOf(config: Config, name: string, options: Options): AuthorizerSetup {
  const upstream = Object.hasOwn(config.upstreams, name) ? config.upstreams[name] : undefined;
  if (upstream === undefined)
    throw new CommandError(EXIT.usage, "upstream.unknown", `there is no upstream \`${name}\``);
  const setup =
    upstream.kind === "http"
      ? authorizerSetup(name, upstream, dataFolder(options), wallClock)
      : null;
  if (setup !== null && !setup.ok)
    throw new CommandError(EXIT.usage, "upstream.secret", setup.error);
  if (setup === null || setup.value === null)
    throw new CommandError(
      EXIT.usage,
      "upstream.no_auth",
      `\`${name}\` has no \`auth\` in the configuration`,
    );
  return setup.value;
}

/** Asks the desktop to show an address; where there is none, the printed one is there. */
function openBrowser(address: string): void {
  const program =
    process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  const child = spawn(program, [address], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
