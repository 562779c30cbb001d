import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { AnalysisOps } from "@bylaw/facts";
import { createKept, stampOf } from "./kept.ts";
import { keyedDigest } from "./keyed-digest.ts";

/** Bytes of a file that are read for its digest; larger ones stand for themselves by size and time. */
const CONTENT_MAX_BYTES = 1_048_576;
/** Links followed for a path whose end does not exist yet, as Linux does (ELOOP). */
const LINKS_MAX = 40;
/** Segments of a path that are looked up; a longer one cannot be established. */
const SEGMENTS_MAX = 256;
/** File digests that are kept. */
const REMEMBERED_MAX = 4_096;

/** The analyzers' look-ups on this machine. In: the key of keyed digests now; the time in milliseconds. */
export function createAnalysisOps(
  digestKey: () => Uint8Array,
  now: () => number = Date.now,
): AnalysisOps {
  const digests = createKept<string | null>(now, REMEMBERED_MAX);
  return {
    realPath: (path) => realPath(resolve(path), LINKS_MAX),
    fileDigest: (path) => {
      try {
        const stats = statSync(path);
        if (!stats.isFile()) return `${stats.isDirectory() ? "folder" : "special"}:${stats.ino}`;
        return digests(path, stats, () => contentDigest(path, stats));
      } catch (error) {
        return isAbsent(error) ? "absent" : null;
      }
    },
    hasOtherNames,
    readText,
    listFolder,
    keyedDigest: (text) => keyedDigest(digestKey(), text),
  };
}

/**
 * Digest of at most CONTENT_MAX_BYTES. Read through one descriptor and bounded by what arrives, not
 * by what the file claims: files of /proc say that they are empty and never end.
 */
function contentDigest(path: string, stats: Stats): string | null {
  if (stats.size > CONTENT_MAX_BYTES) return `stat:${stampOf(stats)}`;
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.allocUnsafe(stats.size + 1);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    if (length !== stats.size) return null;
    const content = buffer.subarray(0, length);
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
  } finally {
    closeSync(file);
  }
}

/** A link counts as what it leads to. */
function listFolder(path: string, namesMax: number): readonly string[] | null {
  try {
    const folder = opendirSync(path);
    try {
      const names: string[] = [];
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        if (names.length === namesMax) return null;
        const below = entry.isSymbolicLink()
          ? leadsToFolder(join(path, entry.name))
          : entry.isDirectory();
        names.push(below ? `${entry.name}/` : entry.name);
      }
      return names;
    } finally {
      folder.closeSync();
    }
  } catch {
    return null;
  }
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    // It leads nowhere, or in a circle.
    return false;
  }
}

/** Only what is small, whole and UTF-8; a pipe or device would never end. */
function readText(path: string, unitsMax: number): string | null {
  try {
    const stats = statSync(path);
    // A UTF-16 unit takes at most three bytes.
    if (!stats.isFile() || stats.size > Math.min(3 * unitsMax, CONTENT_MAX_BYTES)) return null;
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.allocUnsafe(stats.size + 1);
      const length = readSync(file, buffer, 0, buffer.length, 0);
      if (length !== stats.size) return null;
      const text = new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
      return text.length > unitsMax ? null : text;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** Folders have a name in each of their own folders, which is no other way to their content. */
function hasOtherNames(path: string): boolean {
  const stats = lstat(path);
  return stats === "unknown" || (stats?.isFile() === true && stats.nlink > 1);
}

/** A link that leads nowhere still decides where a write would end up, so it is followed by hand. */
function realPath(path: string, links: number): string | null {
  if (path.split(sep).length > SEGMENTS_MAX) return null;
  const missing: string[] = [];
  for (let current = path; ; current = dirname(current)) {
    const stats = lstat(current);
    if (stats === "unknown") return null;
    if (stats === null) {
      if (dirname(current) === current) return null;
      missing.unshift(basename(current));
      continue;
    }
    const real = stats.isSymbolicLink() ? followed(current, links) : resolved(current);
    return real === null ? null : join(real, ...missing);
  }
}

function followed(link: string, links: number): string | null {
  const real = resolved(link);
  if (real !== null || links === 0) return real;
  try {
    return realPath(resolve(dirname(link), readlinkSync(link)), links - 1);
  } catch {
    return null;
  }
}

function resolved(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** Null where nothing is; `unknown` where it cannot be told. */
function lstat(path: string): Stats | null | "unknown" {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    return isAbsent(error) ? null : "unknown";
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
