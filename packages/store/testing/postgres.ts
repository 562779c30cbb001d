import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** Where Debian puts the servers of each version. */
export const INSTALLED = "/usr/lib/postgresql";
const START_MAX_MS = 30_000;
const POLL_MS = 50;
export const PASSWORD = "not-a-secret-1";

/** A real server with its data in a temporary folder, on a port of loopback, for one test file. */
export interface PostgresServer {
  /** Connection URI of a database. */
  url(database: string, user?: string, password?: string): string;
  /** Makes an empty database. */
  database(): Promise<string>;
  query(url: string, text: string): Promise<Record<string, unknown>[]>;
  /** Ends the server as a crash does: no checkpoint, every connection dropped. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  remove(): Promise<void>;
  readonly port: number;
}

/** The folder of the newest server's programs; null where none is installed. */
export function postgresPrograms(): string | null {
  if (!existsSync(INSTALLED)) return null;
  const versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
  return (
    versions
      .map((version) => join(INSTALLED, version, "bin"))
      .find((folder) => existsSync(join(folder, "initdb"))) ?? null
  );
}

/** Makes and starts a server; throws where there are no programs (in CI they must be there). */
export async function startPostgres(programs: string | null): Promise<PostgresServer> {
  if (programs === null) throw new Error(`there is no PostgreSQL in ${INSTALLED}`);
  const postgres = join(programs, "postgres");
  const folder = mkdtempSync(join(tmpdir(), "bylaw-postgres-"));
  const as = unprivileged();
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  const password = join(folder, "password");
  writeFileSync(password, PASSWORD);
  if (as !== null) for (const path of [folder, data, password]) chownSync(path, as.uid, as.gid);
  const made = spawnSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8"],
    { ...as, cwd: folder, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  let server: ChildProcess | null = null;
  let databases = 0;

  const url = (database: string, user = "owner", secret = PASSWORD): string =>
    `postgres://${user}:${secret}@127.0.0.1:${port}/${database}`;

  async function start(): Promise<void> {
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "max_connections=200",
      // After a crash: one call instead of an fsync of every file of every test's database.
      "recovery_init_sync_method=syncfs",
    ];
    server = spawn(
      postgres,
      ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
      { ...as, cwd: folder, stdio: ["ignore", "ignore", "ignore"] },
    );
    const deadline = Date.now() + START_MAX_MS;
    for (;;) {
      try {
        await query(url("postgres"), "select 1");
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  async function query(target: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: target });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  async function end(): Promise<void> {
    const running = server;
    server = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGQUIT");
    await ended;
  }

  await start();
  return {
    port,
    url,
    query,
    start,
    async database(): Promise<string> {
      databases += 1;
      const name = `bylaw_${databases}`;
      await query(url("postgres"), `create database ${name}`);
      return url(name);
    },
    crash: end,
    async remove(): Promise<void> {
      // Nothing of it is kept; what it started may still be writing its last when it has ended.
      await end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** PostgreSQL does not run as root: whom to be instead; null for somebody else already. */
function unprivileged(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const entry =
    users.find((line) => line.startsWith("postgres:")) ??
    users.find((line) => line.startsWith("nobody:"));
  const [, , uid, gid] = entry?.split(":") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("no user to run PostgreSQL as");
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
