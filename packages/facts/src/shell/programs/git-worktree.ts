import type { Action } from "@bylaw/core";
import { WRITE } from "../../files/effects.ts";
import type { Call, Shell } from "../call.ts";
import { type Arg, plain } from "../expand.ts";
import { patched } from "./patches.ts";
import { type Arguments, type Family, hasOption, type Program, same, valueOf } from "./program.ts";
import { remote } from "./remotes.ts";

/** Nothing but the repository's own objects changes. */
export const OWN: Program = {};

const EVERYTHING: Arg = { ...plain("./*"), pattern: true };

/** Throws away what is not committed; without files, everything, and what comes instead was committed. */
function discard(shell: Shell, files: readonly Arg[]): void {
  if (files.length === 0) return shell.committed(EVERYTHING, ["update", "delete"]);
  for (const file of files)
    if (shell.kind(file) === "file") shell.file(file, ["update", "delete"]);
    else {
      const actions: readonly Action[] =
        shell.kind(file) === "absent" ? WRITE : ["update", "delete"];
      shell.file(pathspec(file), actions, { recursive: true, versioned: true });
    }
}

/** `:/docs` starts at the top of the repository, `:(glob)…` and `:!…` are anything. */
function pathspec(file: Arg): Arg {
  return file.text.startsWith(":") ? plain(".") : file;
}

/**
 * Files of the working tree become those of a commit: which ones depends on the repository. Everybody who
 * works with branches does it all day, and what comes was committed before: instructions among it that
 * nobody has accepted are held against that when a client starts to use them, not here.
 */
function checkOut(shell: Shell): void {
  shell.committed(plain("."), ["update"], { reversible: true });
}

/** Whatever its arguments are. */
export const CHECKS_OUT: Program = { also: (_, shell) => (checkOut(shell), undefined) };

/** The same by commands that put together what was never a commit. */
function assemble(shell: Shell): void {
  shell.worktree(WRITE, { reversible: true });
}

/** A commit, merge or change of branch: writes into the repository, and what it brings out of it. */
const MERGES: Program = {
  also: (_, shell, read) => {
    shell.file(plain(".git/objects"), ["update"]);
    if (!hasOption(read, "--quit")) checkOut(shell);
    return undefined;
  },
};

/** `git apply` and `git am` read what they change from patches, or from their input. */
function applies({ input }: Call, shell: Shell, read: Arguments): undefined {
  if (hasOption(read, "--quit", "--show-current-patch")) return undefined;
  const only = hasOption(read, "--check", "--stat", "--numstat", "--summary");
  if (only && !hasOption(read, "--apply")) return undefined;
  const strip = Number.parseInt(valueOf(read, "-p")?.text ?? "1", 10);
  const folder = valueOf(read, "--directory");
  const given = read.operands.filter(({ text }) => text !== "-");
  const texts = given.length === 0 ? [input] : given.map((file) => shell.content(file));
  const options = { reversible: true, versioned: true };
  for (const text of texts) patched(text, { strip, folder }, options, shell);
  return undefined;
}

/** The words that `git checkout` and `git switch` take for a new branch: without a start, nothing changes. */
function onlyNames(read: Arguments): boolean {
  const created = hasOption(read, "-b", "-B", "-c", "-C", "--create", "--orphan");
  return created && read.operands.length === 0;
}

/** Options of several commands that take a value. */
export const WORK =
  "-b -B -c --conflict -s --source --orphan -m --message -n -F --author --date --format --pretty -S -G -L --since --until --after --before --grep --max-count --skip --sort -u --set-upstream-to --depth --branch --origin -o --reference --strategy -X --onto -U --pathspec-from-file --contains --no-contains --points-at --cleanup --abbrev --config --template --upload-pack --receive-pack --exec";

