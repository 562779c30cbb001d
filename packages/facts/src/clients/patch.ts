import type { Action } from "@bylaw/core";

/** One file that a patch touches. */
export interface PatchedFile {
  readonly path: string;
  readonly actions: readonly Action[];
}

const LINE = /^\*\*\* (Add File|Update File|Delete File|Move to): (.+?)\s*$/;
const KNOWN = /^\*\*\* (Begin Patch|End Patch|End of File|Environment ID: .*)\s*$/;
const ACTIONS: Readonly<Record<string, readonly Action[]>> = {
  "Add File": ["create", "update"],
  "Update File": ["update"],
  "Delete File": ["delete"],
  "Move to": ["create", "update"],
};

/**
 * The files of a patch in the form `*** Begin Patch`, which coding agents use instead of a diff.
 * Null where not every line that begins with `***` is understood, or where it names no file: a
 * parser that is more lenient than this one might then touch something else.
 */
export function readPatch(text: string): readonly PatchedFile[] | null {
  const files: PatchedFile[] = [];
  let last: PatchedFile | null = null;
  for (const line of text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)) {
    // Some readers take headers with blanks before them.
    if (!line.trimStart().startsWith("***")) continue;
    const [, kind = "", path = ""] = LINE.exec(line) ?? [];
    const actions = ACTIONS[kind];
    if (actions === undefined) {
      if (KNOWN.test(line)) continue;
      return null;
    }
    // What is moved away is gone from where it was.
    if (kind === "Move to" && last !== null) files.push({ path: last.path, actions: ["delete"] });
    last = { path, actions };
    files.push(last);
  }
  return files.length === 0 ? null : files;
}
