import { type Family, hasOption, same, valueOf } from "./program.ts";
import { clone } from "./remotes.ts";

/** Clients of forges, and other ways to look at a repository. */
export const FORGES: Family = {
  ...same("tig lazygit gitk", {}),
  ...same("gh glab hub", {
    takes: "-R --repo --hostname",
    sub: {
      ...same(
        "pr issue run workflow repo release gist label mr ci search status browse org project ruleset cache extension variable",
        {
          sub: {
            ...same("list view status diff checks watch", {
              takes:
                "-L --limit -q --jq -t --template --json -s --state -l --label -a --author -R --repo -w --workflow -b --branch",
            }),
            ...same("checkout", { takes: "-b" }),
            ...same(
              "create edit close reopen comment merge review ready lock unlock rerun cancel enable disable run fork sync rename archive upload",
              {
                takes:
                  "-t -b -F -B -H -l -a -r -m -R --title --body --base --head --repo --label --notes",
                options: { "-F": "read", "--body-file": "read", "--notes-file": "read" },
                also: (call, shell) => (shell.object("update", "git-remote", call.name), undefined),
              },
            ),
            ...same("clone download", { takes: "-D --dir -n -p", also: clone }),
            ...same("delete delete-asset", {
              also: ({ args }, shell) => (
                shell.object("delete", "git-remote", args[0]?.text ?? ""), undefined
              ),
            }),
          },
        },
      ),
      gist: {
        sub: {
          ...same("list view", {}),
          ...same("create edit", {
            standing: "grave",
            operands: ["read"],
            also: (_, shell) => (
              shell.object("publish", "gist", "new", { audience: "public" }), undefined
            ),
          }),
        },
      },
      secret: { also: (_, shell) => (shell.secret("repository"), undefined) },
      auth: {
        sub: { status: {} },
        otherwise: { also: (_, shell) => (shell.secret("forge token"), undefined) },
      },
      ...same("--version --help version help completion", {}),
      api: {
        takes: "-H --header -q --jq -t --template --hostname -p --preview --cache",
        options: { "--input": "read" },
        also: (_, shell, read) => {
          const method =
            valueOf(read, "-X", "--method")?.text.toUpperCase() ??
            (hasOption(read, "-f", "-F", "--field", "--raw-field", "--input") ? "POST" : "GET");
          if (method !== "GET")
            shell.object(
              method === "DELETE" ? "delete" : "update",
              "git-remote",
              read.operands[0]?.text ?? "",
            );
          return undefined;
        },
      },
    },
  }),
};
