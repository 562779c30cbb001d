import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { REPOSITORY, type Site } from "./site.ts";
import { eventually } from "./wait.ts";

const COMMAND = join(REPOSITORY, "packages", "cli", "bin", "bylaw.js");
/** Milliseconds that a start may take on a machine with much else to do. */
const START_MAX_MS = 120_000;
const READY = /bylaw is ready on (http:\/\/\S+)/;

/** As `npm start` starts it. */
const UP_FLAGS = ["--no-memory-reducer"];

/** Program and first arguments of `bylaw` as built. */
export function bylawCommand(): readonly string[] {
  return [process.execPath, COMMAND];
}

/** What a finished command left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `performance.now()` when the first byte of its answer arrived; null when it printed nothing. */
  readonly answeredAt: number | null;
}

/** A gateway that answers. */
export interface Gateway {
  readonly address: string;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  alive(): boolean;
  /** Resolves when its process has ended, however. */
  readonly ended: Promise<void>;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: nothing of it runs on. */
  kill(): Promise<void>;
}

export interface CommandLine {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** Command line and environment of `bylaw`, for those who start it themselves. */
export function bylaw(site: Site, ...args: readonly string[]): CommandLine {
  return {
    command: process.execPath,
    args: [...(args[0] === "up" ? UP_FLAGS : []), COMMAND, ...args],
    env: {
      ...cleanEnvironment(),
      BYLAW_DATA: site.data,
      ...(site.home === undefined ? {} : { HOME: site.home }),
    },
  };
}

/** Runs one command to its end; never throws for a failing one. */
export async function run(site: Site, ...args: readonly string[]): Promise<Ran> {
  const { child, output } = start(site, args);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

/** Runs one command with `--json` and reads its answer; throws when it fails. */
export async function ask<T>(site: Site, ...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run(site, ...args, "--json");
  if (code !== 0)
    throw new Error(`bylaw ${args.join(" ")} exited with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** Starts the gateway of a site on a free port and waits until it answers; throws when it ends instead. */
export async function up(site: Site): Promise<Gateway> {
  const { child, output } = start(site, upArguments(site));
  const ended = once(child, "close").then(() => undefined);
  const ready = (): string | undefined => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`bylaw up ended: ${output.stderr}${output.stdout}`);
    return READY.exec(output.stdout)?.[1];
  };
  const address = await eventually("the gateway says that it is ready", ready, START_MAX_MS);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    address,
    pid: child.pid ?? 0,
    output: () => output.stdout + output.stderr,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      await end("SIGTERM");
      return child.exitCode;
    },
    kill: () => end("SIGKILL"),
  };
}

/** Starts the gateway of a site and kills it after so many milliseconds, ready or not. */
export async function killStarting(site: Site, afterMs: number): Promise<void> {
  const { child } = start(site, upArguments(site));
  const ended = once(child, "close");
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGKILL");
  await ended;
}

/** Arguments of `bylaw up` for a site, for tests where it must not start. */
export function upArguments(site: Site): readonly string[] {
  return ["up", "--config", join(site.folder, "bylaw.yaml"), "--port", "0"];
}

/** Registers an agent that acts for Sam and returns its token. */
export async function addAgent(site: Site, name: string, group: string): Promise<string> {
  const words = ["agent", "add", name, "--user", "sam", "--group", group];
  const { token } = await ask<{ token: string }>(site, ...words);
  return token;
}

function start(
  site: Site,
  args: readonly string[],
): { child: ChildProcess; output: { stdout: string; stderr: string; answeredAt: number | null } } {
  const { command, args: all, env } = bylaw(site, ...args);
  const child = spawn(command, all, { env, cwd: site.folder, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "", answeredAt: null as number | null };
  child.stdout?.on("data", (chunk: Buffer) => {
    output.answeredAt ??= performance.now();
    output.stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return { child, output };
}

/** Nothing of the developer's own Bylaw leaks in. */
function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith("BYLAW_"),
    ),
  );
}
