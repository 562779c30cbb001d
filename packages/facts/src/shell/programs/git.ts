import type { Shell } from "../call.ts";
import { plain } from "../expand.ts";
import { type Content, UNKNOWN } from "../state.ts";
import { FORGES } from "./forges.ts";
import { CHECKS_OUT, OWN, WORK, WORKTREE } from "./git-worktree.ts";
import { type Arguments, type Family, hasOption, same, valueOf } from "./program.ts";
import { clone, remote } from "./remotes.ts";

function push(_: unknown, shell: Shell, read: Arguments): undefined {
  const [target, ...refs] = read.operands;
  const repository = target?.text ?? "origin";
  remote(target, shell, "POST");
  const forced =
    hasOption(
      read,
      "-f",
      "--force",
      "--force-with-lease",
      "--force-if-includes",
      "--mirror",
      "--delete",
      "-d",
      "--prune",
    ) || refs.some(({ text }) => /^[+:]/.test(text));
  const branches = refs.length === 0 ? [plain("current")] : refs;
  for (const { text } of branches) {
    const id = `${repository}/${text.replace(/^\+|^.*:/, "")}`;
    shell.object("update", "git-remote", id);
    // What others had there cannot be brought back from here.
    if (forced) shell.object("delete", "git-remote", id);
  }
  return undefined;
}

