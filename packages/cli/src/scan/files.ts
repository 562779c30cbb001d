import { createReadStream, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CommandError, EXIT } from "../exit.ts";

/** Bytes of a file that is read; a larger one is named as not scanned. */
const FILE_BYTES_MAX = 67_108_864;
/** Files of one run; more is no run that a person reads. */
const FILES_MAX = 200_000;

/** Folders whose content is made by tools and found again elsewhere. */
const SKIPPED = new Set([".git", "node_modules"]);

/** The regular files at or below `paths`, in order of name; links are followed only where named. */
export function filesBelow(paths: readonly string[]): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    if (found.length >= FILES_MAX)
      throw new CommandError(EXIT.usage, "scan.too_many", `more than ${FILES_MAX} files`);
    const stat = lstatSync(path);
    if (stat.isFile()) found.push(path);
    else if (stat.isDirectory())
      for (const name of readdirSync(path).sort()) if (!SKIPPED.has(name)) visit(join(path, name));
  };
  for (const path of paths) {
    try {
      if (statSync(path).isDirectory()) visit(path);
      else found.push(path);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(EXIT.usage, "file.unreadable", `cannot read \`${path}\``);
    }
  }
  return found;
}

/** The bytes of a file. Out: null when it is larger than FILE_BYTES_MAX or no text: a byte 0 near its start. */
export async function readText(path: string): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of createReadStream(path)) {
    const bytes = part as Buffer;
    if (length === 0 && bytes.subarray(0, 8_192).includes(0)) return null;
    length += bytes.length;
    if (length > FILE_BYTES_MAX) return null;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The first line of a file, at most a mebibyte of it. */
export async function firstLine(path: string): Promise<string> {
  const stream = createReadStream(path, { end: 1_048_575 });
  let text = "";
  stream.setEncoding("utf8");
  for await (const part of stream) {
    text += part as string;
    const at = text.indexOf("\n");
    if (at !== -1) return text.slice(0, at);
  }
  return text;
}
