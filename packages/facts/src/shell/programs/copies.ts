import { VERSIONED_PLACES } from "../../files/classes.ts";
import { WRITE } from "../../files/effects.ts";
import type { Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { patternSource } from "../patterns.ts";
import { type Arguments, type Family, hasOption, nameOf, valueOf, within } from "./program.ts";

/** What copies, moves and links files. */
export const COPIES: Family = {
  cp: {
    takes: "-S --suffix --sparse --reflink -t --target-directory",
    also: (_, shell, read) => {
      const { sources, target, intoFolder } = sourcesAndTarget(read);
      const deep = hasOption(read, "-r", "-R", "-a", "--recursive", "--archive");
      for (const source of sources) shell.file(source, ["read"]);
      if (target !== null) copied(sources, target, { deep, intoFolder }, shell);
      return undefined;
    },
  },
  ditto: {
    takes: "--arch",
    also: (_, shell, read) => {
      const { sources, target } = sourcesAndTarget(read);
      for (const source of sources) shell.file(source, ["read"]);
      // It puts what a folder holds into the target, without the folder.
      const [source] = sources;
      const packed = hasOption(read, "-x") || sources.length !== 1 || source === undefined;
      if (target !== null) shell.copy(packed ? null : source, target);
      return undefined;
    },
  },
  mv: {
    takes: "-S --suffix -t --target-directory",
    also: (_, shell, read) => {
      const { sources, target, intoFolder } = sourcesAndTarget(read);
      for (const source of sources) shell.file(source, ["delete"], { reversible: true });
      if (target !== null) copied(sources, target, { deep: true, intoFolder }, shell);
      return undefined;
    },
  },
  install: {
    takes: "-m -o -g -t -S --mode --owner --group --target-directory --suffix",
    also: (_, shell, read) => {
      const { sources, target, intoFolder } = sourcesAndTarget(read);
      if (hasOption(read, "-d", "--directory")) {
        for (const folder of read.operands) shell.file(folder, WRITE);
        return undefined;
      }
      for (const source of sources) shell.file(source, ["read"]);
      if (target !== null) copied(sources, target, { deep: false, intoFolder }, shell);
      return undefined;
    },
  },
  ln: {
    takes: "-S --suffix -t --target-directory",
    also: (_, shell, read) => {
      const { sources, target, intoFolder } = sourcesAndTarget(read);
      const targets = sources.length === 0 ? read.operands : sources;
      // What is later done to the link is done to its target.
      for (const each of targets) shell.file(each, ["read", "update"]);
      // One operand alone: a link of its name here.
      const place = sources.length === 0 ? plain(".") : (target ?? plain("."));
      copied(targets, place, { deep: true, intoFolder }, shell);
      return undefined;
    },
  },
};

/** How a program copies. */
export interface Copying {
  /** Folders with all that they hold. */
  readonly deep: boolean;
  /** The target is a folder, whatever stands there. */
  readonly intoFolder?: boolean;
  /** `folder/` stands for what it holds, as `folder/.` does. */
  readonly slashes?: boolean;
}

/** Operands of `cp`, `mv`, `ln` and `install`: the last one is the target, where `-t` names none. */
function sourcesAndTarget(read: Arguments): {
  readonly sources: readonly Arg[];
  readonly target: Arg | null;
  readonly intoFolder: boolean;
} {
  const named = valueOf(read, "-t", "--target-directory");
  if (named !== null) return { sources: read.operands, target: named, intoFolder: true };
  const [target = null, ...others] = [...read.operands].reverse();
  const single = hasOption(read, "-T", "--no-target-directory");
  return { sources: others.reverse(), target, intoFolder: !single && others.length > 1 };
}

/**
 * What a copy writes: the target itself, or a file of the source's name in it. Where nobody can say
 * whether the target is a folder, both.
 */
export function copied(
  sources: readonly Arg[],
  target: Arg,
  { deep, intoFolder = false, slashes = false }: Copying,
  shell: Shell,
): void {
  const kind = shell.kind(target);
  const certain = intoFolder || /(^|\/)\.{0,2}$/.test(target.text);
  for (const source of sources) {
    if (deep && isContents(source.text, slashes)) {
      shell.copy(withoutEnd(source), target);
      continue;
    }
    if (!certain && kind !== "folder") put(source, target, deep, shell);
    if (certain || kind === "folder" || kind === "unknown") land(source, target, deep, shell);
  }
}

function put(source: Arg, target: Arg, deep: boolean, shell: Shell): void {
  shell.file(target, WRITE);
  shell.wrote(target, shell.content(source));
  // What is not there yet may be made before by the same text, and be a folder.
  if (deep && shell.kind(source) !== "file") shell.copy(source, target);
}

/** A file, or a folder, under its own name in another folder. */
function land(source: Arg, target: Arg, deep: boolean, shell: Shell): void {
  const name = nameOf(source);
  const landed = within(target, name);
  if (!source.known || name.text === "" || name.text === "..") {
    shell.file(target, WRITE, { recursive: true });
  } else if (source.pattern) {
    shell.file(landed, WRITE);
    // What `*` stands for does not start with a dot.
    if (mayBeSensitive(name.text)) shell.file(target, WRITE, { recursive: true, versioned: true });
  } else put(source, landed, deep, shell);
}

function mayBeSensitive(pattern: string): boolean {
  const names = new RegExp(`^${patternSource(pattern, true)}$`, "is");
  return VERSIONED_PLACES.some((place) => names.test(place.replace(/\/.*$/, "")));
}

function isContents(text: string, slashes: boolean): boolean {
  return /(^|\/)\.$/.test(text) || (slashes && text.endsWith("/"));
}

function withoutEnd(source: Arg): Arg {
  const text = source.text.replace(/\/?\.?$/, "");
  if (text !== "") return { ...source, text };
  return plain(source.text.startsWith("/") ? "/" : ".");
}
