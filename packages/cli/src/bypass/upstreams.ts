import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import type { UpstreamConfig } from "@bylaw/server";
import { environment } from "@bylaw/server/client";
import { type Canaries, type Database, readable, type Target } from "./canaries.ts";
import type { Attempt, RouteId, State } from "./routes.ts";
import { hello, said } from "./wire.ts";

/** Milliseconds that an upstream which is started gets to say hello, and a database to take a call. */
const START_MS = 10_000;
const CONNECT_MS = 2_000;
/** Bytes of output that are looked at. */
const OUTPUT_MAX = 1_048_576;
/** What a command names as its program, not as what it works on. */
const CODE = /\.(?:[cm]?[jt]s|py|rb|pl|php|sh|jar|wasm|exe)$/i;

type Stdio = Extract<Target, { kind: "stdio" }>;

/** One finding per upstream becomes one attempt: the worst counts. */
function summed(route: RouteId, found: readonly (readonly [State, string])[]): Attempt {
  for (const state of ["open", "unknown"] as const) {
    const details = found.filter(([one]) => one === state).map(([, detail]) => detail);
    if (details.length > 0) return { route, state, detail: details.join("; ") };
  }
  const detail = found.map(([, text]) => text).join("; ") || "no upstream is reached this way";
  return { route, state: "closed", detail };
}

function unknown(route: RouteId): Attempt {
  const detail =
    "which upstreams there are cannot be read: run it as root with --user, for this user";
  return { route, state: "unknown", detail };
}

/** Starts each upstream with the environment that this user can give it, and ends it again. */
export async function trySpawn(canaries: Canaries): Promise<Attempt> {
  if (canaries.targets === null) return unknown("spawn");
  const read = readable(canaries) ?? {};
  const found: (readonly [State, string])[] = [];
  for (const target of canaries.targets)
    if (target.kind === "stdio") found.push(await started(target, read[target.name]));
  return summed("spawn", found);
}

async function started(
  target: Stdio,
  known: UpstreamConfig | undefined,
): Promise<readonly [State, string]> {
  const { name } = target;
  const [program, ...args] = known?.kind === "stdio" ? known.command : target.command;
  const env = { ...environment(), ...(known?.kind === "stdio" ? known.env : {}) };
  let child: ChildProcess;
  try {
    const stdio = ["pipe", "pipe", "ignore"] as const;
    child = spawn(program, args, { cwd: target.cwd, env, stdio: [...stdio], detached: true });
  } catch {
    return ["closed", `${name} does not start`];
  }
  const answered = await greets(child);
  end(child);
  return answered ? ["open", `${name} answers`] : ["closed", `${name} does not work without Bylaw`];
}

/** Whether it answers the first message of a client in time. */
function greets(child: ChildProcess): Promise<boolean> {
  return new Promise((settle) => {
    let output = "";
    const timer = setTimeout(() => settle(false), START_MS);
    const done = (answered: boolean): void => {
      clearTimeout(timer);
      settle(answered);
    };
    child.on("error", () => done(false));
    child.on("close", () => done(false));
    child.stdin?.on("error", () => undefined); // it may be gone before it has read anything
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
      if (output.split("\n").some(isAnswer)) done(true);
      else if (output.length > OUTPUT_MAX) done(false);
    });
    child.stdin?.write(`${hello()}\n`);
  });
}

function isAnswer(line: string): boolean {
  try {
    const message = JSON.parse(line) as {
      readonly result?: { readonly protocolVersion?: unknown };
    };
    return typeof message.result?.protocolVersion === "string";
  } catch {
    return false;
  }
}

/** With everything that it has started. */
function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

/** Calls each address as nobody, and with the headers that this user can read. */
export async function tryAddress(canaries: Canaries): Promise<Attempt> {
  if (canaries.targets === null) return unknown("address");
  const read = readable(canaries) ?? {};
  const found: (readonly [State, string])[] = [];
  for (const target of canaries.targets) {
    if (target.kind !== "http") continue;
    const known = read[target.name];
    const own = known?.kind === "http" ? known : { url: target.url, headers: {} };
    const statuses = [await said(own.url, "POST", hello(), {})];
    if (Object.keys(own.headers).length > 0)
      statuses.push(await said(own.url, "POST", hello(), own.headers));
    found.push(judged(target.name, statuses));
  }
  return summed("address", found);
}

function judged(name: string, statuses: readonly (number | null)[]): readonly [State, string] {
  if (statuses.some((status) => status !== null && status < 300))
    return ["open", `${name} answers`];
  const refused = statuses.every((status) => status === null || [401, 403].includes(status));
  if (refused) return ["closed", `${name} refuses, or cannot be reached`];
  return ["unknown", `${name} answers with ${statuses.join(" and ")}`];
}

/** Opens what the upstreams work on: files that their commands name, and databases. */
export async function tryFiles(canaries: Canaries): Promise<Attempt> {
  if (canaries.targets === null) return unknown("files");
  const read = readable(canaries);
  const found: (readonly [State, string])[] = [];
  for (const target of canaries.targets) {
    if (target.kind !== "stdio") continue;
    for (const path of filesOf(target, read?.[target.name]))
      found.push(
        isReadable(path) ? ["open", `can read ${path}`] : ["closed", `${path} cannot be read`],
      );
    for (const database of target.databases) found.push(await reached(database, read !== null));
  }
  return summed("files", found);
}

function filesOf(target: Stdio, known: UpstreamConfig | undefined): readonly string[] {
  const words = [
    ...target.command.slice(1),
    ...(known?.kind === "stdio" ? Object.values(known.env) : []),
  ];
  return words
    .map((word) => word.replace(/^--?[\w-]+=/, ""))
    .filter((word) => word !== "" && !word.startsWith("-") && !/^\w+:\/\//.test(word))
    .filter((word) => !CODE.test(word))
    .map((word) => resolve(target.cwd, word))
    .filter(isFileOrHidden);
}

/** A file, or what this user may not even look at. */
function isFileOrHidden(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A database that takes calls is open to whoever knows its password, or needs none. */
async function reached(
  { host, port, guarded }: Database,
  knows: boolean,
): Promise<readonly [State, string]> {
  const where = `${host}:${port}`;
  const answers = await new Promise<boolean>((settle) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const done = (answer: boolean): void => {
      socket.destroy();
      settle(answer);
    };
    socket.on("connect", () => done(true));
    socket.on("timeout", () => done(false));
    socket.on("error", () => done(false));
  });
  if (!answers) return ["closed", `${where} cannot be reached`];
  if (!guarded) return ["open", `${where} answers, and its address has no password`];
  return knows
    ? ["open", `${where} answers, and its password can be read`]
    : ["closed", `${where} answers, and asks for a password that cannot be read`];
}
