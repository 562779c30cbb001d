import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClientId } from "@bylaw/gateway";
import { connectFolder, writeWhole } from "./backup.ts";
import { makeSnapshot, snapshotArguments, snapshotStarts } from "./hook-snapshot.ts";
import { HOOK_PROGRAM, type HookCommand } from "./hooks.ts";

const ENDING = ".connection";
/** Milliseconds until the hook's program refuses by itself. */
const DEADLINE_MS = 50_000;
/** Seconds that a client waits for it: longer, because most clients go on after their own time-out. */
const CLIENT_TIMEOUT_S = 60;

/** What the hook's program reads: where the gateway is, and how to know that it is the gateway. */
export interface Connection {
  /** The client as `bylaw disconnect` calls it. */
  readonly name: string;
  readonly client: ClientId;
  readonly socket: string;
  /** Base64 SPKI (Ed25519) of the gateway's answers. */
  readonly key: string;
  readonly token: string;
  readonly deadlineMs: number;
  readonly data: string;
  /** Command line that starts this Bylaw. */
  readonly bylaw: string;
}

/** The program as it ships. */
export function hookSource(): string {
  return fileURLToPath(new URL(`../../bin/${HOOK_PROGRAM}`, import.meta.url));
}

/** The copy that clients start: its path stays the same when Bylaw is upgraded or moved. */
export function hookCopy(data: string): string {
  return join(data, "connect", HOOK_PROGRAM);
}

/** What clients start where Node makes snapshots: the same program, loaded already. */
function hookSnapshot(data: string): string {
  return `${hookCopy(data)}.snapshot`;
}

function connectionFile(data: string, agent: string): string {
  return join(data, "connect", `${agent}${ENDING}`);
}

/** The command that clients start: nothing of their environment reaches it. */
export function hookCommand(
  data: string,
  agent: string,
  snapshot: boolean = existsSync(hookSnapshot(data)),
): HookCommand {
  const program = snapshot ? snapshotArguments(hookSnapshot(data)) : [hookCopy(data)];
  const words = [process.execPath, ...program, connectionFile(data, agent)] as const;
  return {
    words: process.platform === "win32" ? words : ["/usr/bin/env", "-i", ...words],
    timeoutS: CLIENT_TIMEOUT_S,
  };
}

/** The program as this version of Bylaw and of Node would put it in place. */
export interface Hook {
  readonly program: Uint8Array;
  /** Null where this Node makes none. */
  readonly snapshot: Uint8Array | null;
}

export function makeHook(): Hook {
  return { program: readFileSync(hookSource()), snapshot: makeSnapshot(hookSource()) };
}

/** Puts program and connection in place; the token is never in a client's own file. */
export function writeConnection(
  agent: string,
  connection: Omit<Connection, "deadlineMs">,
  hook: Hook,
): void {
  const { data } = connection;
  writeHook(data, hook);
  const text = `${JSON.stringify({ ...connection, deadlineMs: DEADLINE_MS })}\n`;
  writeWhole(connectionFile(data, agent), text, 0o600);
}

function writeHook(data: string, { program, snapshot }: Hook): void {
  connectFolder(data);
  writeWhole(hookCopy(data), program, 0o700);
  // One of another Node would only refuse.
  if (snapshot === null) rmSync(hookSnapshot(data), { force: true });
  else writeWhole(hookSnapshot(data), snapshot, 0o600);
}

/** Whether what clients start is of this version, and starts with this Node. */
export function hookIsCurrent(data: string): boolean {
  const [copy, snapshot] = [hookCopy(data), hookSnapshot(data)];
  if (!existsSync(copy) || !readFileSync(copy).equals(readFileSync(hookSource()))) return false;
  if (existsSync(snapshot)) return snapshotStarts(snapshot);
  return makeSnapshot(hookSource()) === null;
}

/** Where Bylaw or Node is another one than when clients were connected: what they start becomes theirs. */
export function renewHook(data: string): void {
  if (connectionsIn(data).length > 0 && !hookIsCurrent(data)) writeHook(data, makeHook());
}

/** Every agent that a client with hooks is, with what the client's hook program reads. */
export function connectionsIn(data: string): readonly (readonly [string, Connection])[] {
  const folder = join(data, "connect");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const agent = name.endsWith(ENDING) ? name.slice(0, -ENDING.length) : null;
    const connection = agent === null ? null : readConnection(data, agent);
    return agent === null || connection === null ? [] : [[agent, connection] as const];
  });
}

/** Forgets how a client reached the gateway; its agents keep their tokens. */
export function removeConnections(data: string, client: string): void {
  for (const [agent, { name }] of connectionsIn(data))
    if (name === client) rmSync(connectionFile(data, agent), { force: true });
}

/** Null where there is none, or none that can be read. */
export function readConnection(data: string, agent: string): Connection | null {
  try {
    return JSON.parse(readFileSync(connectionFile(data, agent), "utf8")) as Connection;
  } catch {
    return null;
  }
}
