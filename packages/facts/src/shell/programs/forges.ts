import type { Shell } from "../call.ts";
import { type Arguments, type Family, hasOption, same, valueOf } from "./program.ts";
import { clone } from "./remotes.ts";

/** What of a forge says who may do what. */
const RIGHTS =
  /\/(collaborators|memberships|members|teams|keys|permissions?|invitations|deploy_keys|access_level|protected_branches|protection|visibility)(\/|$)/;

/** A request to a forge's API. */
function request(_: unknown, shell: Shell, read: Arguments): undefined {
  const asked = valueOf(read, "-X", "--method");
  const sends = hasOption(read, "-f", "-F", "--field", "--raw-field", "--input");
  const method = asked === null ? (sends ? "POST" : "GET") : asked.known ? asked.text : "?";
  if (method.toUpperCase() === "GET") return undefined;
  const path = read.operands[0]?.text ?? "";
  const forced = read.options.some(({ value }) => /^force=true$/i.test(value?.text ?? ""));
  shell.object("update", "git-remote", path);
  if (forced || method === "?" || method.toUpperCase() === "DELETE")
    shell.object("delete", "git-remote", path);
  if (RIGHTS.test(path)) shell.object("grant", "git-remote", path, { audience: "unknown" });
  return undefined;
}

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
                also: (call, shell, read) => {
                  shell.object("update", "git-remote", call.name);
                  if (hasOption(read, "--visibility"))
                    shell.object("grant", "git-remote", "visibility", { audience: "public" });
                  return undefined;
                },
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
        takes:
          "-H --header -q --jq -t --template --hostname -p --preview --cache -X --method -f -F --field --raw-field",
        options: { "--input": "read" },
        also: request,
      },
    },
  }),
};
