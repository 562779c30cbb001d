import { posix } from "node:path";
import { type File, type Finding, seen } from "./repository.ts";

/**
 * Links and commands in the documentation.
 *
 * In: every file, and the names of the CLI's commands, or null while there is no CLI to ask.
 */
export function docs(
  files: readonly File[],
  commands: ReadonlySet<string> | null,
): readonly Finding[] {
  const pages = seen(
    files.filter(({ path }) => path.endsWith(".md") && !path.includes("/testdata/")),
    "pages",
  );
  const places = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  return pages.flatMap((page) => [
    ...links(page, files, places),
    ...(commands === null ? [] : unknownCommands(page, commands)),
  ]);
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** Relative links must lead to a tracked file or folder, and to a heading that is there. */
function links(
  page: File,
  files: readonly File[],
  places: ReadonlySet<string>,
): readonly Finding[] {
  return prose(page.text).flatMap((text, index) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].flatMap(
      ([, link = ""]): readonly Finding[] => {
        if (/^[a-z]+:/.test(link)) return [];
        const [path = "", anchor] = link.split("#");
        const target =
          path === "" ? page.path : posix.join(posix.dirname(page.path), path).replace(/\/$/, "");
        const at = { file: page.path, line: index + 1 };
        if (!places.has(target))
          return [{ ...at, rule: "docs.link", because: `\`${link}\` leads nowhere` }];
        const file = files.find((candidate) => candidate.path === target);
        if (anchor === undefined || file === undefined || headings(file).has(anchor)) return [];
        return [{ ...at, rule: "docs.anchor", because: `\`${link}\` names no heading` }];
      },
    ),
  );
}

/** The anchors that a heading gets where the page is shown. */
function headings(page: File): ReadonlySet<string> {
  return new Set(
    prose(page.text)
      .filter((line) => /^#{1,6} /.test(line))
      .map((line) =>
        line
          .replace(/^#+ /, "")
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, "")
          .replace(/ /g, "-"),
      ),
  );
}

/** Lines with fenced blocks blanked, so that line numbers stay. */
function prose(text: string): readonly string[] {
  let fenced = false;
  return text.split("\n").map((line) => {
    if (line.trimStart().startsWith("```")) {
      fenced = !fenced;
      return "";
    }
    return fenced ? "" : line;
  });
}

/** `bylaw x` in a fenced block is a promise that the command exists. */
function unknownCommands(page: File, commands: ReadonlySet<string>): readonly Finding[] {
  let fenced = false;
  return page.text.split("\n").flatMap((line, index) => {
    if (line.trimStart().startsWith("```")) fenced = !fenced;
    if (!fenced) return [];
    const [, command] = /^\s*(?:\$ )?(?:npx )?bylaw ([a-z][a-z-]*)/.exec(line) ?? [];
    if (command === undefined || commands.has(command)) return [];
    const because = `\`bylaw ${command}\` is not a command`;
    return [{ rule: "docs.command", file: page.path, line: index + 1, because }];
  });
}

/** One file per command: their names are the commands. Null while the folder has none. */
export function commandsOf(files: readonly File[]): ReadonlySet<string> | null {
  const names = files.flatMap(({ path }) => {
    const [, name] = /^packages\/cli\/src\/commands\/([a-z-]+)\.ts$/.exec(path) ?? [];
    return name === undefined ? [] : [name];
  });
  return names.length === 0 ? null : new Set(names);
}
