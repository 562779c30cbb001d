import type { ResourceEntity } from "@bylaw/core";
import { fileEntity } from "../entities.ts";
import { closeLabels } from "../labels.ts";
import { ENTITY_ID_UNITS_MAX, UNRESOLVED_UNITS_MAX } from "../limits.ts";
import type { AnalysisOps } from "../ops.ts";
import type { World } from "../world.ts";
import { classesOfPath } from "./classify.ts";
import { readings } from "./readings.ts";

/** One file that an argument may mean. */
export interface NamedFile {
  /** Resolved absolute path; the argument itself where it cannot be resolved. */
  readonly path: string;
  readonly inWorkspace: boolean;
  readonly entity: ResourceEntity;
}

/** What the paths of one server mean. */
export interface PathContext {
  readonly world: World;
  /** Where its relative paths start; null for a server that is not known to be on this machine. */
  readonly cwd: string | null;
  readonly ops: AnalysisOps;
}

/**
 * The files that a path argument may mean, one per reading that leads somewhere else; never empty.
 * A reading that cannot be followed stands outside every workspace.
 */
export function filesNamed(raw: string, context: PathContext): readonly NamedFile[] {
  const texts = readings(raw);
  if (texts === null) return [unresolved(raw, context)];
  const files = new Map<string, NamedFile>();
  for (const text of texts)
    for (const file of follow(text, context)) if (!files.has(file.path)) files.set(file.path, file);
  return [...files.values()];
}

function follow(text: string, context: PathContext): readonly NamedFile[] {
  const starts = absolutes(text, context);
  if (starts === null) return [unresolved(text, context)];
  return starts.flatMap((start) => {
    const lexical = normalize(start);
    const real = context.ops.realPath(lexical);
    const files = [
      real === null ? unresolved(lexical, context) : placeFile(real, context, lexical),
    ];
    // `link/..` is the parent of the link's target to the kernel and of the link to most libraries.
    if (/[^/]\/+\.\.(\/|$)/.test(start)) {
      const kernel = kernelPath(start, context.ops);
      files.push(kernel === null ? unresolved(start, context) : placeFile(kernel, context, kernel));
    }
    return files;
  });
}

/** Absolute forms of a path; null when nobody can say where it starts. */
function absolutes(text: string, { world, cwd }: PathContext): readonly string[] | null {
  if (text.startsWith("/")) return [text];
  // Drive letters, addresses and shell expansions start somewhere that this machine cannot name.
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) || /^\s|^\$|\$[({]/.test(text)) return null;
  const relative = cwd === null ? null : `${cwd}/${text}`;
  if (!text.startsWith("~")) return relative === null ? null : [relative];
  const rest = text.slice(1);
  if (world.home === null || (rest !== "" && !rest.startsWith("/"))) return null;
  // Servers that do not expand `~` take it for a folder's name.
  return [`${world.home}${rest}`, ...(relative === null ? [] : [relative])];
}

/** Without empty, `.` and `..` segments, as path libraries do it: without looking at links. */
export function normalize(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** Segments of one path; a longer one is treated as one that cannot be established. */
const PATH_SEGMENTS_MAX = 128;

function kernelPath(path: string, ops: AnalysisOps): string | null {
  // Every `..` costs a look-up of all before it: a long path of them would hold up everybody else.
  if (path.split("/").length > PATH_SEGMENTS_MAX) return null;
  let current = "/";
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") {
      current = current === "/" ? `/${segment}` : `${current}/${segment}`;
      continue;
    }
    const real = ops.realPath(current);
    if (real === null) return null;
    current = normalize(`${real}/..`);
  }
  return ops.realPath(current);
}

/** The file at a resolved path; classes also count by the name that the caller used for it. */
export function placeFile(path: string, context: PathContext, alias: string = path): NamedFile {
  const { world } = context;
  const local = context.cwd !== null;
  const inWorkspace = local && world.workspaces.some((folder) => contains(folder, path));
  const classes = new Set([...classesOfPath(path), ...classesOfPath(alias)]);
  // A file system that ignores case reaches Bylaw's folders by any spelling.
  const spellings = [path.toLowerCase(), alias.toLowerCase()];
  if (
    world.protectedPaths.some((folder) =>
      spellings.some((spelling) => contains(folder.toLowerCase(), spelling)),
    )
  )
    classes.add("bylaw");
  // What is written under one name of a file is read under its others, and those may lie anywhere.
  const known = inWorkspace && !context.ops.hasOtherNames(path);
  const place = {
    environment: known ? ("development" as const) : ("unknown" as const),
    labels: classes.has("credentials") ? (["secret"] as const) : [],
    classes: [...classes].sort(),
  };
  return { path, inWorkspace, entity: fileEntity(path, inWorkspace, place) };
}

/**
 * A file as something to read: what the gateway keeps in its data folder, keys, tokens and what others
 * did, is nothing for an agent to see.
 */
export function toRead(file: NamedFile, { world }: PathContext): NamedFile["entity"] {
  const { entity } = file;
  const path = file.path.toLowerCase();
  if (world.own?.folders.some((folder) => contains(folder.toLowerCase(), path)) !== true)
    return entity;
  const secret = closeLabels(["secret"]).map((id) => ({ type: "Label", id }));
  const parents = [...entity.parents, ...secret, { type: "Class", id: "credentials" }];
  return { ...entity, parents };
}

/** A file outside of every workspace, with the classes that the end of its name suggests. */
function unresolved(text: string, context: PathContext): NamedFile {
  const path = text.length > ENTITY_ID_UNITS_MAX ? context.ops.keyedDigest(text) : text;
  const outside: PathContext = { ...context, world: { ...context.world, workspaces: [] } };
  // `x/../x/../…/.ssh/id_rsa` is over-long only until a library shortens it.
  const alias = text.slice(-UNRESOLVED_UNITS_MAX).replaceAll("\\", "/");
  return placeFile(path, outside, normalize(alias));
}

/** Whether `path` is the folder or lies below it. */
export function contains(folder: string, path: string): boolean {
  const base = folder.replace(/\/+$/, "");
  return path === base || path.startsWith(`${base}/`) || (base === "" && path.startsWith("/"));
}
