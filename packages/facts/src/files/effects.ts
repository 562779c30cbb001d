import {
  type Action,
  type Amount,
  type Effect,
  exactly,
  type Source,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { effect } from "../effect.ts";
import { VERSIONED_PLACES, WORKSPACE_PLACES } from "./classes.ts";
import {
  contains,
  filesNamed,
  type NamedFile,
  type PathContext,
  placeFile,
  toRead,
} from "./place.ts";

/** One use that a call makes of a path argument. */
export interface PathUse {
  readonly path: string;
  readonly actions: readonly Action[];
  /** Everything below the path is acted on, too. */
  readonly recursive: boolean;
  /** Of what lies below, only what version control may hold: nothing of `.git`, nothing left out of it. */
  readonly versioned?: boolean;
  readonly reversible: boolean;
  readonly source: Source;
}

/** Writing to a path creates what is missing and replaces what is there. */
export const WRITE: readonly Action[] = ["create", "update"];

export interface FileEffects {
  readonly effects: readonly Effect[];
  /** Resolved paths, for the exact-action digest. */
  readonly paths: readonly string[];
}

/** Effects on every file that a path argument may mean, and on protected things inside a folder. */
export function fileEffects(use: PathUse, context: PathContext): FileEffects {
  const named = filesNamed(use.path, context);
  const inside = use.recursive ? named.flatMap((file) => within(file, use, context)) : [];
  const quantity: Amount = use.recursive ? UNKNOWN_AMOUNT : exactly(1);
  const on = (action: Action, files: readonly NamedFile[], amount: Amount): readonly Effect[] =>
    files.map((file) => {
      const entity = action === "read" ? toRead(file, context) : file.entity;
      return onFile(use, action, entity, amount);
    });
  const effects = use.actions.flatMap((action) => [
    ...on(action, named, quantity),
    ...on(action, inside, UNKNOWN_AMOUNT),
  ]);
  return { effects, paths: named.map(({ path }) => path) };
}

function onFile(
  { source, reversible }: PathUse,
  action: Action,
  resource: NamedFile["entity"],
  quantity: Amount,
): Effect {
  return effect({ action, resource, source, quantity, reversible, audience: "self" });
}

/** Protected things that acting on a whole folder also acts on. */
function within(file: NamedFile, use: PathUse, context: PathContext): readonly NamedFile[] {
  const { world } = context;
  const own = world.protectedPaths.filter((path) => contains(file.path, path));
  const changes = use.actions.some((action) => action !== "read" && action !== "list");
  const places = use.versioned === true ? VERSIONED_PLACES : WORKSPACE_PLACES;
  const sensitive = changes
    ? world.workspaces
        .flatMap((folder) => places.map((place) => `${folder}/${place}`))
        .filter((place) => contains(file.path, place))
    : [];
  return [...own, ...sensitive]
    .filter((path) => path !== file.path)
    .map((path) => placeFile(path, context));
}
