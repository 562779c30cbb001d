import { createHmac } from "node:crypto";
import type { AnalysisOps } from "./ops.ts";

/** A file system for tests: files by absolute path, and symlinks from absolute path to absolute path. */
export interface MemoryFiles {
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Files with a second name. */
  readonly shared?: readonly string[];
}

const LINKS_FOLLOWED_MAX = 40;

/** The real in-memory version of the look-ups. */
export function memoryOps(world: MemoryFiles = {}, key = "test-key"): AnalysisOps {
  const links = world.links ?? {};
  const files = world.files ?? {};
  const keyedDigest = (text: string): string =>
    `hmac-sha256:${createHmac("sha256", key).update(text, "utf8").digest("hex")}`;
  return {
    keyedDigest,
    realPath(path) {
      if (!path.startsWith("/")) return null;
      let resolved = path;
      for (let followed = 0; followed <= LINKS_FOLLOWED_MAX; followed += 1) {
        const next = follow(resolved, links);
        if (next === null) return resolved;
        resolved = next;
      }
      return null;
    },
    hasOtherNames: (path) => world.shared?.includes(path) ?? false,
    readText(path, unitsMax) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      return content === undefined || content.length > unitsMax ? null : content;
    },
    listFolder(path, namesMax) {
      const below = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      const names = new Set(
        below.map((file) => /^[^/]+\/?/.exec(file.slice(path.length + 1))?.[0] ?? ""),
      );
      return names.size === 0 || names.size > namesMax ? null : [...names];
    },
    fileDigest(path) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      if (content !== undefined) return keyedDigest(content);
      const isFolder = Object.keys(files).some((file) => file.startsWith(`${path}/`));
      return isFolder ? `folder:${path}` : "absent";
    },
  };
}

/** Replaces the first prefix that is a link; null when none is. */
function follow(path: string, links: Readonly<Record<string, string>>): string | null {
  const segments = path.split("/");
  for (let end = 2; end <= segments.length; end += 1) {
    const prefix = segments.slice(0, end).join("/");
    if (Object.hasOwn(links, prefix)) return [links[prefix], ...segments.slice(end)].join("/");
  }
  return null;
}
