import { resolve } from "node:path";
import {
  type FactorStatus,
  type PolicyStatus,
  RUNTIME_FOLDER,
  shieldCoverage,
  startServer,
  type Tier,
} from "@bylaw/server";
import { Command } from "commander";
import { renewHook } from "../connect/connection.ts";
import { CommandError, EXIT } from "../exit.ts";
import { describeFactors } from "../factors/describe.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { describePolicy } from "../policy.ts";
import { readConfig } from "../read-config.ts";
import { version } from "../version.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly config?: string;
  readonly port?: number;
  readonly json?: boolean;
  readonly lastGood?: boolean;
  /** Folder where other users find it; true for the usual one. */
  readonly isolated?: string | true;
}

export function upCommand(): Command {
  return new Command("up")
    .description("start the gateway on this machine")
    .option("--config <file>", "bylaw.yaml (default: $BYLAW_CONFIG or ./bylaw.yaml, if it exists)")
    .option("--port <number>", "port to listen on; 0 takes a free one", portOf)
    .option("--isolated [folder]", `as a user of its own, found in this folder (${RUNTIME_FOLDER})`)
    .option("--last-good", "when the policies do not load: start with those in force last")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ bylaw up\n  $ bylaw up --config ./bylaw.yaml --port 7200\n  $ bylaw up --last-good\n\nCtrl-C or `bylaw down` stops it when everything in flight has finished.",
    )
    .action(async (options: Options) => {
      const config = readConfig(options.config);
      const started = await startServer({
        config,
        folder: dataFolder(options),
        port: options.port ?? null,
        version: version(),
        log: (line) => console.error(visible(line)),
        lastGood: options.lastGood ?? false,
        ...runtimeOf(options),
      });
      if (!started.ok) {
        const { code, messages } = started.error;
        throw new CommandError(EXIT.usage, code, messages.join("\n"));
      }
      const server = started.value;
      keepHookCurrent(server.folder);
      for (const signal of ["SIGINT", "SIGTERM"] as const)
        process.on(signal, () => void server.stop());
      const { address, policy, factors, folder, tier } = server;
      const upstreams = Object.keys(config.upstreams);
      const told = { address, bundle: policy.digest, data: folder, policy, factors, tier };
      if (options.json) console.log(JSON.stringify(told));
      else console.log(banner(address, folder, upstreams, policy, factors, tier));
      const coverage = shieldCoverage(config);
      if (coverage !== null) console.error(`SHIELD ${coverage}`);
      await server.stopped;
      if (!options.json) console.log("bylaw is down");
      process.exit(EXIT.ok); // nothing of an upstream may keep a stopped gateway alive
    });
}

/** Clients refuse until it is; the gateway serves everybody else meanwhile. */
function keepHookCurrent(folder: string): void {
  try {
    renewHook(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(visible(`hook program not renewed, see \`bylaw doctor\`: ${why}`));
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CommandError(EXIT.usage, "usage.port", `\`${text}\` is not a port`);
}

const TIERS: Readonly<Record<Tier, string>> = {
  advisory: "advisory: agents run as your user, see SECURITY.md",
  enforcing: "enforcing: a user of its own; try it: bylaw doctor --bypass",
};

function runtimeOf({ isolated }: Options): { readonly runtime?: string } {
  if (isolated === undefined) return {};
  return { runtime: isolated === true ? RUNTIME_FOLDER : resolve(isolated) };
}

function banner(
  address: string,
  folder: string,
  upstreams: readonly string[],
  policy: PolicyStatus,
  factors: FactorStatus,
  tier: Tier,
): string {
  const endpoints = upstreams.map((name) => `             ${address}/mcp/${name}`);
  const next =
    upstreams.length === 0
      ? "next         npx bylaw init     write a bylaw.yaml and name your MCP servers in it"
      : "next         npx bylaw agent add NAME     give an agent its own token";
  return [
    `bylaw is ready on ${address}`,
    `isolation    ${TIERS[tier]}`,
    `factors      ${describeFactors(factors)}`,
    `data         ${folder}`,
    `policies     ${describePolicy(policy)}`,
    ...(endpoints.length === 0 ? [] : ["upstreams", ...endpoints]),
    next,
    "             npx bylaw approvals     what waits for your decision",
    "             npx bylaw demo     what would have happened without it",
  ].join("\n");
}
