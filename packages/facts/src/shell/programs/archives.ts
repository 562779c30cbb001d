import { WRITE } from "../../files/effects.ts";
import type { Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { type Family, hasOption, part, same, valueOf, within } from "./program.ts";

/** What packs and unpacks: an archive that came over the network makes its folder a download. */
export const ARCHIVES: Family = {
  ...same("gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 compress uncompress pigz", {
    takes: "-S --suffix -T -o",
    operands: ["read"],
    also: ({ input }, shell, read) => {
      if (!hasOption(read, "-c", "--stdout", "-l", "-t"))
        for (const file of read.operands) {
          if (!hasOption(read, "-k", "--keep")) shell.file(file, WRITE);
          const packed = /^(.+)\.(?:gz|bz2|xz|zst|lz4|Z)$/.exec(file.text)?.[1];
          shell.file({ ...file, text: packed ?? `${file.text}.packed` }, WRITE);
        }
      return read.operands.length === 0
        ? { ...UNKNOWN, network: input.network, decoded: true }
        : undefined;
    },
  }),
  ...same("tar gtar bsdtar", {
    takes:
      "-b -H -X -T --exclude --transform --strip-components --owner --group --mode --wildcards -g",
    options: {
      "--to-command": "script",
      "--checkpoint-action": "unknown",
      "-I": "script",
      "--use-compress-program": "script",
      "--rsh-command": "script",
      "-F": "script",
    },
    also: ({ args, input }, shell) => {
      const [first, ...others] = args;
      const letters = first === undefined ? "" : first.text.replace(/^-(?!-)/, "");
      const words = first?.text.startsWith("--") ? args : others;
      const creates =
        /^\w*[cru]/.test(letters) ||
        args.some(({ text }) => /^--(create|append|update)$/.test(text));
      const extracts =
        /^\w*x/.test(letters) || args.some(({ text }) => /^--(extract|get)$/.test(text));
      const archive =
        letters.includes("f") && !letters.startsWith("-") ? words[0] : archiveOf(args);
      const into = folderOf(words) ?? plain(".");
      const members = words.filter(
        (arg, at) =>
          arg !== archive &&
          !arg.text.startsWith("-") &&
          !/^(-C|--directory|-b|-T|--files-from|-X|--exclude|--strip-components|--transform)$/.test(
            words[at - 1]?.text ?? "",
          ),
      );
      if (archive !== undefined && archive.text !== "-") {
        shell.file(archive, creates ? WRITE : ["read"]);
      }
      if (creates) for (const member of members) shell.file(member, ["read"], { recursive: true });
      if (!extracts) return undefined;
      unpacked(members, into, shell);
      const from = archive === undefined || archive.text === "-" ? input : shell.content(archive);
      if (from.network) shell.downloaded(into);
      return undefined;
    },
  }),
  unzip: {
    takes: "-x -d -P",
    operands: ["read", "text"],
    also: (_, shell, read) => {
      if (hasOption(read, "-l", "-v", "-t", "-p", "-c", "-Z", "-z")) return undefined;
      const into = valueOf(read, "-d") ?? plain(".");
      const [archive, ...members] = read.operands;
      unpacked(members, into, shell);
      if (archive !== undefined && shell.content(archive).network) shell.downloaded(into);
      return undefined;
    },
  },
  ...same("7z 7za 7zr 7zz unrar rar", {
    also: ({ args }, shell) => {
      const [command, ...others] = args;
      const [archive, ...members] = others.filter(({ text }) => !/^[-@]/.test(text));
      if (command === undefined || archive === undefined) return undefined;
      if (/^[adurnf]$/.test(command.text)) {
        for (const member of members) shell.file(member, ["read"], { recursive: true });
        shell.file(archive, WRITE);
      } else shell.file(archive, ["read"]);
      if (!/^[ex]$/.test(command.text)) return undefined;
      // `7z -oFOLDER`; `unrar x archive members FOLDER/`.
      const option = others.find(({ text }) => text.startsWith("-o") && text.length > 2);
      const last = members.at(-1);
      const ends = last?.text.endsWith("/") === true ? last : undefined;
      const into = option === undefined ? (ends ?? plain(".")) : part(option, 2);
      unpacked(
        members.filter((member) => member !== ends),
        into,
        shell,
      );
      if (shell.content(archive).network) shell.downloaded(into);
      return undefined;
    },
  }),
  cpio: {
    takes: "-F -D -E -H -C -R -M --file --directory --pattern-file --format --owner",
    options: { "-O": "write", "-I": "read", "--rsh-command": "script" },
    also: ({ input }, shell, read) => {
      const into = valueOf(read, "-D", "--directory") ?? plain(".");
      const archive = valueOf(read, "-F", "--file", "-I");
      if (hasOption(read, "-t", "--list")) return undefined;
      if (hasOption(read, "-i", "--extract")) unpacked(read.operands, into, shell);
      // The names of what is packed come as input.
      if (hasOption(read, "-o", "--create")) shell.unknown();
      if (hasOption(read, "-p", "--pass-through")) shell.copy(null, read.operands[0] ?? into);
      const from = archive === null ? input : shell.content(archive);
      if (from.network) shell.downloaded(into);
      return undefined;
    },
  },
  zip: {
    takes: "-x -i -P -b",
    options: { "-TT": "script", "--unzip-command": "script" },
    operands: ["write", "read"],
  },
};

/** What an archive puts into a folder: the members that are named, else nobody knows what. */
function unpacked(members: readonly Arg[], into: Arg, shell: Shell): void {
  if (members.length === 0) return shell.copy(null, into);
  shell.file(into, WRITE);
  for (const member of members) {
    const path = within(into, member);
    shell.file(path, WRITE);
    shell.copy(null, path);
  }
}

function archiveOf(args: readonly { readonly text: string }[]): Arg | undefined {
  const at = args.findIndex(({ text }) => /^-\w*f$|^--file$/.test(text));
  const long = args.find(({ text }) => text.startsWith("--file="));
  if (long !== undefined) return part(long as Arg, 7);
  return at === -1 ? undefined : (args[at + 1] as Arg | undefined);
}

function folderOf(args: readonly Arg[]): Arg | null {
  const at = args.findIndex(({ text }) => text === "-C" || text === "--directory");
  return at === -1 ? null : (args[at + 1] ?? null);
}
