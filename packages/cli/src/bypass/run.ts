import { spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { resolve } from "node:path";
import type { Config, Presence, Tier } from "@bylaw/server";
import { RUNTIME_FOLDER, runningGateway } from "@bylaw/server/client";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder } from "../place.ts";
import { readConfig } from "../read-config.ts";
import { visible } from "../visible.ts";
import { type Canaries, canariesOf } from "./canaries.ts";
import { tryAdmin, tryStranger } from "./gateway.ts";
import { tryCredentials, tryData, tryLookups, tryProcess, tryProgram, tryRoot } from "./machine.ts";
import { type Attempt, broken, levelOf, ROUTES } from "./routes.ts";
import { tryAddress, tryFiles, trySpawn } from "./upstreams.ts";

export interface BypassOptions extends DataOption {
  readonly bypass?: boolean;
  readonly config?: string;
  /** Whose rights are tried; needs root. */
  readonly user?: string;
  readonly expect?: Tier;
  readonly canaries?: boolean;
  readonly json?: boolean;
}

/** What was found; `--json` prints it. */
export interface BypassReport {
  /** Who tried. */
  readonly user: string;
  /** What the gateway says of itself; null where none runs. */
  readonly claims: Tier | null;
  /** What was reached; null where not even `advisory` holds. */
  readonly level: Tier | null;
  readonly attempts: readonly Attempt[];
}

/** Tries every route around the gateway and reports the level. */
export async function runBypass(options: BypassOptions): Promise<void> {
  if (options.canaries === true)
    return console.log(JSON.stringify(await attemptAll(JSON.parse(await input()) as Canaries)));
  const canaries = gather(options);
  const { user } = options;
  const attempts = user === undefined ? await attemptAll(canaries) : await asUser(user, canaries);
  const report: BypassReport = {
    user: user ?? userInfo().username,
    claims: canaries.gateway === null ? null : canaries.gateway.tier,
    level: levelOf(attempts),
    attempts,
  };
  if (options.json === true) console.log(JSON.stringify(report));
  else tell(report);
  const expected = options.expect ?? report.claims ?? "advisory";
  if (canaries.gateway === null) process.exitCode = EXIT.unreachable;
  else if (broken(attempts, expected).length > 0) process.exitCode = EXIT.no;
}

/** Where things are: from the data folder, or from what a gateway of another user tells everybody. */
function gather(options: BypassOptions): Canaries {
  const own = runningGateway(dataFolder(options));
  const gateway = own ?? (options.data === undefined ? runningGateway(RUNTIME_FOLDER) : null);
  const data = gateway?.folder ?? dataFolder(options);
  return canariesOf(configOf(options, gateway), data, gateway);
}

/** Null where this user cannot read it. */
function configOf({ config }: BypassOptions, gateway: Presence | null): Config | null {
  const named = config ?? gateway?.config ?? undefined;
  try {
    return readConfig(named === undefined ? undefined : resolve(named));
  } catch (error) {
    if (config !== undefined || !(error instanceof CommandError)) throw error;
    return null;
  }
}

async function attemptAll(canaries: Canaries): Promise<readonly Attempt[]> {
  return [
    tryData(canaries),
    await tryAdmin(canaries),
    tryProcess(canaries.gateway),
    tryProgram(canaries),
    tryCredentials(canaries),
    await trySpawn(canaries),
    await tryAddress(canaries),
    await tryFiles(canaries),
    tryRoot(),
    await tryStranger(canaries),
    await tryLookups(),
  ];
}

/** The same by another user, with the groups that a log-in would give. */
async function asUser(user: string, canaries: Canaries): Promise<readonly Attempt[]> {
  if (process.getuid?.() !== 0)
    throw new CommandError(EXIT.usage, "bypass.not_root", "--user needs root");
  if (!/^[a-z_][a-z0-9_-]*\$?$/i.test(user))
    throw new CommandError(EXIT.usage, "bypass.user", `\`${user}\` is not the name of a user`);
  const [, script = ""] = process.argv;
  const args = ["-u", user, "--", process.execPath, resolve(script), "doctor", "--bypass"];
  const child = spawn("runuser", [...args, "--canaries"], { cwd: "/", stdio: ["pipe", "pipe", 2] });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => void chunks.push(chunk));
  child.stdin?.on("error", () => undefined); // it may have ended before it has read anything
  child.stdin?.end(JSON.stringify(canaries));
  const closed = once(child, "close");
  child.on("error", () => undefined); // `close` follows, with what is said below
  const [code] = (await closed) as [number | null];
  if (code !== 0)
    throw new CommandError(EXIT.no, "bypass.user", `nothing could be tried as \`${user}\``);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as readonly Attempt[];
}

async function input(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function tell({ user, claims, level, attempts }: BypassReport): void {
  console.log(`routes around the gateway, tried as ${visible(user)}`);
  for (const { route, state, detail } of attempts)
    console.log(`  ${state.padEnd(7)}  ${ROUTES[route].what}: ${visible(detail)}`);
  console.log(`\nisolation  ${level ?? "none: something is open that every level closes"}`);
  console.log(`           the gateway says ${claims ?? "nothing: none runs"}`);
  const open = attempts.filter(({ state }) => state !== "closed");
  if (open.length > 0) console.log("\nwhat remains possible");
  for (const { route } of open) console.log(`  ${ROUTES[route].what}: ${ROUTES[route].remains}`);
  const short = broken(attempts, "enforcing");
  if (short.length > 0 && claims === "enforcing")
    console.log("\nit is less than the gateway says: close what is open above");
  else if (short.length > 0) console.log("\nfor more: bylaw isolate");
}
