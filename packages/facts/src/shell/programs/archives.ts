import { WRITE } from "../../files/effects.ts";
import { type Arg, plain } from "../expand.ts";
import { UNKNOWN } from "../state.ts";
import { type Family, hasOption, part, same, valueOf } from "./program.ts";

/** What packs and unpacks: an archive that came over the network makes its folder a download. */
export const ARCHIVES: Family = {
  ...same("gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 compress uncompress pigz", {
    takes: "-S --suffix -T -o",
    operands: ["read"],
    also: ({ input }, shell, read) => {
      if (!hasOption(read, "-c", "--stdout", "-k", "-l", "-t"))
        for (const file of read.operands) shell.file(file, WRITE);
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
        (arg, at) => arg !== archive && !arg.text.startsWith("-") && words[at - 1]?.text !== "-C",
      );
      if (archive !== undefined && archive.text !== "-") {
        shell.file(archive, creates ? WRITE : ["read"]);
      }
      if (creates) for (const member of members) shell.file(member, ["read"], { recursive: true });
      if (!extracts) return undefined;
      shell.file(into, WRITE);
      for (const member of members) shell.file(inside(into, member), WRITE);
      const from = archive === undefined || archive.text === "-" ? input : shell.content(archive);
      if (from.network) shell.downloaded(into);
      return undefined;
    },
  }),
  ...same("unzip 7z 7za unrar", {
    takes: "-x",
    options: { "-d": "write", "-P": "text" },
    operands: ["read", "text"],
    also: (_, shell, read) => {
      if (hasOption(read, "-l", "-v", "-t", "-p", "-c")) return undefined;
      const into = valueOf(read, "-d") ?? plain(".");
      shell.file(into, WRITE);
      const [archive, ...members] = read.operands;
      for (const member of members) shell.file(inside(into, member), WRITE);
      if (archive !== undefined && shell.content(archive).network) shell.downloaded(into);
      return undefined;
    },
  }),
  zip: {
    takes: "-x -i -P -b",
    options: { "-TT": "script", "--unzip-command": "script" },
    operands: ["write", "read"],
  },
};

/** A member that was named, where it is put. */
function inside(folder: Arg, member: Arg): Arg {
  return { ...member, text: `${folder.text.replace(/\/+$/, "")}/${member.text}` };
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
