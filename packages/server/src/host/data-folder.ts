import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import { fail, ok, type Result } from "@bylaw/core";

/** A Unix socket's path has about 104 bytes on macOS and 107 on Linux. */
const SOCKET_PATH_MAX_BYTES = 100;

/** How a command of the same user finds the running gateway. */
export interface Presence {
  readonly pid: number;
  /** Address of the agent-facing listener, for example `http://127.0.0.1:7117`. */
  readonly address: string;
  /** Path of the administrative socket. */
  readonly admin: string;
  readonly version: string;
  /** `enforcing`: it runs under a user of its own. */
  readonly tier: Tier;
  /** Where hooks ask, and the key that they are answered with. */
  readonly hooks: { readonly socket: string; readonly key: string };
  /** Its data folder. */
  readonly folder: string;
  /** Its configuration; null for the built-in one. */
  readonly config: string | null;
}

export type Tier = "advisory" | "enforcing";

/** The user's state folder (XDG Base Directory): never inside a workspace that an agent edits. */
export function defaultDataFolder(): string {
  const given = process.env["BYLAW_DATA"];
  if (given !== undefined && given !== "") return resolve(given);
  const state = process.env["XDG_STATE_HOME"];
  return join(
    state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state"),
    "bylaw",
  );
}

/** Where a person's sealed keys are (XDG Base Directory): with the person, not with the gateway. */
export function keyFolder(): string {
  const config = process.env["XDG_CONFIG_HOME"];
  const home = config !== undefined && isAbsolute(config) ? config : join(homedir(), ".config");
  return join(home, "bylaw", "keys");
}

/** Creates the folder with mode 0700 and returns its real path; refuses one inside a workspace. */
export function openDataFolder(
  folder: string,
  workspaces: readonly string[],
): Result<string, "data.inside_workspace"> {
  // Only a folder that was made here gets its mode changed: a mistyped one belongs to somebody.
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  if (workspaces.some((workspace) => contains(realOf(workspace), real))) {
    if (made !== undefined) rmSync(made, { recursive: true });
    return fail("data.inside_workspace");
  }
  if (made !== undefined) chmodSync(folder, 0o700);
  return ok(real);
}

function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function contains(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps === "" || (!steps.startsWith("..") && !isAbsolute(steps));
}

/** The administrative socket of a data folder: in it, or where its path would be too long, beside it. */
export function adminSocket(folder: string): string {
  return socketOf(folder, "admin");
}

/** The socket that hooks ask on. */
export function hookSocket(folder: string): string {
  return socketOf(folder, "hook");
}

function socketOf(folder: string, name: "admin" | "hook"): string {
  if (process.platform === "win32") {
    const ending = name === "admin" ? "" : `-${name}`;
    return `\\\\.\\pipe\\bylaw-${digestOf(folder)}${ending}`;
  }
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES) return path;
  return join(tmpdir(), `bylaw-${digestOf(folder)}`, `${name}.sock`);
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The token that administrative commands present; made on first use, readable by the owner alone. */
export function adminToken(folder: string): string {
  const path = join(folder, "admin.token");
  try {
    writeFileSync(path, `adm_${randomBytes(32).toString("base64url")}\n`, {
      mode: 0o600,
      flag: "wx",
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}

export function announce(folder: string, presence: Presence): void {
  writeFileSync(join(folder, "gateway.json"), `${JSON.stringify(presence)}\n`, { mode: 0o600 });
}

/** The same for users who cannot look into the data folder. */
export function announceToAll(runtime: string, presence: Presence): void {
  const path = join(runtime, "gateway.json");
  writeFileSync(path, `${JSON.stringify(presence)}\n`);
  chmodSync(path, 0o644); // whatever the umask
}

export function withdraw(folder: string): void {
  rmSync(join(folder, "gateway.json"), { force: true });
}

/** The gateway that announced itself in this folder and still runs; null if there is none. */
export function runningGateway(folder: string): Presence | null {
  try {
    const presence = JSON.parse(readFileSync(join(folder, "gateway.json"), "utf8")) as Presence;
    process.kill(presence.pid, 0);
    return presence;
  } catch (error) {
    // EPERM: it runs under another user, which is what an enforcing installation looks like.
    return (error as NodeJS.ErrnoException).code === "EPERM" ? readPresence(folder) : null;
  }
}

function readPresence(folder: string): Presence {
  return JSON.parse(readFileSync(join(folder, "gateway.json"), "utf8")) as Presence;
}
