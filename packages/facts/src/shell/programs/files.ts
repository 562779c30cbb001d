import { WRITE } from "../../files/effects.ts";
import { plain } from "../expand.ts";
import { known, UNKNOWN } from "../state.ts";
import { ARCHIVES } from "./archives.ts";
import { COPIES } from "./copies.ts";
import { fromBase64, fromHex, translate } from "./decode.ts";
import { EDITORS } from "./editors.ts";
import { type Family, hasOption, nameOf, same } from "./program.ts";

/** GNU and BSD core utilities, and what reads, compares, packs and edits files. */
export const FILES: Family = {
  ...same("cat tac nl zcat bzcat xzcat zstdcat bat batcat", {
    takes: "--language -l --style --line-range -r --theme",
    operands: ["read"],
    also: ({ args, input }, shell) => {
      const files = args.filter(({ text }) => !text.startsWith("-"));
      const [only] = files;
      if (files.length === 0) return input;
      return files.length === 1 && only !== undefined ? shell.content(only) : undefined;
    },
  }),
  ...same("head tail", {
    output: "input",
    takes: "-n -c --lines --bytes -s --pid",
    operands: ["read"],
  }),
  ...same(
    "most wc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum md5 file readlink realpath nm ldd size colordiff delta tsort xmllint glow mdcat basenc base32 comm cmp expand unexpand",
    { operands: ["read"] },
  ),
  ...same("less more", {
    takes: "-p -P -x",
    options: { "-o": "write", "-O": "write" },
    operands: ["read"],
  }),
  ...same("cut paste join column", {
    takes:
      "-d -f -c -b -s -t -j -1 -2 -o --delimiter --fields --characters --output-delimiter --separator",
    operands: ["read"],
  }),
  ...same("fold fmt pr", { takes: "-w -l -s --width", operands: ["read"] }),
  ...same("od hexdump strings objdump", { takes: "-A -t -N -j -n -e -s -M", operands: ["read"] }),
  stat: { takes: "-c --format --printf -f", operands: ["list"] },
  shasum: { takes: "-a --algorithm", operands: ["read"] },
  ...same("diff diff3 sdiff", {
    takes: "-U -C -x -I --exclude --label -L --width -W --color",
    options: { "-X": "read", "--output": "write" },
    operands: ["read"],
  }),
  ...same("xxd", {
    takes: "-l -s -c -g -o",
    operands: ["read"],
    also: ({ input }, _, read) =>
      hasOption(read, "-r")
        ? {
            ...input,
            text: input.text === null ? null : fromHex(input.text),
            decoded: input.text === null,
          }
        : undefined,
  }),
  jq: {
    takes: "--indent --tab -L",
    options: { "--slurpfile": "text", "--rawfile": "text", "-f": "read", "--from-file": "read" },
    operands: ["text", "read"],
  },
  yq: {
    takes: "-o -p --output-format --input-format -I",
    flags: { "-i": "unknown", "--inplace": "unknown" },
    operands: ["text", "read"],
  },
  rev: {
    operands: ["read"],
    also: ({ input }) =>
      input.text === null
        ? undefined
        : { ...input, text: [...input.text.trimEnd()].reverse().join("") },
  },
  base64: {
    takes: "-w --wrap -b",
    options: { "-i": "read", "-o": "write" },
    operands: ["read"],
    also: ({ input, args }, shell, read) => {
      if (!hasOption(read, "-d", "-D", "--decode")) return undefined;
      const [file] = args.filter(({ text }) => !text.startsWith("-"));
      const { text, network } = file === undefined ? input : shell.content(file);
      return text === null
        ? { text: null, network, decoded: true }
        : { text: fromBase64(text), network, decoded: false };
    },
  },
  ...same("sort uniq shuf", {
    output: "input",
    takes: "-k -t -S --key --field-separator --buffer-size --parallel -f -s -w -n --head-count",
    options: {
      "-o": "write",
      "--output": "write",
      "--files0-from": "read",
      "--compress-program": "script",
    },
    operands: ["read"],
  }),
  uniq: { takes: "-f -s -w", operands: ["read", "write"] },
  split: {
    takes: "-l -b -n -a --lines --bytes",
    options: { "--filter": "script" },
    operands: ["read", "write"],
  },
  csplit: { takes: "-n -f -b", operands: ["read", "text"] },
  tr: {
    operands: ["text"],
    also: ({ input, args }) => {
      const [from, to] = args;
      if (input.text === null || !from?.known || !to?.known) return undefined;
      return { ...input, text: translate(input.text, from.text, to.text) };
    },
  },
  ...same("ls ll la l dir vdir exa eza lsd tree du", {
    takes:
      "-I -w -T --block-size -L -P --ignore --sort --time-style -s -d --max-depth --exclude --color --level",
    operands: ["list"],
    none: "list",
  }),
  du: { takes: "-d --max-depth --exclude --block-size -B", operands: ["list"], none: "list" },
  ...same(
    "df free uname hostname whoami id groups date cal uptime nproc lscpu lsb_release arch sw_vers tput stty tty clear reset locale getconf seq sleep yes basename dirname mktemp which whereis type man info tldr apropos pgrep ps top htop btop w who last logname lsof pidof vmstat iostat expr factor numfmt cowsay figlet sync tabs users env-info screenfetch neofetch fastfetch ulimit getent test [ true false printf echo pwd",
    {
      also: ({ name }, _shell, read) =>
        name === "basename" && read.operands.length === 1 && read.operands[0]?.known
          ? known(`${nameOf(read.operands[0]).text}\n`)
          : undefined,
    },
  ),
  date: { takes: "-d --date -f -r", options: { "-s": "unknown", "--set": "unknown" } },
  hostname: { operands: ["unknown"] },
  man: { takes: "-s -S -M -m", options: { "-P": "script", "--pager": "script", "-H": "script" } },
  ps: {
    takes: "-p -u -U -C -o -t --sort -G",
    also: (_, shell, { operands }) => {
      // `ps e` shows the environment of every process.
      if (operands.some(({ text }) => /^[a-z]*e[a-z]*$/.test(text))) shell.secret("environment");
      return undefined;
    },
  },
  touch: { takes: "-d -t", options: { "-r": "read", "--reference": "read" }, operands: ["write"] },
  mkdir: { takes: "-m --mode", operands: ["write"] },
  mkfifo: { takes: "-m", operands: ["write"] },
  rmdir: { operands: ["delete"] },
  ...same("rm unlink trash trash-put rimraf del-cli gio-trash", {
    recursive: "-r -R --recursive",
    operands: ["delete"],
  }),
  ...same("rimraf trash trash-put", { recursive: true, operands: ["delete"] }),
  shred: { takes: "-n -s --iterations --size", operands: ["delete"] },
  truncate: { takes: "-s --size -r", operands: ["write"] },
  tee: {
    operands: ["write"],
    also: ({ input }, shell, { operands }) => {
      for (const operand of operands) shell.wrote(operand, input);
      return input;
    },
  },
  sponge: {
    operands: ["write"],
    also: ({ input }, shell, { operands }) => {
      for (const operand of operands) shell.wrote(operand, input);
      return operands.length === 0 ? input : undefined;
    },
  },
  ...same("grep egrep fgrep zgrep rg ag ack ugrep", {
    output: "input",
    filters: 1,
    takes:
      "-e -f -m -A -B -C -g -t -T -j -d -D --include --exclude --exclude-dir --glob --type --type-not --max-count --context --after-context --before-context --regexp --color --colors --sort --iglob -M --max-depth -E --encoding --max-columns",
    options: { "--pre": "script", "-f": "read", "--file": "read" },
    also: (_, shell, read) => {
      const given = hasOption(read, "-e", "--regexp", "-f", "--file", "--files");
      const files = given ? read.operands : read.operands.slice(1);
      for (const file of files) shell.file(file, ["read"]);
      if (hasOption(read, "-r", "-R", "--recursive") && files.length === 0)
        shell.file(plain("."), ["read"]);
      const lists = hasOption(read, "-l", "--files-with-matches", "--files", "-L");
      const places = files.length === 0 ? ["."] : files.map(({ text }) => text);
      return lists ? { ...UNKNOWN, names: places.map((place) => `${place}/*`) } : undefined;
    },
  }),
  ...ARCHIVES,
  ...COPIES,
  ...EDITORS,
  find: {
    also: ({ args, input }, shell) => {
      const start = args.findIndex(({ text }) => /^[-(!]/.test(text) && !/^-[HLPOD]/.test(text));
      const folders = (start === -1 ? args : args.slice(0, start)).filter(
        ({ text }) => !text.startsWith("-"),
      );
      const tests = start === -1 ? [] : args.slice(start);
      const places = folders.length === 0 ? [plain(".")] : folders;
      for (const folder of places) shell.file(folder, ["list"]);
      tests.forEach(({ text }, at) => {
        const value = tests[at + 1];
        if (text === "-delete")
          for (const found of places.flatMap((folder) => allFoundIn(folder.text, tests)))
            shell.file({ ...plain(found), pattern: true }, ["delete"], {
              recursive: !/\/\*\/[^/]+$/.test(found),
            });
        else if (/^-(fprint0?|fprintf|fls)$/.test(text) && value !== undefined)
          shell.file(value, WRITE);
        else if (/^-(exec|execdir|ok|okdir)$/.test(text)) {
          const end = tests.findIndex((arg, index) => index > at && /^(;|\+)$/.test(arg.text));
          const argv = tests.slice(at + 1, end === -1 ? undefined : end);
          for (const found of places.flatMap((folder) => allFoundIn(folder.text, tests)))
            shell.run(
              argv.map((arg) => {
                if (!arg.text.includes("{}")) return arg;
                return { ...arg, text: arg.text.replaceAll("{}", found), pattern: true };
              }),
              input,
            );
        }
      });
      return { ...UNKNOWN, names: places.map((folder) => foundIn(folder.text, tests)) };
    },
  },
  ...same("fd fdfind", {
    takes:
      "-e -t -d -E -S --extension --type --max-depth --exclude --size --changed-within -j --base-directory",
    operands: ["text", "list"],
    also: ({ args, input }, shell) => {
      const at = args.findIndex(({ text }) => /^(-x|-X|--exec|--exec-batch)$/.test(text));
      if (at !== -1) shell.run([...args.slice(at + 1), { ...plain("./*"), pattern: true }], input);
      return undefined;
    },
  }),
};

/**
 * The same for effects: `find` goes down into folders, hidden ones too, so that a name that is asked
 * for may stand one level deeper, or where build machines read their orders.
 */
function allFoundIn(
  folder: string,
  tests: readonly { readonly text: string }[],
): readonly string[] {
  const direct = foundIn(folder, tests);
  const cut = direct.lastIndexOf("/");
  const [above, name] = [direct.slice(0, cut), direct.slice(cut + 1)];
  if (/^[*?]+$/.test(name) || tests.some(({ text }) => text === "-maxdepth")) return [direct];
  const ci = /\.(ya?ml|\*)$/.test(name) ? [`${above}/.github/workflows/${name}`] : [];
  return [direct, `${above}/*/${name}`, ...ci];
}

/** What `find` may give to a command: everything below a folder, or the names it asks for. */
function foundIn(folder: string, tests: readonly { readonly text: string }[]): string {
  const at = tests.findIndex(({ text }) => /^-i?name$/.test(text));
  return `${folder.replace(/\/+$/, "")}/${at === -1 ? "*" : (tests[at + 1]?.text ?? "*")}`;
}
