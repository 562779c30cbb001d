import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import {
  createServer,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { StartError } from "./host.ts";

/** Milliseconds that whoever has our port gets to say who it is. */
const OWNER_MAX_MS = 1_000;

/** Milliseconds that a connection gets to take its last answer. */
const CLOSE_MS = 500;

/** Null when it listens; otherwise why not, as the operating system's code. */
export async function listenOn(server: Server, port: number, host: string): Promise<string | null> {
  try {
    server.listen(port, host);
    await once(server, "listening");
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

export function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const rest = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(rest);
}

/**
 * Names that a request to this address may bear: behind a loopback address a web page could
 * otherwise read through a name of its own (DNS rebinding). Null: reachable from elsewhere anyway.
 */
export function hostNames(host: string): ReadonlySet<string> | null {
  const local = ["127.0.0.1", "localhost", "[::1]"];
  const name = host.includes(":") ? `[${host}]` : host.toLowerCase();
  return local.includes(name) || name.startsWith("127.") ? new Set([...local, name]) : null;
}

/** Who, if known, has a port. */
async function ownerOf(port: number, host: string): Promise<string> {
  const sent = get({ host, port, path: "/healthz", timeout: OWNER_MAX_MS });
  try {
    sent.on("timeout", () => sent.destroy());
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const [first] = (await once(answer, "data")) as [Buffer];
    const { name, pid } = JSON.parse(first.toString()) as { name?: string; pid?: number };
    return name === "bylaw" ? `another bylaw (process ${pid})` : "another program";
  } catch {
    return "another program";
  } finally {
    sent.destroy();
  }
}

/** Listens where administrative commands connect, on a socket that only this user can open. */
export async function listenSocket(path: string, listener: RequestListener): Promise<Server> {
  if (process.platform !== "win32") {
    ownFolder(dirname(path));
    rmSync(path, { force: true }); // left by a gateway that was killed; the store says that it is gone
  }
  const server = createServer(listener);
  server.listen(path);
  await once(server, "listening");
  if (process.platform !== "win32") chmodSync(path, 0o600);
  return server;
}

/**
 * Listens where programs of every user may connect: each shows a credential of its own. In: a path in a
 * folder that only this user can write to.
 */
export async function listenToAll(path: string, listener: RequestListener): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer(listener);
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o666);
  return server;
}

/** The socket may lie in a shared folder: nobody else may be able to put another one in its place. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = lstatSync(folder);
  const mine = stats.isDirectory() && stats.uid === process.getuid?.();
  if (!mine || (stats.mode & 0o077) !== 0)
    throw new Error(`\`${folder}\` can be changed by other users; choose a shorter data folder`);
}

/** Null when it listens; otherwise why the gateway does not start, and what to do about it. */
export async function listenOr(
  server: Server,
  port: number,
  host: string,
  advice: string,
): Promise<StartError | null> {
  const code = await listenOn(server, port, host);
  if (code === null) return null;
  const owner = code === "EADDRINUSE" ? await ownerOf(port, host) : null;
  const who = owner === null ? "" : `; ${owner} has it`;
  return {
    code: "listen.failed",
    messages: [`cannot listen on ${host}:${port} (${code})${who}; ${advice}`],
  };
}