/** Reading commands reach files of the working tree, and with a path from elsewhere those too. */
function outside(_: unknown, shell: Shell, read: Arguments): Content | undefined {
  const any = hasOption(read, "--no-index");
  for (const file of read.operands)
    if (any || /^[/~]|^\.\.\//.test(file.text)) shell.file(file, ["read"]);
  const names = hasOption(
    read,
    "--name-only",
    "--others",
    "--cached",
    "-l",
    "--files-with-matches",
  );
  return names ? NAMES : undefined;
}

const NAMES: Content = { ...UNKNOWN, names: ["./*"] };

/** Keys whose value git runs, or that decide whom it trusts. */
const RUNS =
  /^(alias\..*|core\.(sshcommand|hookspath|fsmonitor|editor|pager|askpass|gitproxy|worktree)|credential\..*|diff\..*\.(command|textconv)|merge\..*\.driver|filter\..*|gpg\..*program|sequence\.editor|url\..*|http\..*|pager\..*|remote\..*\.(url|uploadpack|receivepack|proxy)|include.*|protocol\..*|init\.templatedir|submodule\..*\.update|uploadpack\..*)$/i;

function config(_: unknown, shell: Shell, read: Arguments): undefined {
  const [key, value] = read.operands;
  const reads =
    hasOption(read, "-l", "--list", "--get", "--get-all", "--get-regexp") ||
    key?.text === "list" ||
    key?.text === "get" ||
    (value === undefined &&
      !hasOption(read, "--unset", "--unset-all", "-e", "--edit", "--add", "--remove-section"));
  if (reads) return undefined;
  const file = hasOption(read, "--global")
    ? "~/.gitconfig"
    : hasOption(read, "--system")
      ? "/etc/gitconfig"
      : ".git/config";
  const named = key?.text === "set" ? value : key;
  const harmless =
    named?.known === true &&
    !RUNS.test(named.text) &&
    !hasOption(read, "--global", "--system", "-e", "--edit");
  if (!harmless) shell.file(plain(file), ["update"]);
  if (!harmless && named !== undefined && RUNS.test(named.text)) shell.unknown();
  return undefined;
}

/** Options in front of the sub-command that change what runs. */
function globalOptions(_: unknown, shell: Shell, read: Arguments): undefined {
  for (const { name, value } of read.options) {
    if ((name === "--git-dir" || name === "--work-tree") && value !== null) shell.unknown();
    if (
      (name === "-c" || name === "--config-env") &&
      value !== null &&
      RUNS.test(value.text.split("=")[0] ?? "")
    ) {
      shell.unknown();
      const text = /=!?(.*)$/s.exec(value.text)?.[1];
      if (text !== undefined) shell.script({ ...UNKNOWN, text });
    }
    if (name === "--exec-path" && value !== null) shell.unknown();
  }
  return undefined;
}

/** git: what changes history, remotes, configuration and the files of the working tree. */
export const GIT: Family = {
  git: {
    takes: "-C -c --git-dir --work-tree --namespace --exec-path --config-env",
    also: globalOptions,
    sub: {
      ...same(
        "status log show diff shortlog describe rev-parse rev-list ls-files ls-tree ls-remote blame annotate cat-file reflog name-rev merge-base whatchanged count-objects fsck verify-commit verify-tag version help var check-ignore check-attr cherry range-diff for-each-ref show-ref show-branch symbolic-ref diff-tree diff-files diff-index grep bugreport --version --help",
        {
          takes: WORK,
          options: {
            "--output": "write",
            "-O": "script",
            "--open-files-in-pager": "script",
          },
          flags: { "--ext-diff": "unknown" },
          also: outside,
        },
      ),
      "ls-files": { takes: "-x -X --exclude", also: () => NAMES },
      grep: {
        takes: "-e -f -A -B -C -m",
        also: outside,
        options: { "-O": "script", "--open-files-in-pager": "script" },
      },
      reflog: {
        sub: {
          ...same("show list exists", OWN),
          ...same("expire delete", {
            also: (_, shell) => (shell.object("delete", "git-history", "reflog"), undefined),
          }),
        },
        otherwise: OWN,
      },
      ...same(
        "add stage commit notes switch merge revert cherry-pick am apply tag gc pack-refs prune-packed maintenance init update-index bisect rerere worktree mktag commit-tree write-tree hash-object read-tree stash branch checkout restore rm mv",
        { takes: WORK, options: { "-t": "unknown" } },
      ),
      commit: {
        takes: WORK,
        also: (_, shell) => (shell.file(plain(".git/objects"), ["update"]), undefined),
      },
      ...WORKTREE,
      add: { takes: "--chmod", operands: ["read"] },
      rm: {
        takes: "--pathspec-from-file",
        also: (_, shell, read) => {
          // The last commit still has what was deleted.
          if (!hasOption(read, "--cached"))
            for (const file of read.operands)
              shell.file(file, ["delete"], { reversible: true, recursive: hasOption(read, "-r") });
          return undefined;
        },
      },
      mv: { operands: ["move"], last: "write" },
      init: {
        takes: "-b --initial-branch",
        options: { "--template": "unknown" },
        operands: ["write"],
      },
      branch: {
        takes: WORK,
        also: (_, shell, read) => (
          hasOption(read, "-D") ||
          (hasOption(read, "-d", "--delete") && hasOption(read, "-f", "--force"))
            ? shell.object("delete", "git-history", `branch ${read.operands[0]?.text ?? ""}`)
            : undefined,
          undefined
        ),
      },
      tag: {
        takes: "-m -F -u -n --sort --contains -l",
        also: (_, shell, read) => (
          hasOption(read, "-d", "--delete")
            ? shell.object("update", "git-history", "tag")
            : undefined,
          undefined
        ),
      },
      submodule: {
        sub: {
          ...same("status summary init sync deinit absorbgitdirs", OWN),
          foreach: {
            also: ({ args }, shell) =>
              shell.script({
                ...UNKNOWN,
                text: args
                  .filter(({ text }) => text !== "--recursive")
                  .map(({ text }) => text)
                  .join(" "),
              }),
          },
          add: { takes: "-b --name", also: clone },
          update: { ...CHECKS_OUT, takes: "--depth -j" },
        },
        otherwise: OWN,
      },
      remote: {
        sub: {
          ...same("show get-url prune", OWN),
          ...same("add set-url", {
            takes: "-t -m",
            also: (_, shell, { operands }) => (
              shell.object("configure", "git-remote", operands[0]?.text ?? ""),
              remote(operands[1], shell, "GET"),
              undefined
            ),
          }),
          ...same("rename remove rm set-head set-branches update", OWN),
        },
        otherwise: OWN,
      },
      fetch: {
        takes: WORK,
        options: { "--upload-pack": "script" },
        also: (_, shell, { operands }) => (remote(operands[0], shell, "GET"), undefined),
      },
      clone: {
        takes:
          "-b --branch --depth -o --origin --reference -j --jobs --filter --shallow-since -c --config -u --upload-pack --template --separate-git-dir",
        also: clone,
      },
      push: {
        takes: "-o --push-option --repo",
        options: { "--receive-pack": "script", "--exec": "script" },
        also: push,
      },
      config: { takes: "--type --default -f --file --blob", also: config },
      archive: {
        takes: "--format --prefix",
        options: { "-o": "write", "--output": "write", "--exec": "script" },
        also: (_, shell, read) => (
          valueOf(read, "--remote") === null ? undefined : shell.unknown(), undefined
        ),
      },
      bundle: {
        sub: {
          create: { operands: ["write", "text"] },
          ...same("verify list-heads unbundle", { operands: ["read", "text"] }),
        },
      },
      "format-patch": { takes: "-n", options: { "-o": "write" } },
      lfs: {
        sub: {
          ...same("ls-files status env track untrack version", OWN),
          ...same("pull fetch checkout", OWN),
        },
      },
      ...same("filter-branch filter-repo replace update-ref", {
        also: (_, shell) => (shell.object("delete", "git-history", "commits"), undefined),
      }),
      prune: { also: (_, shell) => (shell.object("delete", "git-history", "objects"), undefined) },
      worktree: {
        sub: {
          ...same("list lock unlock repair", OWN),
          add: { takes: "-b -B", operands: ["write", "text"] },
          ...same("remove prune", { operands: ["delete"], recursive: true }),
          move: { operands: ["move", "write"] },
        },
      },
      "send-email": { also: (_, shell) => (shell.object("create", "mail", "patches"), undefined) },
      credential: {
        standing: "grave",
        also: (_, shell) => (shell.secret("git credential"), undefined),
      },
    },
  },
  ...FORGES,
};
