import type { Effect } from "@bylaw/core";
import { namesBylaw } from "../own.ts";
import { foreign } from "./languages.ts";
import type { Site } from "./sink.ts";
import { Walk } from "./walk.ts";

/** Shells whose text an argument may be. Only the first two are read; text for another is unknown. */
export const SHELL_DIALECTS = ["bash", "sh", "zsh", "fish", "powershell", "cmd", "other"] as const;
export type ShellDialect = (typeof SHELL_DIALECTS)[number];

export interface ShellReading {
  /** Never empty. */
  readonly effects: readonly Effect[];
  /** Line of the first command with each effect. */
  readonly lines: readonly number[];
  /** Resolved paths that the effects were told from, for the exact-action digest. */
  readonly paths: readonly string[];
}

/**
 * What a shell text does, without running it. Never throws. What is not understood, over a limit, or
 * for another shell is `execute` on the tool from an unknown source with the finding
 * `shell.unparsed`, besides all that could be read.
 *
 * In: the text as the tool hands it to the shell; the shell; where it runs.
 */
export function readShell(text: string, dialect: ShellDialect, site: Site): ShellReading {
  const walk = new Walk(site);
  const supported = dialect === "bash" || dialect === "sh";
  if (!supported || !text.isWellFormed() || text.includes("\u0000") || isForeign(text))
    walk.sink.unknown(["shell.unparsed"]);
  walk.text(text);
  if (namesBylaw(text, site.context.world) && walk.sink.effects().some(isUnread))
    walk.sink.object("configure", "bylaw", "bylaw in a text that was not read", {});
  // A comment, or builtins that touch nothing: a shell has run all the same.
  if (walk.sink.effects().length === 0) walk.sink.program("sh", true, ["dev-command"], []);
  return { effects: walk.sink.effects(), lines: walk.sink.lines(), paths: [...walk.sink.paths] };
}

/** What may run another text, or end a process that only the shell will find. */
function isUnread({ action, source, resource }: Effect): boolean {
  const known = resource.parents.some(({ type, id }) => type === "Class" && id === "dev-command");
  return (
    source === "unknown" || (action === "execute" && !known) || resource.id.startsWith("process/${")
  );
}

/** A text that means something else to PowerShell or cmd, one of which may be what runs it. */
function isForeign(text: string): boolean {
  const first = /^\s*(\S+)/.exec(text)?.[1] ?? "";
  return (
    foreign(first.replaceAll("\\", "")) ||
    /(^|[\s;|&"'(])[A-Za-z]:\\|\\\\[\w.]+\\|\$env:|%(USERPROFILE|APPDATA|TEMP|SYSTEMROOT|COMSPEC)%|\bSystem\.\w+\.|\[\w+(\.\w+)+\]::|\|\s*iex\b/i.test(
      text,
    )
  );
}
