import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isObject, parseStrict } from "@bylaw/core";
import { classesOfPath, scanner } from "@bylaw/facts";
import type { InstructionOps, Instructions } from "@bylaw/gateway";
import { createKept } from "./kept.ts";

/** Bytes of such a file; a larger one is asked about, as far as it was read. */
const FILE_MAX_BYTES = 1_048_576;
/** Entries in the folders of clients, and folders above the client's own, that are looked at. */
const ENTRIES_MAX = 2_000;
const FOLDERS_ABOVE_MAX = 32;
const DEPTH_MAX = 3;
/** Folders in which clients keep what they go by. */
const CLIENT_FOLDERS = new Set(
  ".agents .amazonq .claude .clinerules .codex .continue .cursor .github .junie .kiro .roo .windsurf".split(
    " ",
  ),
);
/** Stands for what cannot be read: it is asked about once. */
const UNREADABLE = "unreadable";
/** Files that are remembered; with more, new ones are asked about. */
const REMEMBERED_MAX = 10_000;

const scan = scanner(new Set(["hidden"]));

/**
 * Files that tell agents how to behave, as a person last knew them. One that is seen for the first time
 * is taken as it is, unless it has characters that nobody sees; after that every change is asked about.
 */
export function createInstructions(
  dataFolder: string,
  workspaces: readonly string[],
  now: () => number = Date.now,
): InstructionOps {
  const file = join(dataFolder, "instructions.json");
  const files = createKept<Instructions>(now, REMEMBERED_MAX);
  const listings = createKept<Listing>(now, REMEMBERED_MAX);
  const acceptances = createKept<Readonly<Record<string, string>>>(now, REMEMBERED_MAX);

  const look = (path: string): Instructions | null => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return null;
    return files(path, stats, () => (stats.isDirectory() ? unreadable(path) : lookAt(path)));
  };
  const list: List = (folder, inside) =>
    listings(`${inside} ${folder}`, statSync(folder), () => listingOf(folder, inside));
  const readAll = (): Readonly<Record<string, string>> => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats === undefined ? {} : acceptances(file, stats, () => readAccepted(file));
  };

  return {
    unaccepted: (folder) => {
      const accepted = readAll();
      const found = filesFor(folder, workspaces, list).flatMap((path) => look(path) ?? []);
      const first = found.filter(
        ({ path, hidden }) => accepted[path] === undefined && hidden.length === 0,
      );
      const room = first.length === 0 ? 0 : REMEMBERED_MAX - Object.keys(accepted).length;
      const taken = first.slice(0, Math.max(0, room));
      if (taken.length > 0) writeAccepted(file, { ...accepted, ...digests(taken) });
      return found.filter((one) => !taken.includes(one) && accepted[one.path] !== one.digest);
    },
    accept: (instructions) => {
      writeAccepted(file, { ...readAll(), ...digests([instructions]) });
    },
  };
}

function digests(found: readonly Instructions[]): Record<string, string> {
  return Object.fromEntries(found.map(({ path, digest }) => [path, digest]));
}

/** What a folder holds, as far as it is looked at. */
interface Listing {
  readonly entries: number;
  /** Absolute. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Throws where the folder cannot be listed. In: whether it is inside of a folder of clients. */
type List = (folder: string, inside: boolean) => Listing;

/** Below the working folder itself only the folders of clients are looked into. */
function listingOf(folder: string, inside: boolean): Listing {
  const entries = readdirSync(folder, { withFileTypes: true });
  const folders = entries.filter(
    (entry) => entry.isDirectory() && (inside || CLIENT_FOLDERS.has(entry.name.toLowerCase())),
  );
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .filter((path) => classesOfPath(path).includes("instructions"));
  return {
    entries: entries.length,
    folders: folders.map(({ name }) => join(folder, name)),
    files: paths,
  };
}

/** Every such file of the folder and of those above it, up to the workspace that it lies in. */
function filesFor(folder: string, workspaces: readonly string[], list: List): readonly string[] {
  if (!existsSync(folder)) return [];
  const real = realpathSync(folder);
  const known = workspaces.flatMap((one) => (existsSync(one) ? [realpathSync(one)] : []));
  const top = known.find((one) => real === one || real.startsWith(`${one}/`)) ?? real;
  const folders = [real];
  for (let at = real; at !== top && folders.length < FOLDERS_ABOVE_MAX; at = dirname(at))
    folders.push(dirname(at));
  const budget = { left: ENTRIES_MAX };
  return folders.flatMap((each) => filesIn(each, 0, budget, list)).sort();
}

/** A folder that cannot be listed, or has too much in it, stands for what may be in it. */
function filesIn(
  folder: string,
  depth: number,
  budget: { left: number },
  list: List,
): readonly string[] {
  let listing: Listing;
  try {
    listing = list(folder, depth > 0);
  } catch {
    return [folder];
  }
  // What lies in the working folder itself is the user's; only its names are looked at.
  if (depth > 0) budget.left -= listing.entries;
  if (budget.left < 0) return [folder];
  const below = depth < DEPTH_MAX ? listing.folders : [];
  return [...listing.files, ...below.flatMap((each) => filesIn(each, depth + 1, budget, list))];
}

function unreadable(path: string): Instructions {
  return { path, digest: UNREADABLE, hidden: [UNREADABLE] };
}

/** Read through one descriptor: what is judged is what is digested. */
function lookAt(path: string): Instructions {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return unreadable(path);
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, FILE_MAX_BYTES) + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    const bytes = buffer.subarray(0, length);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (length > FILE_MAX_BYTES) return { path, digest, hidden: ["file.too_large"] };
    const { findings, complete } = scan(bytes.toString("utf8"));
    const rules = findings.map(({ rule }) => rule);
    return { path, digest, hidden: [...new Set(complete ? rules : [...rules, "scan.incomplete"])] };
  } finally {
    closeSync(descriptor);
  }
}

/** By path. Throws for a file that was damaged: without it nobody knows what was accepted. */
function readAccepted(file: string): Readonly<Record<string, string>> {
  const parsed = parseStrict(readFileSync(file, "utf8"));
  if (!parsed.ok || !isObject(parsed.value)) throw new Error("instructions.unreadable");
  const accepted = Object.entries(parsed.value).flatMap(([path, digest]) =>
    typeof digest === "string" ? [[path, digest] as const] : [],
  );
  return Object.fromEntries(accepted);
}

function writeAccepted(file: string, accepted: Readonly<Record<string, string>>): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${JSON.stringify(accepted)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(fresh, file);
}