/** Sub-commands of git that take files of the working tree from its history, or throw changes away. */
export const WORKTREE: Family = {
  ...same("merge revert cherry-pick", { ...MERGES, takes: WORK }),
  am: {
    takes: "-p -C -S --directory --exclude --include --patch-format --resolvemsg",
    operands: ["read"],
    also: (call, shell, read) => {
      shell.file(plain(".git/objects"), ["update"]);
      return applies(call, shell, read);
    },
  },
  "read-tree": {
    takes: "--prefix --exclude-per-directory --index-output",
    also: (_, shell, read) => (
      hasOption(read, "-u", "--reset") ? assemble(shell) : undefined, undefined
    ),
  },
  "checkout-index": {
    takes: "--prefix --stage",
    also: (_, shell) => (assemble(shell), undefined),
  },
  apply: {
    takes: "-p -C --directory --exclude --include --build-fake-ancestor --whitespace",
    operands: ["read"],
    also: applies,
  },
  checkout: {
    takes: WORK,
    also: ({ args }, shell, read) => {
      const dashes = args.findIndex(({ text }) => text === "--");
      // A word may be a branch or a file: what there is a file of is one.
      const files =
        dashes === -1
          ? read.operands.filter(
              (file, at) =>
                at > 0 ||
                file.pattern ||
                /^[.:]|\.\w+$|^[./]/.test(file.text) ||
                !["absent", "unknown"].includes(shell.kind(file)),
            )
          : args.slice(dashes + 1);
      const all = hasOption(read, "-f", "--force") || valueOf(read, "--pathspec-from-file");
      if (files.length > 0 || all) discard(shell, all ? [] : files);
      else if (!onlyNames(read)) checkOut(shell);
      return undefined;
    },
  },
  switch: {
    takes: WORK,
    also: (_, shell, read) => {
      if (hasOption(read, "-f", "--force", "--discard-changes")) discard(shell, []);
      else if (!onlyNames(read)) checkOut(shell);
      return undefined;
    },
  },
  restore: {
    takes: WORK,
    also: (_, shell, read) => (
      hasOption(read, "--staged", "-S") && !hasOption(read, "--worktree", "-W")
        ? undefined
        : discard(shell, read.operands),
      undefined
    ),
  },
  reset: {
    takes: "--pathspec-from-file",
    also: (_, shell, read) => (
      hasOption(read, "--hard", "--merge", "--keep") ? discard(shell, []) : undefined, undefined
    ),
  },
  clean: {
    takes: "-e --exclude",
    also: (_, shell, read) => {
      if (hasOption(read, "-n", "--dry-run")) return undefined;
      for (const folder of read.operands)
        shell.file(folder, ["delete"], { recursive: true, versioned: true });
      if (read.operands.length > 0) return undefined;
      shell.worktree(["delete"]);
      // What is left out of version control goes, too.
      const env = plain(".env");
      if (hasOption(read, "-x", "-X") && shell.kind(env) !== "absent") shell.file(env, ["delete"]);
      return undefined;
    },
  },
  stash: {
    sub: {
      ...same("list show create store", { takes: "-m --message" }),
      ...same("push save pop apply branch", { ...CHECKS_OUT, takes: "-m --message" }),
      ...same("drop clear", {
        also: (_, shell) => (shell.object("delete", "git-history", "stash"), undefined),
      }),
    },
    alone: CHECKS_OUT,
    otherwise: CHECKS_OUT,
  },
  rebase: { ...MERGES, takes: WORK, options: { "-x": "script", "--exec": "script" } },
  bisect: {
    sub: {
      run: { also: ({ args, input }, shell) => (checkOut(shell), shell.run(args, input)) },
      ...same("log visualize view terms", OWN),
    },
    otherwise: CHECKS_OUT,
  },
  pull: {
    takes: WORK,
    options: { "--upload-pack": "script" },
    also: (_, shell, { operands }) => {
      remote(operands[0], shell, "GET");
      checkOut(shell);
      return undefined;
    },
  },
};
