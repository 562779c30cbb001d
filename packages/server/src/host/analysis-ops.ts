import { createHash, createHmac } from "node:crypto";
import { lstatSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { AnalysisOps } from "@bylaw/facts";

/** Bytes of a file that are read for its digest; larger ones stand for themselves by size and time. */
const CONTENT_MAX_BYTES = 1_048_576;
/** Links followed for a path whose end does not exist yet, as Linux does (ELOOP). */
const LINKS_MAX = 40;
/** File digests remembered by path, size and time. */
const REMEMBERED_MAX = 4_096;

/** The analyzers' look-ups on this machine. In: the key of keyed digests, null once it was destroyed. */
export function createAnalysisOps(digestKey: () => Uint8Array | null): AnalysisOps {
  const remembered = new Map<string, { readonly stamp: string; readonly digest: string }>();
  return {
    realPath: (path) => realPath(resolve(path), LINKS_MAX),
    fileDigest: (path) => {
      try {
        const stats = statSync(path);
        if (!stats.isFile()) return `${stats.isDirectory() ? "folder" : "special"}:${stats.ino}`;
        const stamp = `${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.ino}`;
        const known = remembered.get(path);
        if (known?.stamp === stamp) return known.digest;
        const digest = contentDigest(path, stats, stamp);
        if (remembered.size >= REMEMBERED_MAX) remembered.clear();
        remembered.set(path, { stamp, digest });
        return digest;
      } catch (error) {
        return isAbsent(error) ? "absent" : null;
      }
    },
    keyedDigest: (text) => keyedDigest(digestKey(), text),
  };
}

/** `hmac-sha256:<hex>`; throws when the key was destroyed, which blocks whatever needed the digest. */
export function keyedDigest(key: Uint8Array | null, content: string | Uint8Array): string {
  if (key === null) throw new Error("the digest key was destroyed");
  return `hmac-sha256:${createHmac("sha256", key).update(content).digest("hex")}`;
}

function contentDigest(path: string, stats: Stats, stamp: string): string {
  if (stats.size > CONTENT_MAX_BYTES) return `stat:${stamp}`;
  return `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

/** A link that leads nowhere still decides where a write would end up, so it is followed by hand. */
function realPath(path: string, links: number): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isAbsent(error)) return null;
  }
  const parent = dirname(path);
  if (parent === path) return null;
  try {
    if (lstatSync(path).isSymbolicLink()) {
      if (links === 0) return null;
      return realPath(resolve(parent, readlinkSync(path)), links - 1);
    }
  } catch (error) {
    if (!isAbsent(error)) return null;
  }
  const real = realPath(parent, links);
  return real === null ? null : join(real, path.slice(parent.length));
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
