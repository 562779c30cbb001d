import type { Environment, Label } from "@bylaw/core";

/** What configuration says about the places an action can touch: the analyzers' only background. */
export interface World {
  /** Absolute, symlink-free folders that count as `Workspace::"current"`. */
  readonly workspaces: readonly string[];
  readonly servers: Readonly<Record<string, ServerPlace>>;
  /** Bylaw's own folders (data, configuration, policies): `Class::"bylaw"` wherever they are reached. */
  readonly protectedPaths: readonly string[];
}

export interface ServerPlace {
  readonly environment: Environment;
  readonly labels: readonly Label[];
  /** A person has reviewed this server's tools in the catalog. */
  readonly reviewed: boolean;
}

/** Look-ups that the analyzers need and may not make themselves. */
export interface AnalysisOps {
  /**
   * The absolute path with every symlink of its existing part resolved; the rest is appended as
   * written. Null where it cannot be established (permission, loop, over-long): treated as outside.
   */
  realPath(path: string): string | null;
  /** Keyed digest (`hmac-sha256:<hex>`) of a text: stands in for it in records. */
  keyedDigest(text: string): string;
}
