import type { Environment, Label } from "@bylaw/core";
import type { OwnDetectors } from "./detect/own.ts";
import type { OwnPlace } from "./own.ts";

/** What configuration says about the places an action can touch: the analyzers' only background. */
export interface World {
  /** Absolute, symlink-free folders that count as `Workspace::"current"`. */
  readonly workspaces: readonly string[];
  /** The folder that `~` stands for; null when it is not known. */
  readonly home: string | null;
  readonly servers: Readonly<Record<string, ServerPlace>>;
  /** Bylaw's own folders (data, configuration, policies): `Class::"bylaw"` wherever they are reached. */
  readonly protectedPaths: readonly string[];
  /** The gateway that asks; absent where none runs, as in a replay. */
  readonly own?: OwnPlace;
  /** The configuration's own detectors; their findings need a place in the bundle's closed list. */
  readonly detectors?: OwnDetectors;
}

export interface ServerPlace {
  readonly environment: Environment;
  readonly labels: readonly Label[];
  /** A person has reviewed this server's tools in the catalog. */
  readonly reviewed: boolean;
  /**
   * Working directory of the server's process on this machine: where it resolves relative paths.
   * Null for a server that runs elsewhere or nobody knows where; what it calls `/home/me/project` is
   * then another machine's folder, so none of its files are in a workspace.
   */
  readonly cwd: string | null;
}

const UNKNOWN_PLACE: ServerPlace = {
  environment: "unknown",
  labels: [],
  reviewed: false,
  cwd: null,
};

/** The place of a server; one that nobody configured is in the unknown environment. */
export function placeOf(world: World, server: string): ServerPlace {
  return (
    (Object.hasOwn(world.servers, server) ? world.servers[server] : undefined) ?? UNKNOWN_PLACE
  );
}
