import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/config.ts";

/** Where a gateway that runs under a user of its own says where it is, for everybody on the machine. */
export const RUNTIME_FOLDER = "/run/bylaw";

/** Bits of a mode by which others than the owner may write. */
const OTHERS_WRITE = 0o022;
const OTHERS_ALL = 0o077;
const STICKY = 0o1000;

/**
 * What keeps a gateway from being out of the reach of other users; empty when nothing does. Looks at
 * owners and modes only: who may become this user, or root, is not seen here.
 *
 * In: the user that it runs as; the configuration; its data folder; the program that it is.
 */
function isolationProblems(
  uid: number,
  config: Config,
  folder: string,
  program: string = fileURLToPath(import.meta.url),
): readonly string[] {
  const problems: string[] = [];
  if (uid === 0) problems.push("it runs as root: give it a user of its own");
  const data = lookAt(folder);
  if (data === null || data.uid !== uid || (data.mode & OTHERS_ALL) !== 0)
    problems.push(`\`${folder}\` is not this user's alone (mode 0700)`);
  problems.push(
    ...changeablePlaces([program, process.execPath, ...sourcesOf(config), folder], uid),
  );
  const secrets = config.file === null || holdsNoSecret(config) ? null : lookAt(config.file);
  if (secrets !== null && (secrets.mode & 0o007) !== 0)
    problems.push(`\`${config.file}\` holds credentials and can be read by everybody (mode 0640)`);
  return problems;
}

/**
 * Where somebody else than root and one user could change files, or put others in their place; each once.
 * In: the files; the user, or -1 for none.
 */
export function changeablePlaces(paths: readonly string[], uid: number): readonly string[] {
  const places = new Set(paths.flatMap(upwards));
  return [...places].map((place) => changeable(place, uid)).filter((problem) => problem !== null);
}

function holdsNoSecret({ upstreams }: Config): boolean {
  return Object.values(upstreams).every((upstream) =>
    upstream.kind === "http"
      ? Object.keys(upstream.headers).length === 0
      : Object.keys(upstream.env).length === 0,
  );
}

/** Files and folders that decide what is permitted. */
export function sourcesOf(config: Config): readonly string[] {
  return [
    ...(config.file === null ? [] : [config.file]),
    ...(config.bundle === null ? [] : [config.bundle.file]),
    ...config.policies,
    ...(config.grants === null ? [] : [config.grants]),
    ...config.catalog,
    ...config.shield.files,
    ...config.shield.feeds,
  ].filter((path) => lookAt(path) !== null);
}

/** A path with links followed, and every folder above it: whoever may write to one can put another there. */
function upwards(path: string): readonly string[] {
  const places: string[] = [];
  for (let at = realOf(path); ; at = dirname(at)) {
    places.push(at);
    if (dirname(at) === at) return places;
  }
}

function changeable(path: string, uid: number): string | null {
  const found = lookAt(path);
  if (found === null) return `\`${path}\` cannot be looked at`;
  if (found.uid !== 0 && found.uid !== uid) return `\`${path}\` belongs to another user`;
  // In a folder like /tmp others can add files, not replace these.
  const guarded = found.isDirectory() && (found.mode & STICKY) !== 0;
  return (found.mode & OTHERS_WRITE) === 0 || guarded
    ? null
    : `\`${path}\` can be changed by other users`;
}

function lookAt(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The same for a gateway that is to start, with the folder where other users shall find it. */
export function runtimeProblems(
  runtime: string,
  config: Config,
  folder: string,
): readonly string[] {
  const uid = process.getuid?.();
  if (uid === undefined) return ["this system has no users that keep each other out"];
  const own = statSync(runtime, { throwIfNoEntry: false });
  const ready = own?.isDirectory() === true && own.uid === uid && (own.mode & OTHERS_WRITE) === 0;
  const problems = isolationProblems(uid, config, folder);
  return ready ? problems : [...problems, `\`${runtime}\` is not a folder of this user alone`];
}

/** The socket on which hooks of other users ask. */
export function openHookSocket(runtime: string): string {
  return join(runtime, "hook.sock");
}
