import { WRITE } from "../../files/effects.ts";
import type { FileOptions, Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import type { Content } from "../state.ts";
import { within } from "./program.ts";

/** Names of one patch that are looked at; one with more touches everything. */
const NAMES_MAX = 512;

/** Lines that name a file, as git, `diff` and mail write them; `patch` takes them indented, too. */
const NAMES =
  /^[ \tX>]*(?:- )?(?:---|\+\+\+|\*\*\*|Index:|rename (?:from|to)|copy (?:from|to)|diff --git)[ \t]+(.+?)\r?$/gm;

/**
 * The files that a patch names, by every reading of their names: with and without folders in front. Null
 * where they cannot be known: an encoded mail, a script for `ed`, quoted names, links.
 */
function filesOfPatch(text: string, strip: number | null): readonly string[] | null {
  if (/^(?:Content-Transfer-Encoding:\s*(?:base64|quoted)|\w+ mode 1[26]0000)/im.test(text))
    return null;
  if (/^\d+(?:,\d+)?[acd]\s*$/m.test(text)) return null;
  const found = new Set<string>();
  for (const [line, rest = ""] of text.matchAll(NAMES)) {
    if (/^[\d,]+ (?:\*{4}|-{4})$/.test(rest)) continue;
    if (rest.includes('"')) return null;
    for (const name of namesIn(line, rest))
      for (const each of stripped(name, strip)) found.add(each);
    if (found.size > NAMES_MAX) return null;
  }
  return found.size === 0 ? null : [...found];
}

/** A name ends at a tab, or at a blank where a time follows. */
function namesIn(line: string, rest: string): readonly string[] {
  const [name = ""] = rest.split("\t");
  const words = /diff --git/.test(line) || / \d{4}-/.test(name) ? name.split(" ") : [name.trim()];
  return words.filter((word) => word !== "" && word !== "/dev/null" && !/^[\d:.+-]+$/.test(word));
}

function stripped(name: string, strip: number | null): readonly string[] {
  const segments = name.split("/");
  // Without `-p`, `patch` takes the last segment, or the whole name where it exists.
  if (strip === null)
    return [...new Set([name, segments.slice(1).join("/"), segments.at(-1) ?? ""])].filter(
      (each) => each !== "",
    );
  return [segments.slice(Math.min(strip, segments.length - 1)).join("/")];
}

/** Tells what a patch changes; all that may be changed where the patch says nothing. */
export function patched(
  patch: Content,
  { strip, folder }: { readonly strip: number | null; readonly folder: Arg | null },
  options: FileOptions,
  shell: Shell,
): void {
  const names = patch.text === null ? null : filesOfPatch(patch.text, strip);
  if (names === null && options.versioned === true) return shell.worktree(WRITE, options);
  if (names === null)
    return shell.file(folder ?? plain("."), WRITE, { ...options, recursive: true });
  for (const name of names) {
    const path = folder === null ? plain(name) : within(folder, plain(name));
    shell.file(path, WRITE, options);
  }
}
