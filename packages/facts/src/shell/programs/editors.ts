import { WRITE } from "../../files/effects.ts";
import type { Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { type Content, UNKNOWN } from "../state.ts";
import { patched } from "./patches.ts";
import { type Family, hasOption, part, readArguments, same, valueOf } from "./program.ts";

/** What edits files by commands that stand in the arguments, in a script or in the input. */
export const EDITORS: Family = {
  patch: {
    takes:
      "-p -F -V -Y -z -B -D -g --strip --fuzz --suffix --prefix -r --reject-file -d --directory",
    options: {
      "-i": "read",
      "--input": "read",
      "-o": "write",
      "--output": "write",
    },
    operands: ["write", "read"],
    also: ({ input }, shell, read) => {
      if (hasOption(read, "--dry-run", "-C", "--check", "--version", "--help")) return undefined;
      const file = valueOf(read, "-i", "--input") ?? read.operands[1];
      const text = file === undefined || file.text === "-" ? input : shell.content(file);
      const folder = valueOf(read, "-d", "--directory");
      const strip = Number.parseInt(valueOf(read, "-p", "--strip")?.text ?? "", 10);
      patched(text, { strip: Number.isNaN(strip) ? null : strip, folder }, {}, shell);
      if (hasOption(read, "-e", "--ed")) shell.unknown();
      return undefined;
    },
  },
  ...same("sed gsed", {
    also: ({ args }, shell) => {
      const read = readArguments(args.map(withoutSuffix), SED);
      const inPlace = hasOption(read, "-i", "-I", "--in-place");
      const scripts = read.options.filter(({ name }) => name === "-e" || name === "--expression");
      const loaded = read.options.filter(({ name }) => name === "-f" || name === "--file");
      for (const { value } of loaded) if (value !== null) shell.file(value, ["read"]);
      // BSD's `-i ''` has its suffix as a word of its own.
      const words = inPlace ? read.operands.filter(({ text }) => text !== "") : read.operands;
      const given = scripts.length + loaded.length > 0;
      const files = given ? words : words.slice(1);
      const texts = given
        ? [
            ...scripts.map(({ value }) => value),
            ...loaded.map(({ value }) => (value === null ? null : textOf(shell.content(value)))),
          ]
        : words.slice(0, 1);
      for (const file of files) shell.file(file, inPlace ? ["read", ...WRITE] : ["read"]);
      for (const text of texts) {
        // `e` runs a command, `w` writes a file.
        if (
          text === null ||
          !text.known ||
          /(^|[;{}\n/|])\s*(\d+|\$)?[eWw]\b|[/|#,][gIMm\d]*[ew][gIMm\d]*(\s|;|$)/.test(text.text)
        )
          shell.unknown();
        for (const file of text === null ? [] : writtenBySed(text.text))
          shell.file(plain(file), WRITE);
      }
      return undefined;
    },
  }),
  ...same("awk gawk mawk nawk", {
    takes: "-F -v -i --field-separator --assign --include",
    options: { "-f": "run", "--file": "run" },
    also: (_, shell, { operands, options }) => {
      const libraries = options.filter(({ name }) => name === "-i" || name === "--include");
      const inPlace = libraries.some(({ value }) => value?.text === "inplace");
      if (libraries.some(({ value }) => value?.text !== "inplace")) shell.unknown();
      const [program, ...files] = operands;
      const text = options.some(({ name }) => name === "-f") ? null : program;
      if (
        text !== null &&
        (text === undefined ||
          !text.known ||
          /system\s*\(|\|\s*"|"\s*\||\|\s*getline|getline\s*<|>\s*[\w"(]|@load|\/inet\//.test(
            text.text.replace(/\$?\w+\s*>=?\s*\d+/g, ""),
          ))
      )
        shell.unknown();
      for (const [, command = ""] of (text?.text ?? "").matchAll(/system\s*\(\s*"([^"]+)"/g))
        shell.script({ ...UNKNOWN, text: command });
      for (const [, path = ""] of (text?.text ?? "").matchAll(/>>?\s*"([^"]+)"/g))
        shell.file(plain(path), WRITE);
      for (const file of files)
        if (!file.text.includes("=")) shell.file(file, inPlace ? ["read", ...WRITE] : ["read"]);
      return undefined;
    },
  }),
  ...same("vim vi nvim nano emacs ed ex pico micro code cursor subl hx helix kak", {
    takes: "--goto -g -u -c --cmd --eval",
    options: {
      "-S": "run",
      "--load": "run",
      "--install-extension": "unknown",
    },
    operands: ["read"],
    also: ({ name, input }, shell, { operands, options }) => {
      // `-s file` is a file of key strokes, but for `ex` and `ed` it is a word for silence.
      const silent =
        /^(ex|ed)$/.test(name) || options.some((option) => /^-[eE]$/.test(option.name));
      if (!silent && options.some((option) => option.name === "-s")) shell.unknown();
      const commands = operands.filter(({ text }) => text.startsWith("+"));
      for (const file of operands) if (!commands.includes(file)) shell.file(file, ["update"]);
      const texts = [
        ...commands.map((each) => part(each, 1)),
        ...options.flatMap(({ name: option, value }) =>
          /^(-c|--cmd|--eval)$/.test(option) && value !== null ? [value] : [],
        ),
      ].map(({ text }) => text);
      if (input.text !== null) texts.push(input.text);
      if (texts.length > 0) shell.unknown();
      for (const text of texts) edited(text, shell);
      return undefined;
    },
  }),
};

const SED = { takes: "-l --line-length -e --expression -f --file" };

/** `-i.bak` as `-i`: what follows is the name of a copy. */
function withoutSuffix(arg: Arg): Arg {
  const found = /^(?:-[nErsuz]*i|--in-place)(?==|.)/.exec(arg.text)?.[0];
  return found === undefined ? arg : { ...arg, text: found };
}

function textOf(content: Content): Arg | null {
  return content.text === null ? null : plain(content.text);
}

/** Files that `w` names: to the end of the line, as a command or behind a replacement. */
function writtenBySed(script: string): readonly string[] {
  return [...script.matchAll(/(?:^|[;{}\n\s,/|#\dgIMp$!])[wW][ \t]+([^\n}]+)/g)].flatMap(
    ([, rest = ""]) => [rest.trim(), rest.trim().split(/[\s;]/)[0] ?? ""],
  );
}

/** What commands of an editor of vi's kind name: files that they write and read, programs that they run. */
function edited(text: string, shell: Shell): void {
  for (const [, name = "", path = ""] of text.matchAll(
    /(?:^|[\s|:;\d%$.'"])(w|wq|write|x|sav|saveas|f|file|r|read|e|edit|sp|split|tabe|tabedit|so|source|cd|lcd)!?[ \t]+(?:>>[ \t]*)?([^\s|'"!][^\s|'"]*)/g,
  ))
    shell.file(plain(path), /^(?:r|read|so|source|cd|lcd)$/.test(name) ? ["read"] : WRITE);
  for (const [, command = ""] of text.matchAll(
    /(?:^|[\s|:%\d])(?:w|r|write|read)?[ \t]*!(?!=)([^\n]+)/g,
  ))
    shell.script({ ...UNKNOWN, text: command });
}
