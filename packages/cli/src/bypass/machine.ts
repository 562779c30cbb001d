import { spawnSync } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { accessSync, closeSync, constants, openSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Presence } from "@bylaw/server";
import { type Canaries, readable } from "./canaries.ts";
import type { Attempt, RouteId, State } from "./routes.ts";

/** Milliseconds that a look-up, and `sudo`, get. */
const LOOKUP_MS = 2_000;
const SUDO_MS = 5_000;
/** Files of a data folder that are tried also where it cannot be listed. */
const DATA_FILES = ["admin.token", "bylaw.db", "log.key", "passport.key", "digest.key", "hook.key"];
const DOCKER = "/var/run/docker.sock";
/** Of a resolver that did not answer at all. */
const SILENT = ["ECONNREFUSED", "ETIMEOUT", "ECANCELLED", "EAI_AGAIN"];
/** A name that nobody can have (RFC 6761): the look-up tells nobody anything. */
const NOBODY = "bylaw-canary.invalid";

function attempt(route: RouteId, state: State, detail: string): Attempt {
  return { route, state, detail };
}

export function tryData({ data }: Canaries): Attempt {
  const listed = namesIn(data);
  if (listed === "ENOENT") return attempt("data", "unknown", `\`${data}\` is not there`);
  const names = typeof listed === "string" ? DATA_FILES : listed;
  const open = names.filter((name) => opens(join(data, name)));
  const detail = open.length === 0 ? `\`${data}\` cannot be read` : `can read ${open.join(", ")}`;
  return attempt("data", open.length === 0 ? "closed" : "open", detail);
}

/** Names of a folder, or the system's code for why not. */
function namesIn(folder: string): readonly string[] | string {
  try {
    return readdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

/** Sockets and folders do not open; what they hold is tried elsewhere. */
function opens(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

export function tryProcess(gateway: Presence | null): Attempt {
  if (gateway === null) return attempt("process", "unknown", "no gateway runs");
  try {
    process.kill(gateway.pid, 0);
    return attempt("process", "open", `may stop process ${gateway.pid}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EPERM"
      ? attempt("process", "closed", `process ${gateway.pid} is another user's`)
      : attempt("process", "unknown", `process ${gateway.pid}: ${code}`);
  }
}

export function tryProgram({ sources }: Canaries): Attempt {
  const open = sources.filter((path) => replaceable(path));
  const detail = open.length === 0 ? "nothing of it can be changed" : `can change ${open[0]}`;
  return attempt("program", open.length === 0 ? "closed" : "open", detail);
}

/** Whether this user may write to a file, or put another one in its place. */
function replaceable(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const guarded = at !== path && sticky(at);
    if (!guarded && writes(at)) return true;
    if (dirname(at) === at) return false;
  }
}

function sticky(path: string): boolean {
  try {
    return (statSync(path).mode & 0o1000) !== 0;
  } catch {
    return false;
  }
}

function writes(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function tryCredentials(canaries: Canaries): Attempt {
  const { config, targets } = canaries;
  const read = readable(canaries);
  if (read === null)
    return attempt("credentials", "closed", `\`${config ?? "the configuration"}\` cannot be read`);
  const named = Object.entries(read).filter(([, upstream]) =>
    upstream.kind === "http"
      ? Object.keys(upstream.headers).length > 0
      : Object.keys(upstream.env).length > 0,
  );
  if (named.length === 0)
    return attempt("credentials", "closed", `${targets?.length ?? 0} upstreams, no credentials`);
  return attempt("credentials", "open", `of ${named.map(([name]) => name).join(", ")}`);
}

export function tryRoot(): Attempt {
  if (process.getuid?.() === 0) return attempt("root", "open", "this is root");
  const sudo = spawnSync("sudo", ["-n", "true"], { stdio: "ignore", timeout: SUDO_MS });
  if (sudo.status === 0) return attempt("root", "open", "sudo asks for no password");
  if (writes(DOCKER)) return attempt("root", "open", `may write to ${DOCKER}`);
  return attempt("root", "closed", "neither sudo nor Docker");
}

export async function tryLookups(): Promise<Attempt> {
  const resolver = new Resolver({ timeout: LOOKUP_MS, tries: 1 });
  try {
    await resolver.resolve4(NOBODY);
    return attempt("lookups", "open", "a resolver answers, with anything");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return SILENT.includes(code)
      ? attempt("lookups", "closed", "no resolver answers")
      : attempt("lookups", "open", "a resolver answers");
  }
}
